#include <bit>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "integer/kernels/sampler.h"
#include "runtime/aligned_buffer.h"

namespace xquant::integer::kernels {
namespace {

/// Weighted sums of elements at places that other operands say.
class Sample final : public IntegerKernel {
 public:
  explicit Sample(const runtime::Setup& setup)
      : sampler_(sampler_of(setup.node, setup.node.int_or(kOpset, 1))) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
    operands_ = fused.operands();
    for (std::size_t i = 1; i < operands_; ++i) {
      if (setup.node.input(Fused::position(i) + 1) != ValueId::kNone)
        more_[i - 1] = quant_of(fused.linear(i));
    }
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    in.required(0);
    return {{type_, sampler_->result(operands_of(in))}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    const Sampler::Groups g = sampler_->groups(operands_of(in));
    return runtime::align_up(size(g.outputs + 1) * sizeof(std::int64_t)) +
           2 * runtime::align_up(size(g.most) * sizeof(std::int64_t));
  }

  void run(const runtime::Call& call) const override {
    if (call.outputs[0].size() == 0) return;
    const Sampler::In in = operands_of(call.inputs);
    const Sampler::Groups g = sampler_->groups(in);
    std::byte* memory = call.scratch.data();
    auto* start = reinterpret_cast<std::int64_t*>(memory);
    memory += runtime::align_up(size(g.outputs + 1) * sizeof(std::int64_t));
    auto* index = reinterpret_cast<std::int64_t*>(memory);
    memory += runtime::align_up(size(g.most) * sizeof(std::int64_t));
    auto* weight = reinterpret_cast<double*>(memory);
    const xq_samples samples{size(g.outputs), start, index, weight, sampler_->takes_largest()};
    for (std::int64_t group = 0; group < g.count; ++group) {
      SampleWriter writer(start, index, weight);
      sampler_->fill(in, group, writer);
      const auto* x = static_cast<const std::byte*>(in.x.data) +
                      size(sampler_->first(in, group)) * xq_type_size(from_.type);
      auto* y = static_cast<std::byte*>(call.outputs[0].data) +
                size(group * g.planes * g.outputs) * xq_type_size(to_.type);
      xq_sample(&samples, x, size(g.planes), size(g.elements), &from_, &to_, y);
    }
  }

  /// All groups and planes as the samples of one plane.
  ReplayStep describe(const runtime::Operands& operands,
                      std::span<const runtime::MutableView>) const override {
    const Sampler::In in = operands_of(operands);
    const Sampler::Groups g = sampler_->groups(in);
    std::vector<std::int64_t> start(size(g.outputs + 1)), index(size(g.most)), all, bits;
    std::vector<double> weight(size(g.most));
    ReplayStep step;
    step.kind = ReplayStep::Kind::kSample;
    step.option = sampler_->takes_largest() ? 1 : 0;
    step.x = from_;
    step.to = to_;
    step.outer = size(in.x.size());
    step.length = size(g.count * g.planes * g.outputs);
    step.table.push_back(0);
    for (std::int64_t group = 0; group < g.count; ++group) {
      SampleWriter writer(start.data(), index.data(), weight.data());
      sampler_->fill(in, group, writer);
      for (std::int64_t plane = 0; plane < g.planes; ++plane) {
        const std::int64_t first = sampler_->first(in, group) + plane * g.elements;
        const auto before = static_cast<std::int64_t>(all.size());
        for (std::size_t o = 1; o < start.size(); ++o) step.table.push_back(before + start[o]);
        for (std::size_t i = 0; i < size(start.back()); ++i) {
          all.push_back(first + index[i]);
          bits.push_back(std::bit_cast<std::int64_t>(weight[i]));
        }
      }
    }
    step.inner = all.size();
    step.table.insert(step.table.end(), all.begin(), all.end());
    step.table.insert(step.table.end(), bits.begin(), bits.end());
    return step;
  }

  bool needs_constant(std::size_t position) const override {
    return position % Fused::position(1) == 0 && position < Fused::position(operands_);
  }

 private:
  Sampler::In operands_of(const runtime::Operands& in) const {
    Sampler::In operands{.x = in[0]};
    for (std::size_t i = 1; i < operands_; ++i)
      operands.more[i - 1] = {in[Fused::position(i)], more_[i - 1]};
    return operands;
  }

  std::unique_ptr<Sampler> sampler_;
  std::size_t operands_ = 0;
  std::array<xq_quant, 3> more_{};  ///< of operands that are codes
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> sample(const runtime::Setup& setup) {
  return std::make_unique<Sample>(setup);
}

}  // namespace xquant::integer::kernels
