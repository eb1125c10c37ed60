#include <cstring>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"

namespace xquant::integer::kernels {
namespace {

class Table final : public IntegerKernel {
 public:
  explicit Table(const runtime::Setup& setup) : type_(Fused(setup).result()->type) {
    std::memcpy(entries_, Fused(setup).constant(1)->bytes().data(), sizeof(entries_));
    is_line_ = xq_line_of(entries_, &line_) != 0;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{type_, in.required(0).shape_copy()}};
  }

  void run(const runtime::Call& call) const override {
    const std::size_t count = size(call.inputs[0].size());
    if (is_line_) {
      xq_line_apply(&line_, call.inputs[0].data, count, call.outputs[0].data);
    } else {
      xq_table_apply(entries_, call.inputs[0].data, count, call.outputs[0].data);
    }
  }

  bool may_overwrite_operands() const override { return true; }
  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kTable;
    step.length = size(in[0].size());
    return step;
  }

 private:
  DataType type_;
  xq_table entries_{};
  bool is_line_ = false;
  xq_line line_{};
};

}  // namespace

std::unique_ptr<runtime::Kernel> table(const runtime::Setup& setup) {
  return std::make_unique<Table>(setup);
}

}  // namespace xquant::integer::kernels
