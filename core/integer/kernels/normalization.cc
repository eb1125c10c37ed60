#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

/// LayerNormalization and InstanceNormalization. Operands: x, float scale, float bias.
class Normalization final : public IntegerKernel {
 public:
  explicit Normalization(const runtime::Setup& setup)
      : is_layer_(setup.node.op_type == "LayerNormalization"),
        axis_(setup.node.int_or("axis", -1)),
        epsilon_(setup.node.float_or("epsilon", 1e-5F)) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
    if (fused.has(1)) gamma_ = copy(*fused.constant(1));
    if (fused.has(2)) beta_ = copy(*fused.constant(2));
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (!is_layer_ && x.rank() < 2) runtime::refuse("InstanceNormalization takes [N, C, ...].");
    const std::size_t wanted = is_layer_ ? length(x) : size(x.shape[1]);
    if ((!gamma_.empty() && gamma_.size() != wanted) || (!beta_.empty() && beta_.size() != wanted))
      runtime::refuse("Scale and bias do not fit the input.");
    return {{type_, x.shape_copy()}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    return xq_norm_workspace_size(length(in[0]));
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    if (x.size() == 0) return;
    const float* gamma = gamma_.empty() ? nullptr : gamma_.data();
    const float* beta = beta_.empty() ? nullptr : beta_.data();
    void* y = call.outputs[0].data;
    if (is_layer_) {
      xq_layer_norm(x.data, size(x.size()) / length(x), length(x), gamma, beta, epsilon_, &from_,
                    &to_, y, call.scratch.data());
    } else {
      xq_instance_norm(x.data, size(x.shape[0]), size(x.shape[1]), length(x), gamma, beta, epsilon_,
                       &from_, &to_, y, call.scratch.data());
    }
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kNormalization;
    step.option = is_layer_ ? 1 : 0;
    step.x = from_;
    step.to = to_;
    step.epsilon = epsilon_;
    step.gamma = gamma_;
    step.beta = beta_;
    step.length = length(in[0]);
    step.inner = is_layer_ ? 1 : size(in[0].shape[1]);
    step.outer = step.length == 0 ? 0 : size(in[0].size()) / (step.length * step.inner);
    return step;
  }

 private:
  static std::vector<float> copy(const Tensor& tensor) {
    const auto values = tensor.data<float>();
    return {values.begin(), values.end()};
  }

  std::size_t length(const runtime::TensorView& x) const {
    const runtime::ops::Dims shape(x.shape);
    const std::size_t axis = is_layer_ ? runtime::ops::normal_axis(axis_, shape.rank) : 2;
    return size(shape.product(axis, shape.rank));
  }

  bool is_layer_;
  std::int64_t axis_;
  float epsilon_;
  xq_quant from_{}, to_{};
  DataType type_;
  std::vector<float> gamma_, beta_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> normalization(const runtime::Setup& setup) {
  return std::make_unique<Normalization>(setup);
}

}  // namespace xquant::integer::kernels
