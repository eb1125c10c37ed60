#include "quantize/outputs/rounded_model.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "int8/xq_int8.h"
#include "quantize/operands.h"
#include "quantize/params.h"
#include "runtime/executor.h"
#include "runtime/kernel.h"

namespace xquant::quantize {
namespace {

constexpr std::string_view kDomain = "xquant.quantize";
/// Where DequantizeLinear has an axis whatever opset of ai.onnx the model imports.
constexpr std::string_view kDequantizeDomain = "com.microsoft";

/// dequantize(quantize(x)) with scale and zero point from row `group` of a table that comes with
/// every run; a scale of 0 leaves x as it is.
class Round final : public runtime::Kernel {
 public:
  explicit Round(const runtime::Setup& setup)
      : group_(static_cast<std::size_t>(setup.node.int_or("group", 0))) {}

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{DataType::kFloat, in.required(0).shape_copy()}};
  }
  bool may_overwrite_operands() const override { return true; }

  void run(const runtime::Call& call) const override {
    const auto x = call.inputs[0].as<float>();
    const auto y = call.outputs[0].as<float>();
    const auto table = call.inputs[1].as<float>();
    const float scale = table[2 * group_];
    if (scale == 0) {
      if (x.data() != y.data()) std::copy(x.begin(), x.end(), y.begin());
      return;
    }
    const auto zero_point = static_cast<std::int8_t>(table[2 * group_ + 1]);
    std::array<std::int8_t, 4096> piece;
    for (std::size_t i = 0; i < x.size(); i += piece.size()) {
      const std::size_t n = std::min(piece.size(), x.size() - i);
      xq_quantize_f32_s8(x.data() + i, n, scale, zero_point, piece.data());
      xq_dequantize_s8_f32(piece.data(), n, scale, zero_point, y.data() + i);
    }
  }

 private:
  std::size_t group_;
};

runtime::Factory find_operator(std::string_view domain, std::string_view op_type, std::int64_t) {
  if (domain != kDomain || op_type != "Round") return nullptr;
  return [](const runtime::Setup& setup) -> std::unique_ptr<runtime::Kernel> {
    return std::make_unique<Round>(setup);
  };
}

/// A copy of the graph in which every int8 reader of a quantized activation reads it rounded.
class Editor {
 public:
  Editor(const Graph& graph, const plan::QuantPlan& plan) : graph_(graph), plan_(plan) {
    table_ = graph_.add_value(graph_.fresh_value_name("ranges"), {.element = DataType::kFloat});
    graph_.inputs.push_back(table_);
  }

  Graph edit(Constants constants) {
    if (constants == Constants::kRounded) round_constants();
    for (const auto& [value, group] : plan_.group_of) round(value, index(group));
    return std::move(graph_);
  }

 private:
  /// As in emission: the result of an int8 operator is rounded for all its readers, a tensor that
  /// comes from elsewhere only for the int8 operators among them.
  void round(ValueId value, std::size_t group) {
    const NodeId producer = graph_.value(value).producer;
    const bool for_all = producer != NodeId::kNone && plan_.node(producer).quantized;
    const std::vector<Use> uses = graph_.uses(value);
    const ValueId other =
        graph_.add_value(graph_.fresh_value_name("rounded"), {.element = DataType::kFloat});
    if (for_all) {
      const auto& outputs = graph_.node(producer).outputs;
      const auto at = std::find(outputs.begin(), outputs.end(), value) - outputs.begin();
      graph_.set_output(producer, static_cast<std::size_t>(at), other);
      add_round(other, value, group);
      return;
    }
    for (const Use& use : uses) {
      if (use.position == Graph::kSubgraphUse || !plan_.node(use.node).quantized ||
          !carries_value(graph_.node(use.node), use.position)) {
        continue;
      }
      graph_.set_input(use.node, use.position, other);
    }
    add_round(value, other, group);
  }

  void add_round(ValueId from, ValueId to, std::size_t group) {
    graph_.add_node({.name = graph_.fresh_node_name("round"),
                     .op_type = "Round",
                     .domain = std::string(kDomain),
                     .inputs = {from, table_},
                     .outputs = {to},
                     .attributes = {{"group", static_cast<std::int64_t>(group)}}});
  }

  void round_constants() {
    for (const plan::ConstantOperand& operand : plan_.constants) {
      if (!operand.params.known()) continue;
      put(operand.use,
          dequantized(quantize_operand(operand, *graph_.constant(operand.value)), operand.params));
    }
    for (const plan::OperandOverride& operand : plan_.overrides) {
      put(operand.use, graph_.add_constant("", operand.value));
    }
  }

  /// The constant behind a DequantizeLinear: compilation dequantizes one weight after the other and
  /// keeps what it packs, so that the model's weights are never there in float as well.
  ValueId dequantized(Tensor integers, const plan::QuantParams& params) {
    const Shape shape =
        params.per_channel() ? Shape{static_cast<std::int64_t>(params.scales.size())} : Shape{};
    const ValueId result =
        graph_.add_value(graph_.fresh_value_name("weights"), {.element = DataType::kFloat});
    graph_.add_node(
        {.name = graph_.fresh_node_name("dequantize"),
         .op_type = "DequantizeLinear",
         .domain = std::string(kDequantizeDomain),
         .inputs = {graph_.add_constant("", std::move(integers)),
                    graph_.add_constant("", Tensor::of<float>(shape, params.scales)),
                    graph_.add_constant("", Tensor::of<std::int8_t>(shape, params.zero_points))},
         .outputs = {result},
         .attributes = {{"axis", std::max<std::int64_t>(params.axis, 0)}}});
    return result;
  }

  void put(Use use, ValueId value) { graph_.set_input(use.node, use.position, value); }

  Graph graph_;
  const plan::QuantPlan& plan_;
  ValueId table_;
};

}  // namespace

RoundedModel::RoundedModel(const Subject& subject, const plan::QuantPlan& plan, Constants constants)
    : subject_(subject) {
  runtime::OpsetImports opsets = subject.opsets;
  opsets[std::string(kDomain)] = 1;
  opsets[std::string(kDequantizeDomain)] = 1;
  runtime::CompileOptions options{.own_operators = find_operator};
  for (const Judged& judged : judged_values(subject)) options.outputs.push_back(judged.value);
  options.observed.emplace();
  if (subject.program != nullptr) options.weights_of = subject.program.get();
  program_ =
      runtime::Program::compile(Editor(subject.graph, plan).edit(constants), opsets, options);
}

std::vector<OutputLoss::Noise> RoundedModel::run(const std::vector<plan::Group>& groups,
                                                 const FloatOutputs& samples,
                                                 const OutputLoss& loss, std::size_t first,
                                                 std::size_t step) const {
  std::vector<float> table;
  for (const plan::Group& group : groups) {
    const bool known = group.params.known();
    table.push_back(known ? group.params.scales[0] : 0.0F);
    table.push_back(known ? static_cast<float>(group.params.zero_points[0]) : 0.0F);
  }
  const Tensor ranges = Tensor::of<float>({static_cast<std::int64_t>(groups.size()), 2}, table);
  std::vector<runtime::Executor> executors;
  for (int i = 0; i < subject_.pool.size(); ++i) executors.emplace_back(program_);
  std::vector<OutputLoss::Noise> noise(samples.samples());
  const std::size_t taken =
      samples.samples() < first ? 0 : (samples.samples() - first + step - 1) / step;
  subject_.pool.run(static_cast<std::int64_t>(taken), [&](std::int64_t index, int worker) {
    if (worker == 0) subject_.monitor.again();
    const std::size_t sample = first + step * static_cast<std::size_t>(index);
    std::vector<runtime::TensorView> inputs;
    for (const Tensor& input : samples.inputs[sample]) inputs.push_back(runtime::view_of(input));
    inputs.push_back(runtime::view_of(ranges));
    runtime::Executor& executor = executors[static_cast<std::size_t>(worker)];
    noise[sample] = loss.noise(sample, executor.run_views(inputs));
  });
  return noise;
}

}  // namespace xquant::quantize
