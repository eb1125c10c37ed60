#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xquant::integer {

/// What an operator that only moves elements does: for each element of the result the place of the
/// source's. The functions below find a shorter form of it, each proven element by element.
using SourceMap = std::vector<std::int32_t>;

/// A walk through the source with constant steps: Transpose, Slice, Expand, DepthToSpace, ...
struct StridedWalk {
  std::int64_t first = 0;
  std::vector<std::size_t> dims{};
  std::vector<std::int64_t> strides{};
};
/// nullopt: there is none of at most `rank` dimensions.
std::optional<StridedWalk> strided_walk(const SourceMap& map, std::size_t rank);

/// Rows and columns of planes, each picked by an index: nearest Resize.
struct RowsAndColumns {
  std::vector<std::int64_t> rows{}, columns{};
};
std::optional<RowsAndColumns> rows_and_columns(const SourceMap& map,
                                               std::span<const std::size_t> in,
                                               std::span<const std::size_t> out);

/// Runs of `length` elements that start at multiples of it; index counts runs.
struct Runs {
  std::size_t length = 1;
  std::vector<std::int64_t> index{};
};
Runs runs_of(const SourceMap& map, std::size_t source_elements);

}  // namespace xquant::integer
