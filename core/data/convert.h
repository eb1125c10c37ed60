#pragma once

#include "graph/tensor.h"

namespace xquant::data {

/// The same values in another type. Between floating types they are rounded to the nearest, halves
/// to even; otherwise a value that the type cannot hold exactly is an Error(kData) that names it.
/// Neither strings nor complex numbers nor types below 8 bits.
Tensor convert(const Tensor& tensor, DataType type);

/// Whether convert() knows the type.
bool is_convertible(DataType type);

}  // namespace xquant::data
