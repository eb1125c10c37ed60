#include "runtime/ops/strided_copy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace xquant::runtime::ops {
namespace {

/// Joins dimensions whose elements lie as if they were one.
void merge(const Dims& shape, const Dims& strides, Dims& merged, Dims& merged_strides) {
  for (std::size_t d = 0; d < shape.rank; ++d) {
    if (shape[d] == 1) continue;
    const std::size_t last = merged.rank - 1;
    if (merged.rank > 0 && merged_strides[last] == strides[d] * shape[d]) {
      merged[last] *= shape[d];
      merged_strides[last] = strides[d];
    } else {
      merged[merged.rank++] = shape[d];
      merged_strides[merged_strides.rank++] = strides[d];
    }
  }
}

constexpr std::int64_t kTile = 8;

static_assert(std::endian::native == std::endian::little);

/// A tile of bytes: rows are numbers of 64 bits, whose halves, quarters and bytes change places.
void transpose_tile(const std::uint8_t* source, std::int64_t step, std::uint8_t* result,
                    std::int64_t pitch) {
  std::array<std::uint64_t, kTile> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(&rows[i], source + static_cast<std::int64_t>(i) * step, sizeof(rows[i]));
  const auto exchange = [&](std::size_t distance, std::uint64_t mask) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if ((i & distance) != 0) continue;
      std::uint64_t& a = rows[i];
      std::uint64_t& b = rows[i + distance];
      const std::uint64_t changed = (a >> 8 * distance ^ b) & mask;
      a ^= changed << 8 * distance;
      b ^= changed;
    }
  };
  exchange(4, 0x00000000FFFFFFFF);
  exchange(2, 0x0000FFFF0000FFFF);
  exchange(1, 0x00FF00FF00FF00FF);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(result + static_cast<std::int64_t>(i) * pitch, &rows[i], sizeof(rows[i]));
}

/// Two dimensions that change places: result[j * pitch + i] = source[i * step + j], j < columns,
/// i < rows.
struct Transposition {
  std::int64_t columns, rows, step, pitch;
};

/// A tile after the other, so that neither side is read or written a line for each element.
template <typename T>
void transpose(const T* source, const Transposition& t, T* result) {
  for (std::int64_t j = 0; j < t.columns; j += kTile) {
    const std::int64_t wide = std::min(kTile, t.columns - j);
    for (std::int64_t i = 0; i < t.rows; i += kTile) {
      const std::int64_t high = std::min(kTile, t.rows - i);
      const T* from = source + i * t.step + j;
      T* to = result + j * t.pitch + i;
      if constexpr (sizeof(T) == 1) {
        if (wide == kTile && high == kTile) {
          transpose_tile(from, t.step, to, t.pitch);
          continue;
        }
      }
      for (std::int64_t c = 0; c < wide; ++c) {
        for (std::int64_t r = 0; r < high; ++r) to[c * t.pitch + r] = from[r * t.step + c];
      }
    }
  }
}

template <typename T>
void copy_rows(const T* source, const Dims& outer, const Dims& strides, std::int64_t inner,
               std::int64_t step, T* result) {
  Walk<1> walk(outer);
  walk.strides = {strides};
  const std::int64_t rows = outer.size();
  for (std::int64_t row = 0; row < rows; ++row, walk.next(), result += inner) {
    const T* from = source + walk.offsets[0];
    if (step == 1) {
      std::copy_n(from, inner, result);
    } else {
      for (std::int64_t i = 0; i < inner; ++i) result[i] = from[i * step];
    }
  }
}

/// The same within the other dimensions, of which the result has those strides.
template <typename T>
void copy_transposed(const T* source, const Dims& outer, const Dims& strides,
                     const Dims& result_strides, const Transposition& transposition, T* result) {
  Walk<2> walk(outer);
  walk.strides = {strides, result_strides};
  const std::int64_t count = outer.size();
  for (std::int64_t i = 0; i < count; ++i, walk.next())
    transpose(source + walk.offsets[0], transposition, result + walk.offsets[1]);
}

void remove(Dims& dims, std::size_t position) {
  for (std::size_t d = position; d + 1 < dims.rank; ++d) dims[d] = dims[d + 1];
  --dims.rank;
}

/// The dimension along which the source's elements are neighbours; the rank where there is none.
std::size_t contiguous_dimension(const Dims& strides) {
  const auto end = strides.values.begin() + static_cast<std::ptrdiff_t>(strides.rank);
  return static_cast<std::size_t>(std::find(strides.values.begin(), end, 1) -
                                  strides.values.begin());
}

}  // namespace

void strided_copy(DataType type, const void* source, std::int64_t first, const Dims& shape,
                  const Dims& strides, void* result) {
  if (shape.size() == 0) return;
  Dims outer(0), outer_strides(0);
  merge(shape, strides, outer, outer_strides);
  std::int64_t inner = 1, step = 1;
  if (outer.rank > 0) {
    inner = outer[--outer.rank];
    step = outer_strides[--outer_strides.rank];
  }
  const std::size_t contiguous = contiguous_dimension(outer_strides);
  if (step != 1 && contiguous < outer.rank) {
    Dims result_strides = strides_of(outer);
    for (std::size_t d = 0; d < outer.rank; ++d) result_strides[d] *= inner;
    const Transposition transposition{outer[contiguous], inner, step, result_strides[contiguous]};
    for (Dims* dims : {&outer, &outer_strides, &result_strides}) remove(*dims, contiguous);
    with_width(type, [&]<typename T>(T) {
      copy_transposed(static_cast<const T*>(source) + first, outer, outer_strides, result_strides,
                      transposition, static_cast<T*>(result));
    });
    return;
  }
  with_width(type, [&]<typename T>(T) {
    copy_rows(static_cast<const T*>(source) + first, outer, outer_strides, inner, step,
              static_cast<T*>(result));
  });
}

}  // namespace xquant::runtime::ops
