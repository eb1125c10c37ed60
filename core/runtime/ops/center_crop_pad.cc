// CenterCropPad: crops or zero-pads each axis around its centre; the odd element goes to the end.

#include <algorithm>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class CenterCropPad final : public Kernel {
 public:
  explicit CenterCropPad(const Setup& setup)
      : all_axes_(!setup.node.has("axes")), axes_(setup.node.ints_or("axes", {})) {}
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    bytes_per_element(in[0]);
    const std::vector<std::int64_t> wanted = integers(in.required(1));
    const std::size_t count = all_axes_ ? type.shape.size() : axes_.size();
    if (wanted.size() != count) refuse("shape does not have one entry for each axis.");
    for (std::size_t i = 0; i < count; ++i) {
      type.shape[all_axes_ ? i : normal_axis(axes_[i], type.shape.size())] = wanted[i];
    }
    return {type};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    std::fill_n(raw<char>(out), out.byte_count(), char{0});
    if (x.size() == 0 || out.size() == 0) return;
    // The common box, and where it starts in both.
    Dims box(x.shape);
    std::int64_t from = 0, to = 0;
    const Dims in_strides = strides_of(Dims(x.shape)), out_strides = strides_of(Dims(out.shape));
    for (std::size_t d = 0; d < box.rank; ++d) {
      const std::int64_t before = x.shape[d], after = out.shape[d];
      box[d] = std::min(before, after);
      from += (before - box[d]) / 2 * in_strides[d];
      to += (after - box[d]) / 2 * out_strides[d];
    }
    const std::int64_t element = bytes_per_element(x);
    Walk<2> walk(box);
    walk.strides = {in_strides, out_strides};
    for (std::int64_t i = 0; i < box.size(); ++i, walk.next()) {
      std::copy_n(raw<char>(x) + (from + walk.offsets[0]) * element, element,
                  raw<char>(out) + (to + walk.offsets[1]) * element);
    }
  }

 private:
  bool all_axes_;
  std::vector<std::int64_t> axes_;
};

}  // namespace

std::unique_ptr<Kernel> center_crop_pad(const Setup& setup) {
  return std::make_unique<CenterCropPad>(setup);
}

}  // namespace xquant::runtime::ops
