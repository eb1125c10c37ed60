#pragma once

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// Fills a contiguous result of that shape from elements at source + sum(index[d] * strides[d]);
/// strides may be 0 or negative. The engine of Transpose, Slice, Split, Expand and their kin.
/// Counts elements of the type's width.
void strided_copy(DataType type, const void* source, std::int64_t first, const Dims& shape,
                  const Dims& strides, void* result);

}  // namespace xquant::runtime::ops
