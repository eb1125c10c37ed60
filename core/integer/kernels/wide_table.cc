#include <cstring>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"

namespace xquant::integer::kernels {
namespace {

/// A table where operand or result has 16 bits.
class WideTable final : public IntegerKernel {
 public:
  explicit WideTable(const runtime::Setup& setup) {
    const Fused fused(setup);
    type_ = fused.result()->type;
    from_ = type_of(fused.linear(0).type);
    to_ = type_of(type_);
    const auto bytes = fused.constant(1)->bytes();
    entries_.resize(bytes.size() / sizeof(std::uint16_t));
    std::memcpy(entries_.data(), bytes.data(), bytes.size());
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{type_, in.required(0).shape_copy()}};
  }

  void run(const runtime::Call& call) const override {
    xq_wide_table_apply(entries_.data(), from_, to_, call.inputs[0].data,
                        size(call.inputs[0].size()), call.outputs[0].data);
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kWideTable;
    step.x = xq_quant_of(from_, 1, 0);
    step.to = xq_quant_of(to_, 1, 0);
    step.length = size(in[0].size());
    return step;
  }

 private:
  DataType type_;
  xq_type from_, to_;
  std::vector<std::uint16_t> entries_;  ///< bytes, two in each, where the result has 8 bits
};

}  // namespace

std::unique_ptr<runtime::Kernel> wide_table(const runtime::Setup& setup) {
  return std::make_unique<WideTable>(setup);
}

}  // namespace xquant::integer::kernels
