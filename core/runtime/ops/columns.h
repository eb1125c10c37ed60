#pragma once

#include <span>
#include <vector>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// The sliding blocks that a Col2Im adds up, each a column of [N, C * block, L].
class Columns {
 public:
  explicit Columns(const Node& node)
      : strides_(node.ints_or("strides", {})),
        dilations_(node.ints_or("dilations", {})),
        pads_(node.ints_or("pads", {})) {}

  struct Geometry {
    Dims image, block, blocks;  ///< blocks: how many along each dimension
  };

  /// Refuses blocks that do not fit the image.
  Geometry geometry(std::span<const std::int64_t> image,
                    std::span<const std::int64_t> block) const {
    if (image.size() != block.size()) refuse("The operands do not fit.");
    Geometry g{Dims(image), Dims(block), Dims(image.size())};
    for (std::size_t d = 0; d < image.size(); ++d) {
      if (entry(strides_, d, 1) < 1 || entry(dilations_, d, 1) < 1 || block[d] < 1 || image[d] < 0)
        refuse("A window needs positive sizes.");
      const std::int64_t room = image[d] + entry(pads_, d, 0) + entry(pads_, d + image.size(), 0) -
                                entry(dilations_, d, 1) * (block[d] - 1) - 1;
      if (room < 0) refuse("The block is larger than the padded image.");
      g.blocks[d] = room / entry(strides_, d, 1) + 1;
    }
    return g;
  }

  /// The images that columns of this shape add up to.
  static Shape result(const Geometry& g, std::span<const std::int64_t> x) {
    if (x.size() != 3 || g.block.size() < 1 || x[1] % g.block.size() != 0 ||
        x[2] != g.blocks.size())
      refuse("The input does not hold one column for each block.");
    Shape shape{x[0], x[1] / g.block.size()};
    for (std::size_t d = 0; d < g.image.rank; ++d) shape.push_back(g.image[d]);
    return shape;
  }

  /// visit(offset in the image, or -1 in the padding) for the elements of one channel in order.
  template <typename Visit>
  void for_each_element(const Geometry& g, Visit&& visit) const {
    Walk<1> tap(g.block);
    for (std::int64_t k = 0; k < g.block.size(); ++k, tap.next()) {
      Walk<1> position(g.blocks);
      for (std::int64_t i = 0; i < g.blocks.size(); ++i, position.next())
        visit(target(g, tap.index(), position.index()));
    }
  }

 private:
  static std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i,
                            std::int64_t fallback) {
    return i < list.size() ? list[i] : fallback;
  }

  std::int64_t target(const Geometry& g, const Dims& tap, const Dims& position) const {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < g.image.rank; ++d) {
      const std::int64_t index = position[d] * entry(strides_, d, 1) +
                                 tap[d] * entry(dilations_, d, 1) - entry(pads_, d, 0);
      if (index < 0 || index >= g.image[d]) return -1;
      at = at * g.image[d] + index;
    }
    return at;
  }

  std::vector<std::int64_t> strides_, dilations_, pads_;
};

}  // namespace xquant::runtime::ops
