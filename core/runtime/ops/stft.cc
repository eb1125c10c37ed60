// STFT: Fourier transforms of overlapping frames of a signal [batch, samples, 1 or 2], each weighed
// by a window; [batch, frames, bins, 2].

#include "runtime/ops/common.h"
#include "runtime/ops/fft.h"

namespace xquant::runtime::ops {
namespace {

class Stft final : public Kernel {
 public:
  explicit Stft(const Setup& setup) : onesided_(setup.node.int_or("onesided", 1) != 0) {}
  std::vector<std::size_t> shape_operands() const override { return {1, 3}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    if (in.has(2)) require_type(in[2], x.type);
    if (x.rank() < 2 || x.rank() > 3) refuse("STFT takes [batch, samples, 1 or 2].");
    if (parts_of(x) < 1 || parts_of(x) > 2) refuse("STFT takes [batch, samples, 1 or 2].");
    const Frames frames = frames_of(in);
    return {{x.type, {x.shape[0], frames.count, frames.bins, 2}}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const std::int64_t length = frames_of(in).length;
    return static_cast<std::size_t>(2 * length + FourierTransform::memory_entries(length)) *
           sizeof(Complex);
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  struct Frames {
    std::int64_t step, length, count, bins;
  };

  static std::int64_t parts_of(const TensorView& x) { return x.rank() == 3 ? x.shape[2] : 1; }

  Frames frames_of(const Operands& in) const {
    Frames frames{};
    frames.step = integer(in.required(1));
    frames.length = in.has(2) ? in[2].size() : in[0].shape[1];
    if (in.has(3)) frames.length = integer(in[3]);
    if (in.has(2) && in[2].size() != frames.length) refuse("The window does not fill a frame.");
    if (frames.step < 1 || frames.length < 1 || frames.length > in[0].shape[1]) {
      refuse("frame_step and frame_length do not fit the signal.");
    }
    frames.count = (in[0].shape[1] - frames.length) / frames.step + 1;
    const bool half = onesided_ && parts_of(in[0]) == 1;
    frames.bins = half ? frames.length / 2 + 1 : frames.length;
    return frames;
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const Frames frames = frames_of(call.inputs);
    const std::int64_t parts = parts_of(x);
    auto* signal = reinterpret_cast<Complex*>(call.scratch.data());
    Complex* const spectrum = signal + frames.length;
    const FourierTransform transform(frames.length, FourierDirection::kForward,
                                     spectrum + frames.length);
    T* to = raw<T>(call.outputs[0]);
    for (std::int64_t i = 0; i < x.shape[0] * frames.count; ++i) {
      const std::int64_t first = i / frames.count * x.shape[1] + i % frames.count * frames.step;
      for (std::int64_t k = 0; k < frames.length; ++k) {
        const T* from = raw<T>(x) + (first + k) * parts;
        const double weight =
            call.inputs.has(2) ? static_cast<double>(raw<T>(call.inputs[2])[k]) : 1.0;
        signal[k] = {static_cast<double>(from[0]) * weight,
                     parts == 2 ? static_cast<double>(from[1]) * weight : 0.0};
      }
      transform.run(signal, spectrum);
      for (std::int64_t k = 0; k < frames.bins; ++k) {
        *to++ = static_cast<T>(spectrum[k].re);
        *to++ = static_cast<T>(spectrum[k].im);
      }
    }
  }

  bool onesided_;
};

}  // namespace

std::unique_ptr<Kernel> stft(const Setup& setup) { return std::make_unique<Stft>(setup); }

}  // namespace xquant::runtime::ops
