#pragma once

#include <span>
#include <string>

#include "graph/tensor.h"

namespace xquant::data {

/// Reads a NumPy .npy file, format versions 1 to 3, C or Fortran order, either byte order, boolean,
/// integer and floating types. The result is row-major and little-endian. Throws Error(kData).
Tensor read_npy(std::span<const char> bytes, const std::string& file);

}  // namespace xquant::data
