#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/broadcast.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

using Kind = Normalization;

Kind kind_of(const std::string& type) {
  if (type == "InstanceNormalization") return Kind::kInstance;
  if (type == "GroupNormalization") return Kind::kGroup;
  return type == "LayerNormalization" ? Kind::kLayer : Kind::kRms;
}

/// A float scale or bias with the shape that the model gives it.
struct Factors {
  Shape shape;
  std::vector<float> values;
  bool is_given = false;
};

/// Operands: x, float scale, float bias.
class NormalizationKernel final : public IntegerKernel {
 public:
  explicit NormalizationKernel(const runtime::Setup& setup)
      : kind_(kind_of(setup.node.op_type)),
        axis_(setup.node.int_or("axis", -1)),
        groups_(setup.node.int_or("num_groups", 1)),
        per_group_(kind_ == Kind::kGroup && setup.node.int_or(kOpset, 21) < 21),
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
    const bool by_row = kind_ == Kind::kLayer || kind_ == Kind::kRms;
    if (!by_row && x.rank() < 2) runtime::refuse("The input has no channels.");
    if (kind_ == Kind::kGroup && (groups_ < 1 || x.shape[1] % groups_ != 0))
      runtime::refuse("num_groups does not divide the channels.");
    for (const Factors* factors : {&gamma_, &beta_}) {
      if (factors->is_given && !fits(*factors, x))
        runtime::refuse("Scale and bias do not fit the input.");
    }
    return {{type_, x.shape_copy()}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    return workspace_bytes(in[0]) + 2 * factor_bytes(in[0]);
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    if (x.size() == 0) return;
    std::byte* memory = call.scratch.data() + workspace_bytes(x);
    const float* gamma = spread(gamma_, x, reinterpret_cast<float*>(memory));
    const float* beta = spread(beta_, x, reinterpret_cast<float*>(memory + factor_bytes(x)));
    void* const y = call.outputs[0].data;
    void* const workspace = call.scratch.data();
    const std::size_t n = length(x);
    switch (kind_) {
      case Kind::kLayer:
        return xq_layer_norm(x.data, size(x.size()) / n, n, gamma, beta, epsilon_, &from_, &to_, y,
                             workspace);
      case Kind::kRms:
        return xq_rms_norm(x.data, size(x.size()) / n, n, gamma, epsilon_, &from_, &to_, y,
                           workspace);
      case Kind::kInstance:
        return xq_instance_norm(x.data, size(x.shape[0]), size(x.shape[1]), n, gamma, beta,
                                epsilon_, &from_, &to_, y, workspace);
      case Kind::kGroup:
        return xq_group_norm(x.data, size(x.shape[0]), size(x.shape[1]), n, size(groups_), gamma,
                             beta, epsilon_, &from_, &to_, y, workspace);
    }
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const runtime::TensorView x = in[0];
    ReplayStep step;
    step.kind = ReplayStep::Kind::kNormalization;
    step.option = static_cast<int>(kind_);
    step.x = from_;
    step.to = to_;
    step.epsilon = epsilon_;
    step.groups = size(groups_);
    step.length = length(x);
    step.inner = channels(x);
    step.outer = step.length == 0 ? 0 : size(x.size()) / (step.length * step.inner);
    for (auto [factors, values] :
         {std::pair(&gamma_, &step.gamma), std::pair(&beta_, &step.beta)}) {
      if (factors->values.empty()) continue;
      values->resize(factor_count(x));
      const float* spreaded = spread(*factors, x, values->data());
      if (spreaded != values->data()) *values = factors->values;
    }
    return step;
  }

 private:
  static Factors copy(const Tensor& tensor) {
    const auto values = tensor.data<float>();
    return {tensor.shape(), {values.begin(), values.end()}, true};
  }

  bool by_row() const { return kind_ == Kind::kLayer || kind_ == Kind::kRms; }
  std::size_t first_dimension(const runtime::TensorView& x) const {
    return by_row() ? runtime::ops::normal_axis(axis_, x.rank()) : 2;
  }
  std::size_t channels(const runtime::TensorView& x) const {
    return by_row() ? 1 : size(x.shape[1]);
  }
  /// Of a row, or of a channel's plane.
  std::size_t length(const runtime::TensorView& x) const {
    const runtime::ops::Dims shape(x.shape);
    return size(shape.product(first_dimension(x), shape.rank));
  }
  /// Entries of scale and bias as the library takes them.
  std::size_t factor_count(const runtime::TensorView& x) const {
    return by_row() ? length(x) : channels(x);
  }
  std::size_t factor_bytes(const runtime::TensorView& x) const {
    return runtime::align_up(factor_count(x) * sizeof(float));
  }
  std::size_t workspace_bytes(const runtime::TensorView& x) const {
    const std::size_t planes = kind_ == Kind::kGroup ? channels(x) / size(groups_) : 1;
    return runtime::align_up(xq_norm_workspace_size(planes * length(x)));
  }

  /// The normalized dimensions of scale and bias; those before them are 1 (match/normalization.cc).
  static std::span<const std::int64_t> last(const Shape& shape, std::size_t rank) {
    const std::span<const std::int64_t> all(shape);
    return all.last(std::min(rank, all.size()));
  }

  bool fits(const Factors& factors, const runtime::TensorView& x) const {
    if (!by_row()) return factors.values.size() == (per_group_ ? size(groups_) : size(x.shape[1]));
    const std::size_t first = first_dimension(x);
    const Shape inner(x.shape.begin() + static_cast<std::ptrdiff_t>(first), x.shape.end());
    return runtime::ops::broadcast(inner, last(factors.shape, inner.size())) == inner;
  }

  /// As many values as the library wants: these, or copies of them in memory.
  const float* spread(const Factors& factors, const runtime::TensorView& x, float* memory) const {
    const std::vector<float>& values = factors.values;
    if (values.empty()) return nullptr;
    const std::size_t wanted = factor_count(x);
    if (values.size() == wanted) return values.data();
    if (!by_row()) {
      for (std::size_t c = 0; c < wanted; ++c) memory[c] = values[c / (wanted / values.size())];
      return memory;
    }
    const auto inner = x.shape.subspan(first_dimension(x));
    const std::span<const std::int64_t> shape = last(factors.shape, inner.size());
    for (std::size_t i = 0; i < wanted; ++i) {
      std::size_t rest = i, at = 0, step = 1;
      for (std::size_t d = shape.size(); d-- > 0;) {
        const std::size_t dim = size(inner[d + inner.size() - shape.size()]);
        if (shape[d] != 1) at += rest % dim * step;
        rest /= dim;
        step *= size(shape[d]);
      }
      memory[i] = values[at];
    }
    return memory;
  }

  Kind kind_;
  std::int64_t axis_, groups_;
  bool per_group_;  ///< scale and bias, as GroupNormalization had them before version 21
  float epsilon_;
  xq_quant from_{}, to_{};
  DataType type_;
  Factors gamma_, beta_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> normalization(const runtime::Setup& setup) {
  return std::make_unique<NormalizationKernel>(setup);
}

}  // namespace xquant::integer::kernels
