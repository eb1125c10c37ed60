/* Pooling of planes of 8-bit codes a row at a time, which is most of it. Both return 0, and have
 * done nothing, where they do not apply. */
#ifndef XQUANT_INT8_REAL_POOL_BYTES_H_
#define XQUANT_INT8_REAL_POOL_BYTES_H_

#include "int8/xq_pool.h"

/* Of codes that stay as they are. */
int xq_max_bytes(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                 void* y);

/* Of small windows without padding, where there are more outputs than different sums. */
int xq_average_bytes(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                     void* y);

#endif /* XQUANT_INT8_REAL_POOL_BYTES_H_ */
