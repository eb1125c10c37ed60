#pragma once

#include <cstddef>

namespace xquant::runtime {

// Moving rows of floats with vectors. std::copy becomes memory.copy in WebAssembly, which costs
// more than the copying itself for the short rows of an image.

void copy_row(const float* from, float* to, std::size_t n);
void fill_zeros(float* to, std::size_t n);
/// even[i] = from[2 i], odd[i] = from[2 i + 1] for i in [0, n); odd may be nullptr.
void split_row(const float* from, float* even, float* odd, std::size_t n);

}  // namespace xquant::runtime
