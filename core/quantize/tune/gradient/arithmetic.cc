// Add, Sub, Mul, Div, Min, Max with broadcasting, Sum and Mean without.

#include <algorithm>

#include "quantize/tune/gradient/backward.h"
#include "quantize/tune/gradient/broadcast.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;

/// What a derivative by the result has to be multiplied with to be one by the operand.
using Factor = float (*)(float a, float b);

struct Rule {
  const char* op_type;
  Factor by_first;
  Factor by_second;
};

// Where operands are equal, Min and Max give the first one all of it.
constexpr Rule kRules[] = {
    {"Add", [](float, float) { return 1.0F; }, [](float, float) { return 1.0F; }},
    {"Sub", [](float, float) { return 1.0F; }, [](float, float) { return -1.0F; }},
    {"Mul", [](float, float b) { return b; }, [](float a, float) { return a; }},
    {"Div", [](float, float b) { return 1.0F / b; }, [](float a, float b) { return -(a / b) / b; }},
    {"Min", [](float a, float b) { return a <= b ? 1.0F : 0.0F; },
     [](float a, float b) { return a <= b ? 0.0F : 1.0F; }},
    {"Max", [](float a, float b) { return a >= b ? 1.0F : 0.0F; },
     [](float a, float b) { return a >= b ? 0.0F : 1.0F; }},
};

class ArithmeticBackward final : public Backward {
 public:
  explicit ArithmeticBackward(const Rule& rule) : rule_(rule) {}

  void run(const BackwardCall& call) const override {
    const std::span<const float> dy = call.result_gradients[0];
    const auto shape = call.results[0].shape;
    const std::vector<float> a = spread(call.operands[0], shape);
    const std::vector<float> b = spread(call.operands[1], shape);
    std::vector<float> gradient(dy.size());
    for (std::size_t operand = 0; operand < 2; ++operand) {
      if (call.operand_gradients[operand].empty()) continue;
      const Factor factor = operand == 0 ? rule_.by_first : rule_.by_second;
      for (std::size_t i = 0; i < dy.size(); ++i) gradient[i] = dy[i] * factor(a[i], b[i]);
      add_reduced(gradient, shape, call.operands[operand].shape, call.operand_gradients[operand]);
    }
  }

 private:
  static std::vector<float> spread(const TensorView& x, std::span<const std::int64_t> shape) {
    const auto values = x.as<float>();
    std::int64_t count = 1;
    for (const std::int64_t dim : shape) count *= dim;
    if (static_cast<std::int64_t>(values.size()) == count) return {values.begin(), values.end()};
    std::vector<float> result;
    for (const std::int32_t source : broadcast_sources(x.shape, shape)) {
      result.push_back(values[static_cast<std::size_t>(source)]);
    }
    return result;
  }

  Rule rule_;
};

}  // namespace

std::unique_ptr<Backward> arithmetic_backward(const BackwardSetup& setup) {
  if (setup.node.inputs.size() != 2) return nullptr;
  for (const Rule& rule : kRules) {
    if (setup.node.is(rule.op_type)) return std::make_unique<ArithmeticBackward>(rule);
  }
  return nullptr;
}

}  // namespace xquant::quantize
