#pragma once

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// Which elements a RotaryEmbedding rotates as pairs, and by which row of its tables.
class Rotation {
 public:
  explicit Rotation(const Node& node)
      : heads_(node.int_or("num_heads", 0)),
        rotated_(node.int_or("rotary_embedding_dim", 0)),
        interleaved_(node.int_or("interleaved", 0) != 0) {}

  struct In {
    std::span<const std::int64_t> x;
    TensorView cosines, sines, positions;
  };

  /// Refuses tables that do not fit.
  void require_tables(const In& in) const {
    const Sizes s = sizes_of(in);
    const bool fits = in.cosines.rank() == (in.positions.present() ? 2u : 3u) &&
                      in.cosines.shape.back() == s.rotated / 2 &&
                      std::ranges::equal(in.cosines.shape, in.sines.shape);
    if (!fits) refuse("The cosines and sines do not fit.");
  }

  /// pair(first element, second element, place in the tables) for all pairs; kept(first, last) for
  /// the elements of each head that stay as they are.
  template <typename Pair, typename Kept>
  void for_each(const In& in, Pair&& pair, Kept&& kept) const {
    const Sizes s = sizes_of(in);
    const std::int64_t half = s.rotated / 2;
    for (std::int64_t b = 0; b < s.batch; ++b) {
      for (std::int64_t h = 0; h < s.heads; ++h) {
        for (std::int64_t i = 0; i < s.rows; ++i) {
          const std::int64_t at =
              s.size * (s.merged ? (b * s.rows + i) * s.heads + h : (b * s.heads + h) * s.rows + i);
          const std::int64_t row = table_row(in, s, b, i) * half;
          for (std::int64_t k = 0; k < half; ++k) {
            const std::int64_t first = interleaved_ ? 2 * k : k;
            pair(at + first, at + (interleaved_ ? first + 1 : k + half), row + k);
          }
          kept(at + s.rotated, at + s.size);
        }
      }
    }
  }

 private:
  struct Sizes {
    std::int64_t batch, heads, rows, size, rotated;
    bool merged;
  };

  Sizes sizes_of(const In& in) const {
    const std::size_t rank = in.x.size();
    if (rank != 3 && rank != 4) refuse("The input needs three or four dimensions.");
    Sizes s{};
    s.merged = rank == 3;
    s.batch = in.x[0];
    s.rows = in.x[rank - 2];
    s.heads = s.merged ? heads_ : in.x[1];
    if (s.merged && s.heads == 0 && rotated_ == 0)
      s.heads = in.x[2] / (2 * in.cosines.shape.back());
    if (s.heads < 1) refuse("num_heads is missing.");
    s.size = s.merged ? in.x[2] / s.heads : in.x[3];
    s.rotated = rotated_ == 0 ? s.size : rotated_;
    if (s.rotated % 2 != 0 || s.rotated > s.size) refuse("The rotated dimensions do not fit.");
    return s;
  }

  /// Row of the tables for a position: positions may be one offset for all.
  static std::int64_t table_row(const In& in, const Sizes& s, std::int64_t b, std::int64_t i) {
    if (!in.positions.present()) return b * s.rows + i;
    const auto* values = raw<std::int64_t>(in.positions);
    const std::int64_t row = in.positions.size() == 1 ? values[0] + i : values[b * s.rows + i];
    if (row < 0 || row >= in.cosines.shape[0]) refuse("A position lies outside the tables.");
    return row;
  }

  std::int64_t heads_, rotated_;
  bool interleaved_;
};

}  // namespace xquant::runtime::ops
