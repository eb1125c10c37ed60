// ReverseSequence: turns the first sequence_lens[b] elements of the time axis around, for each
// index b of the batch axis.

#include <algorithm>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class ReverseSequence final : public Kernel {
 public:
  explicit ReverseSequence(const Setup& setup)
      : batch_axis_(setup.node.int_or("batch_axis", 1)),
        time_axis_(setup.node.int_or("time_axis", 0)) {
    if (batch_axis_ + time_axis_ != 1 || batch_axis_ * time_axis_ != 0) {
      refuse("batch_axis and time_axis have to be 0 and 1, or 1 and 0.");
    }
  }
  bool takes_half() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), lengths = in.required(1);
    require_type(lengths, DataType::kInt64);
    bytes_per_element(x);
    if (x.rank() < 2 || lengths.size() != x.shape[static_cast<std::size_t>(batch_axis_)]) {
      refuse("sequence_lens does not have one entry for each index of the batch axis.");
    }
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t bytes = shape.product(2, shape.rank) * bytes_per_element(x);
    const std::int64_t times = shape[static_cast<std::size_t>(time_axis_)];
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      for (std::int64_t j = 0; j < shape[1]; ++j) {
        const std::int64_t batch = batch_axis_ == 0 ? i : j, time = batch_axis_ == 0 ? j : i;
        const std::int64_t length = raw<std::int64_t>(call.inputs[1])[batch];
        if (length < 0 || length > times) refuse("A sequence is longer than the time axis.");
        const std::int64_t source = time < length ? length - 1 - time : time;
        const std::int64_t row = batch_axis_ == 0 ? i * shape[1] + source : source * shape[1] + j;
        std::copy_n(raw<char>(x) + row * bytes, bytes,
                    raw<char>(call.outputs[0]) + (i * shape[1] + j) * bytes);
      }
    }
  }

 private:
  std::int64_t batch_axis_, time_axis_;
};

}  // namespace

std::unique_ptr<Kernel> reverse_sequence(const Setup& setup) {
  return std::make_unique<ReverseSequence>(setup);
}

}  // namespace xquant::runtime::ops
