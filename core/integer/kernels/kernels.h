#pragma once

#include <memory>
#include <string_view>

#include "runtime/program.h"

/// The kernels of kDomain, one family a file: operands and result as fused.h says, arithmetic as
/// int8/xq_int8.h says.
namespace xquant::integer::kernels {

std::unique_ptr<runtime::Kernel> conv(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> gemm(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> matmul(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> conv_transpose(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> matmul_of_data(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> binary(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> expression(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> average_pool(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> lp_pool(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> reduce(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> softmax(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> normalization(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> resize(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> scatter(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> cumsum(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> einsum(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> sample(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> lrn(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> vector_norm(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> wide_table(const runtime::Setup& setup);
std::unique_ptr<runtime::Kernel> table(const runtime::Setup& setup);

/// runtime::CompileOptions::own_operators for graphs with nodes of kDomain.
runtime::Factory find(std::string_view domain, std::string_view op_type, std::int64_t opset);

}  // namespace xquant::integer::kernels
