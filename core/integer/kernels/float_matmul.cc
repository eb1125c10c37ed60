#include "integer/kernels/float_matmul.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "runtime/executor.h"

namespace xquant::integer::kernels {
namespace {

constexpr std::int64_t kOpset = 21;

ValueId zero_point(Graph& graph, const std::string& name, const Linear& linear) {
  std::string code;
  for (std::size_t byte = 0; byte < byte_size(linear.type, 1); ++byte)
    code += static_cast<char>(linear.zero_points[0] >> (8 * byte));
  return graph.add_constant(name, Tensor(linear.type, {}, std::move(code)));
}

/// QuantizeLinear or DequantizeLinear of one scale.
ValueId convert(Graph& graph, const std::string& op_type, ValueId from, const Linear& linear,
                const std::string& to) {
  const Tensor scale = Tensor::of<float>({}, std::vector{linear.scales[0]});
  const ValueId result = graph.add_value(to);
  graph.add_node({.name = to,
                  .op_type = op_type,
                  .inputs = {from, graph.add_constant(to + "_scale", scale),
                             zero_point(graph, to + "_zero_point", linear)},
                  .outputs = {result}});
  return result;
}

ValueId operand(Graph& graph, const std::string& name, const Linear& linear) {
  const ValueId input = graph.add_value(name, {.element = linear.type});
  graph.inputs.push_back(input);
  return convert(graph, "DequantizeLinear", input, linear, name + "_real");
}

}  // namespace

FloatMatMul::FloatMatMul(const Linear& a, const Linear& b, const std::optional<Linear>& to) {
  Graph graph;
  const ValueId left = operand(graph, "a", a), right = operand(graph, "b", b);
  ValueId result = graph.add_value("product");
  graph.add_node(
      {.name = "product", .op_type = "MatMul", .inputs = {left, right}, .outputs = {result}});
  if (to) result = convert(graph, "QuantizeLinear", result, *to, "y");
  graph.outputs = {result};
  program_ = runtime::Program::compile(graph, {{"", kOpset}});
}

void FloatMatMul::run(const runtime::TensorView& a, const runtime::TensorView& b,
                      const runtime::MutableView& y, ThreadPool* pool) const {
  runtime::Executor executor(program_, pool);
  const std::array inputs{a, b};
  const runtime::TensorView result = executor.run_views(inputs)[0];
  std::memcpy(y.data, result.data, result.byte_count());
}

}  // namespace xquant::integer::kernels
