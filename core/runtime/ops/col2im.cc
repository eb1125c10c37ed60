// Col2Im: adds up the columns of sliding blocks [N, C * block, L] into images [N, C, image...];
// what falls into the padding is dropped. Any number of spatial dimensions. The inverse of cutting
// blocks out.

#include <algorithm>

#include "runtime/ops/columns.h"

namespace xquant::runtime::ops {
namespace {

class Col2Im final : public Kernel {
 public:
  explicit Col2Im(const Setup& setup) : columns_(setup.node) {}
  std::vector<std::size_t> shape_operands() const override { return {1, 2}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), image = in.required(1), block = in.required(2);
    with_type(x.type, [](auto) {});
    require_type(image, DataType::kInt64);
    require_type(block, DataType::kInt64);
    return {{x.type, Columns::result(geometry(in), x.shape)}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    const Columns::Geometry g = geometry(call.inputs);
    with_type(x.type, [&]<typename T>(T) {
      T* image = raw<T>(out);
      std::fill_n(image, out.size(), T(0));
      const T* column = raw<T>(x);
      for (std::int64_t plane = 0; plane < out.shape[0] * out.shape[1]; ++plane) {
        columns_.for_each_element(g, [&](std::int64_t at) {
          if (at >= 0) image[at] = static_cast<T>(image[at] + *column);
          ++column;
        });
        image += g.image.size();
      }
    });
  }

 private:
  Columns::Geometry geometry(const Operands& in) const {
    return columns_.geometry(in[1].as<std::int64_t>(), in[2].as<std::int64_t>());
  }

  Columns columns_;
};

}  // namespace

std::unique_ptr<Kernel> col2im(const Setup& setup) { return std::make_unique<Col2Im>(setup); }

}  // namespace xquant::runtime::ops
