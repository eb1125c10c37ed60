/* The matrices of a MatMul, one after the other. */
#ifndef XQUANT_INT8_PRODUCT_MATMUL_H_
#define XQUANT_INT8_PRODUCT_MATMUL_H_

#include "int8/xq_product.h"

/* The product of two of them. */
xq_gemm xq_gemm_of(const xq_matmul* shape);

/* Bytes of its packed right-hand matrix in a workspace. */
size_t xq_packed_bytes(const xq_gemm* gemm);

/* Which matrix of an operand with leading dimensions `dims` matrix i of the result reads. */
size_t xq_matrix_of(const xq_matmul* shape, const size_t* dims, size_t i);

#endif /* XQUANT_INT8_PRODUCT_MATMUL_H_ */
