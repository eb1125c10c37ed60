#pragma once

#include <memory>
#include <vector>

#include "runtime/kernel.h"

namespace xquant::runtime {

bool is_half(DataType type);  ///< float16 or bfloat16
/// A tensor of such a type as float: exact.
Tensor widened(const Tensor& half);
/// A tensor of floats in such a type, halves rounded to even.
Tensor narrowed(const Tensor& floats, DataType type);

/// The kernel, made to take float16 and bfloat16 too: such operands are widened to float (exactly),
/// the kernel runs in float, and results of type float are rounded once, halves to even, to the
/// type of the first such operand. A kernel that handles these types itself
/// (Kernel::takes_half()), one that is a view, and one that looks at types only stay as they are.
std::unique_ptr<Kernel> with_half_precision(std::unique_ptr<Kernel> kernel);

/// Constant operands for making such a kernel: those of type float16 and bfloat16 widened to float.
/// storage holds the widened ones.
std::vector<const Tensor*> widened_constants(std::span<const Tensor* const> constants,
                                             std::vector<Tensor>& storage);

}  // namespace xquant::runtime
