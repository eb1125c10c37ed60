#pragma once

#include <cstddef>
#include <cstdint>

namespace xquant::runtime {

// Moving rows with vectors. std::copy becomes memory.copy in WebAssembly, which costs more than the
// copying itself for the short rows of an image.

/// Copies bytes; the two do not overlap.
void copy_row(const void* from, void* to, std::size_t bytes);
/// to[2 i] = to[2 i + 1] = from[i] for i in [0, n).
void double_row(const std::uint8_t* from, std::uint8_t* to, std::size_t n);
void double_row(const std::uint16_t* from, std::uint16_t* to, std::size_t n);
void double_row(const std::uint32_t* from, std::uint32_t* to, std::size_t n);
void double_row(const std::uint64_t* from, std::uint64_t* to, std::size_t n);
void fill_zeros(float* to, std::size_t n);
/// `rows` rows of `width` floats, one behind the other: `left` zeros, n floats of a row of `from`,
/// whose rows are from_step apart, then zeros. left + n <= width. Nothing else is read or written.
struct PaddedRows {
  std::size_t rows, n, left, width;
};
void pad_rows(const float* from, std::size_t from_step, const PaddedRows& layout, float* to);

/// Rows of n floats, `step` apart, with zeros on both sides, split into pairs from column `first`
/// on, which may lie before the row: even[i] = row[first + 2 i], odd[i] = row[first + 2 i + 1] for
/// i in [0, width); the next row of even and odd is `width` floats behind. Either may be nullptr.
struct SplitRows {
  std::size_t rows, n, step;
  std::ptrdiff_t first;
  std::size_t width;
};
void split_rows(const float* from, const SplitRows& layout, float* even, float* odd);

}  // namespace xquant::runtime
