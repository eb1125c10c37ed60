#include "quantize/outputs/rounded_model.h"

#include <algorithm>
#include <cstdint>

#include "quantize/outputs/noise_of_runs.h"
#include "quantize/outputs/rounded_graph.h"
#include "runtime/activation/activation.h"
#include "runtime/kernel.h"

namespace xquant::quantize {
namespace {

constexpr std::string_view kDomain = "xquant.quantize";

/// dequantize(quantize(x)) with the mapping of a group in a table that changes between runs; a
/// scale of 0 leaves x as it is.
class Round final : public runtime::Kernel {
 public:
  Round(const RoundedModel::Mapping& mapping) : mapping_(mapping) {}

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    return {{DataType::kFloat, in.required(0).shape_copy()}};
  }
  bool may_overwrite_operands() const override { return true; }
  bool maps_floats() const override { return true; }

  void map_floats(std::size_t, const float* x, float* y, std::size_t n) const override {
    if (mapping_.scale != 0) {
      runtime::activation::round_trip(mapping_.scale, -128 - mapping_.zero_point,
                                      127 - mapping_.zero_point, x, y, n);
    } else if (x != y) {
      std::copy_n(x, n, y);
    }
  }
  void run(const runtime::Call& call) const override {
    map_floats(0, call.inputs[0].as<float>().data(), call.outputs[0].as<float>().data(),
               static_cast<std::size_t>(call.outputs[0].size()));
  }

 private:
  const RoundedModel::Mapping& mapping_;
};

runtime::OwnOperators round_with(const std::vector<RoundedModel::Mapping>& table) {
  return [&table](std::string_view domain, std::string_view op_type, std::int64_t)
             -> std::function<std::unique_ptr<runtime::Kernel>(const runtime::Setup&)> {
    if (domain != kDomain || op_type != "Round") return {};
    return [&table](const runtime::Setup& setup) {
      return std::make_unique<Round>(
          table[static_cast<std::size_t>(setup.node.int_or("group", 0))]);
    };
  };
}

}  // namespace

RoundedModel::RoundedModel(const Subject& subject, const plan::QuantPlan& plan)
    : subject_(subject), table_(std::make_unique<std::vector<Mapping>>(plan.groups.size())) {
  const Graph graph = with_rounded_activations(
      subject.graph, plan, [](Graph& edited, ValueId from, ValueId to, std::size_t group) {
        edited.add_node({.name = {},
                         .op_type = "Round",
                         .domain = std::string(kDomain),
                         .inputs = {from},
                         .outputs = {to},
                         .attributes = {{"group", static_cast<std::int64_t>(group)}}});
      });
  runtime::OpsetImports opsets = subject.opsets;
  opsets[std::string(kDomain)] = 1;
  runtime::CompileOptions options{.own_operators = round_with(*table_)};
  for (const Judged& judged : judged_values(subject)) options.outputs.push_back(judged.value);
  options.observed.emplace();
  if (subject.program != nullptr) options.weights_of = subject.program.get();
  executors_ = executors_of(runtime::Program::compile(graph, opsets, options), subject);
}

std::vector<OutputLoss::Noise> RoundedModel::run(const std::vector<plan::Group>& groups,
                                                 const FloatOutputs& samples,
                                                 const OutputLoss& loss, std::size_t first,
                                                 std::size_t step) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const plan::QuantParams& params = groups[i].params;
    (*table_)[i] = params.known() ? Mapping{params.scales[0], params.zero_points[0]} : Mapping{};
  }
  return noise_of_runs(subject_, executors_, samples, loss, first, step);
}

}  // namespace xquant::quantize
