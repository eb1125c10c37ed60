// DFT: Fourier transform along one axis of real ([..., 1]) or complex ([..., 2]) signals. The axis
// is an attribute in version 17, an operand since 20.

#include <algorithm>

#include "runtime/ops/common.h"
#include "runtime/ops/fft.h"

namespace xquant::runtime::ops {
namespace {

class Dft final : public Kernel {
 public:
  explicit Dft(const Setup& setup)
      : axis_operand_(setup.opset >= 20),
        axis_(axis_operand_ ? -2 : setup.node.int_or("axis", 1)),
        onesided_(setup.node.int_or("onesided", 0) != 0),
        direction_(setup.node.int_or("inverse", 0) != 0 ? FourierDirection::kInverse
                                                        : FourierDirection::kForward) {}
  std::vector<std::size_t> shape_operands() const override { return {1, 2}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    if (x.rank() < 2 || x.shape.back() < 1 || x.shape.back() > 2) {
      refuse("DFT takes [..., 1] or [..., 2].");
    }
    const std::size_t axis = axis_of(in);
    if (axis + 1 == x.rank()) refuse("The last dimension holds real and imaginary part.");
    const std::int64_t length = length_of(in);
    if (length < 1) refuse("The length of a transform has to be positive.");
    TensorType type = same_type(x);
    type.shape[axis] = onesided_ ? length / 2 + 1 : length;
    type.shape.back() = 2;
    return {type};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const std::int64_t length = length_of(in);
    return static_cast<std::size_t>(2 * length + FourierTransform::memory_entries(length)) *
           sizeof(Complex);
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const MutableView out = call.outputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = axis_of(call.inputs);
    const std::int64_t length = length_of(call.inputs), parts = x.shape.back();
    const std::int64_t inner = shape.product(axis + 1, shape.rank - 1);
    const std::int64_t given = std::min(length, shape[axis]), kept = out.shape[axis];
    auto* signal = reinterpret_cast<Complex*>(call.scratch.data());
    Complex* const spectrum = signal + length;
    const FourierTransform transform(length, direction_, spectrum + length);
    for (std::int64_t i = 0; i < shape.product(0, axis) * inner; ++i) {
      const std::int64_t row = i / inner, column = i % inner;
      std::fill_n(signal, length, Complex{});
      for (std::int64_t k = 0; k < given; ++k) {
        const T* from = raw<T>(x) + ((row * shape[axis] + k) * inner + column) * parts;
        signal[k] = {static_cast<double>(from[0]), parts == 2 ? static_cast<double>(from[1]) : 0.0};
      }
      transform.run(signal, spectrum);
      for (std::int64_t k = 0; k < kept; ++k) {
        T* to = raw<T>(out) + ((row * kept + k) * inner + column) * 2;
        to[0] = static_cast<T>(spectrum[k].re);
        to[1] = static_cast<T>(spectrum[k].im);
      }
    }
  }

  std::size_t axis_of(const Operands& in) const {
    const bool given = axis_operand_ && in.has(2) && in[2].size() > 0;
    return normal_axis(given ? integer(in[2]) : axis_, in[0].rank());
  }
  /// Of the transform; the signal is cut or padded with zeros.
  std::int64_t length_of(const Operands& in) const {
    if (in.has(1) && in[1].size() > 0) return integer(in[1]);
    return in[0].shape[axis_of(in)];
  }

  bool axis_operand_;
  std::int64_t axis_;
  bool onesided_;
  FourierDirection direction_;
};

}  // namespace

std::unique_ptr<Kernel> dft(const Setup& setup) { return std::make_unique<Dft>(setup); }

}  // namespace xquant::runtime::ops
