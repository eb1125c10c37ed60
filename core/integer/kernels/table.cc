#include <cstring>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"

namespace xquant::integer::kernels {
namespace {

/// One table, or one for each channel.
class Table final : public IntegerKernel {
 public:
  explicit Table(const runtime::Setup& setup)
      : type_(Fused(setup).result()->type),
        behind_(setup.node.int_or(kBehind, 0)),
        rank_(size(setup.node.int_or(kRank, 0))) {
    const auto bytes = Fused(setup).constant(1)->bytes();
    rows_.resize(bytes.size() / sizeof(xq_table));
    for (std::size_t c = 0; c < rows_.size(); ++c) {
      std::memcpy(rows_[c].entries, bytes.data() + c * sizeof(xq_table), sizeof(xq_table));
      rows_[c].is_line = xq_line_of(rows_[c].entries, &rows_[c].line) != 0;
    }
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{type_, view_of(in.required(0)).result}};
  }

  void run(const runtime::Call& call) const override {
    const View view = view_of(call.inputs[0]);
    const auto* x = static_cast<const std::uint8_t*>(call.inputs[0].data);
    auto* y = static_cast<std::uint8_t*>(call.outputs[0].data);
    if (view.inner == 1 && view.own_rows) {
      for (std::size_t o = 0; o < view.outer; ++o) {
        for (const Row& row : rows_) *y++ = row.entries[*x++];
      }
      return;
    }
    for (std::size_t o = 0; o < view.outer; ++o) {
      for (std::size_t c = 0; c < rows_.size(); ++c, y += view.inner)
        apply(rows_[c], x + (view.own_rows ? o * rows_.size() + c : o) * view.inner, view.inner, y);
    }
  }

  bool may_overwrite_operands() const override { return true; }
  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    const View view = view_of(in[0]);
    ReplayStep step;
    step.kind = ReplayStep::Kind::kTable;
    step.outer = view.outer;
    step.length = rows_.size();
    step.inner = view.inner;
    step.option = view.own_rows ? 0 : 1;
    return step;
  }

 private:
  struct Row {
    xq_table entries{};
    bool is_line = false;
    xq_line line{};
  };
  /// The operand as [outer, channels or 1, inner].
  struct View {
    Shape result;
    std::size_t outer = 1, inner = 1;
    bool own_rows = true;  ///< false: one row of the operand for all channels
  };

  View view_of(const runtime::TensorView& x) const {
    View view{.result = x.shape_copy()};
    if (rows_.size() == 1) {
      view.inner = size(x.size());
      return view;
    }
    const std::size_t least = behind_ < 0 ? 2 : rank_;
    if (behind_ < 0 && x.rank() < least) refuse_shape(x);
    if (x.rank() < least) view.result.insert(view.result.begin(), least - x.rank(), 1);
    const std::size_t axis = behind_ < 0 ? 1 : view.result.size() - 1 - size(behind_);
    for (std::size_t d = 0; d < axis; ++d) view.outer *= size(view.result[d]);
    for (std::size_t d = axis + 1; d < view.result.size(); ++d) view.inner *= size(view.result[d]);
    view.own_rows = size(view.result[axis]) == rows_.size();
    if (!view.own_rows && (behind_ < 0 || view.result[axis] != 1)) refuse_shape(x);
    view.result[axis] = static_cast<std::int64_t>(rows_.size());
    return view;
  }

  [[noreturn]] void refuse_shape(const runtime::TensorView& x) const {
    runtime::refuse("An operand of shape " + to_string(x.shape_copy()) +
                    " does not fit constants of " + std::to_string(rows_.size()) + " channels.");
  }

  static void apply(const Row& row, const std::uint8_t* x, std::size_t count, std::uint8_t* y) {
    if (row.is_line)
      xq_line_apply(&row.line, x, count, y);
    else
      xq_table_apply(row.entries, x, count, y);
  }

  DataType type_;
  std::int64_t behind_;
  std::size_t rank_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> table(const runtime::Setup& setup) {
  return std::make_unique<Table>(setup);
}

}  // namespace xquant::integer::kernels
