#include "integer/source_map.h"

#include <algorithm>
#include <numeric>

namespace xquant::integer {
namespace {

bool is_walk(const SourceMap& map, const StridedWalk& walk) {
  std::vector<std::size_t> index(walk.dims.size(), 0);
  std::int64_t at = walk.first;
  for (const std::int32_t source : map) {
    if (source != at) return false;
    for (std::size_t d = index.size(); d-- > 0;) {
      at += walk.strides[d];
      if (++index[d] < walk.dims[d]) break;
      at -= walk.strides[d] * static_cast<std::int64_t>(walk.dims[d]);
      index[d] = 0;
    }
  }
  return true;
}

}  // namespace

std::optional<StridedWalk> strided_walk(const SourceMap& map, std::size_t rank) {
  if (map.empty()) return StridedWalk{0, {0}, {0}};
  StridedWalk walk{.first = map[0]};
  // From the last dimension on: as many blocks of the dimensions behind it as are equally far
  // apart.
  for (std::size_t block = 1; block < map.size();) {
    const std::int64_t stride = std::int64_t{map[block]} - map[0];
    std::size_t count = 2;
    while (count * block < map.size() &&
           std::int64_t{map[count * block]} - map[(count - 1) * block] == stride)
      ++count;
    if (map.size() % (count * block) != 0 || walk.dims.size() == rank) return {};
    walk.dims.insert(walk.dims.begin(), count);
    walk.strides.insert(walk.strides.begin(), stride);
    block *= count;
  }
  if (!is_walk(map, walk)) return {};
  return walk;
}

std::optional<RowsAndColumns> rows_and_columns(const SourceMap& map,
                                               std::span<const std::size_t> in,
                                               std::span<const std::size_t> out) {
  const std::size_t plane = out[0] * out[1];
  if (map.empty() || plane == 0 || map.size() % plane != 0) return {};
  const auto width = static_cast<std::int32_t>(in[1]),
             size = static_cast<std::int32_t>(in[0]) * width;
  RowsAndColumns found;
  for (std::size_t i = 0; i < out[0]; ++i) found.rows.push_back(map[i * out[1]] / width);
  for (std::size_t j = 0; j < out[1]; ++j) found.columns.push_back(map[j] % width);
  const auto is_beyond = [&](std::int64_t row) { return row >= static_cast<std::int64_t>(in[0]); };
  if (std::ranges::any_of(found.rows, is_beyond)) return {};  // of another plane
  for (std::size_t i = 0; i < map.size(); ++i) {
    const auto first = static_cast<std::int64_t>(i / plane) * size;
    if (map[i] != first + found.rows[i % plane / out[1]] * width + found.columns[i % out[1]])
      return {};
  }
  return found;
}

Runs runs_of(const SourceMap& map, std::size_t source_elements) {
  Runs runs{.length = std::gcd(map.size(), source_elements)};
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (i > 0 && map[i] == map[i - 1] + 1) continue;
    runs.length = std::gcd(runs.length, std::gcd(i, static_cast<std::size_t>(map[i])));
  }
  for (std::size_t i = 0; i < map.size(); i += runs.length)
    runs.index.push_back(map[i] / static_cast<std::int64_t>(runs.length));
  return runs;
}

}  // namespace xquant::integer
