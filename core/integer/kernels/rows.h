#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "integer/kernels/codes.h"
#include "integer/kernels/replay.h"

namespace xquant::integer::kernels {

/// An operand as [outer, length, inner], or what xq_move makes of it: dimensions that are no run
/// are moved to the end.
struct Rows {
  std::size_t outer = 1, length = 1, inner = 1;
  bool moves = false;
  xq_shape shape{};
  std::array<std::ptrdiff_t, XQ_MAX_RANK> strides{};

  void append(std::size_t dim, std::ptrdiff_t stride) {
    strides[shape.rank] = stride;
    shape.dims[shape.rank++] = dim;
  }

  /// The move in a ReplayStep, as Kind::kMove has it.
  void describe(ReplayStep& step) const {
    step.outer = outer;
    step.length = length;
    step.inner = inner;
    if (!moves) return;
    step.x_shape = shape;
    step.table.assign(1, 0);
    step.table.insert(step.table.end(), strides.begin(),
                      strides.begin() + static_cast<std::ptrdiff_t>(shape.rank));
  }
};

/// in_row: which dimensions make a row.
inline Rows rows_of(const runtime::TensorView& x, const std::vector<bool>& in_row) {
  const auto begin = std::find(in_row.begin(), in_row.end(), true);
  const auto end = std::find(begin, in_row.end(), false);
  Rows rows;
  rows.moves = std::find(end, in_row.end(), true) != in_row.end();
  if (rows.moves && x.rank() > XQ_MAX_RANK)
    runtime::refuse("More than 8 dimensions are not supported.");
  for (std::size_t d = 0; d < x.rank(); ++d) {
    const bool behind = !rows.moves && in_row.begin() + static_cast<std::ptrdiff_t>(d) >= end;
    (in_row[d] ? rows.length : behind ? rows.inner : rows.outer) *= size(x.shape[d]);
  }
  if (!rows.moves) return rows;
  std::array<std::ptrdiff_t, XQ_MAX_RANK> own{};
  std::ptrdiff_t step = 1;
  for (std::size_t d = x.rank(); d-- > 0; step *= x.shape[d]) own[d] = step;
  for (const bool wanted : {false, true}) {
    for (std::size_t d = 0; d < x.rank(); ++d) {
      if (in_row[d] == wanted) rows.append(size(x.shape[d]), own[d]);
    }
  }
  return rows;
}

}  // namespace xquant::integer::kernels
