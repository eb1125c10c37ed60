// Col2Im: adds up the columns of sliding blocks [N, C * block, L] into images [N, C, image...];
// what falls into the padding is dropped. Any number of spatial dimensions. The inverse of cutting
// blocks out.

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class Col2Im final : public Kernel {
 public:
  explicit Col2Im(const Setup& setup)
      : strides_(setup.node.ints_or("strides", {})),
        dilations_(setup.node.ints_or("dilations", {})),
        pads_(setup.node.ints_or("pads", {})) {}
  std::vector<std::size_t> shape_operands() const override { return {1, 2}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), image = in.required(1), block = in.required(2);
    with_type(x.type, [](auto) {});
    require_type(image, DataType::kInt64);
    require_type(block, DataType::kInt64);
    if (x.rank() != 3 || image.size() != block.size()) refuse("The operands do not fit.");
    const Geometry g = geometry(in);
    if (g.block.size() < 1 || x.shape[1] % g.block.size() != 0 || x.shape[2] != g.blocks.size()) {
      refuse("The input does not hold one column for each block.");
    }
    Shape shape{x.shape[0], x.shape[1] / g.block.size()};
    for (std::size_t d = 0; d < g.image.rank; ++d) shape.push_back(g.image[d]);
    return {{x.type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    const Geometry g = geometry(call.inputs);
    with_type(x.type, [&]<typename T>(T) {
      T* image = raw<T>(out);
      std::fill_n(image, out.size(), T(0));
      const T* column = raw<T>(x);
      for (std::int64_t plane = 0; plane < out.shape[0] * out.shape[1]; ++plane) {
        Walk<1> tap(g.block);
        for (std::int64_t k = 0; k < g.block.size(); ++k, tap.next()) {
          Walk<1> position(g.blocks);
          for (std::int64_t i = 0; i < g.blocks.size(); ++i, position.next(), ++column) {
            const std::int64_t at = target(g, tap.index(), position.index());
            if (at >= 0) image[at] = static_cast<T>(image[at] + *column);
          }
        }
        image += g.image.size();
      }
    });
  }

 private:
  struct Geometry {
    Dims image, block, blocks;  ///< blocks: how many along each dimension
  };

  static std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i,
                            std::int64_t fallback) {
    return i < list.size() ? list[i] : fallback;
  }

  Geometry geometry(const Operands& in) const {
    const auto rank = static_cast<std::size_t>(in[1].size());
    Geometry g{Dims(rank), Dims(rank), Dims(rank)};
    for (std::size_t d = 0; d < rank; ++d) {
      if (entry(strides_, d, 1) < 1 || entry(dilations_, d, 1) < 1 ||
          raw<std::int64_t>(in[2])[d] < 1 || raw<std::int64_t>(in[1])[d] < 0) {
        refuse("A window needs positive sizes.");
      }
      g.image[d] = raw<std::int64_t>(in[1])[d];
      g.block[d] = raw<std::int64_t>(in[2])[d];
      const std::int64_t room = g.image[d] + entry(pads_, d, 0) + entry(pads_, d + rank, 0) -
                                entry(dilations_, d, 1) * (g.block[d] - 1) - 1;
      if (room < 0) refuse("The block is larger than the padded image.");
      g.blocks[d] = room / entry(strides_, d, 1) + 1;
    }
    return g;
  }

  /// Offset in the image, or -1 in the padding.
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

}  // namespace

std::unique_ptr<Kernel> col2im(const Setup& setup) { return std::make_unique<Col2Im>(setup); }

}  // namespace xquant::runtime::ops
