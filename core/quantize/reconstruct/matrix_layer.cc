#include <algorithm>

#include "quantize/reconstruct/layer.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;

/// y = x w (+ bias): positions are the rows of x, whatever its leading dimensions.
class MatrixLayer final : public Layer {
 public:
  enum class Storage { kInputsFirst, kOutputsFirst };

  MatrixLayer(NodeId node, std::size_t constant, ValueId result, std::optional<Use> bias,
              const Shape& weight, Storage storage)
      : Layer(node, constant, result), storage_(storage) {
    const auto rows = static_cast<std::size_t>(weight[0]);
    const auto columns = static_cast<std::size_t>(weight[1]);
    inputs_ = storage == Storage::kInputsFirst ? rows : columns;
    outputs_ = storage == Storage::kInputsFirst ? columns : rows;
    bias_ = bias;
  }

  std::int64_t positions(std::span<const std::int64_t> shape) const override {
    std::int64_t elements = 1;
    for (const std::int64_t dim : shape) elements *= dim;
    return elements / static_cast<std::int64_t>(outputs_);
  }

  void gather_inputs(const LayerInput& x, std::span<const std::int64_t>,
                     std::span<const std::int64_t> at, std::span<float* const> to) const override {
    float* values = to[0];
    for (const std::int64_t position : at) {
      const std::size_t first = static_cast<std::size_t>(position) * inputs_;
      if (x.reals == nullptr) {
        std::copy_n(x.view.as<float>().data() + first, inputs_, values);
      } else {
        const auto* codes = static_cast<const std::uint8_t*>(x.view.data) + first;
        std::transform(codes, codes + inputs_, values,
                       [&](std::uint8_t code) { return x.reals[code]; });
      }
      values += inputs_;
    }
  }

  void gather_outputs(const TensorView& y, std::span<const std::int64_t> at,
                      std::vector<float>& rows) const override {
    const auto values = y.as<float>();
    for (const std::int64_t position : at) {
      const auto row = values.subspan(static_cast<std::size_t>(position) * outputs_, outputs_);
      rows.insert(rows.end(), row.begin(), row.end());
    }
  }

  std::size_t weight_index(std::size_t, std::size_t o, std::size_t k) const override {
    return storage_ == Storage::kInputsFirst ? k * outputs_ + o : o * inputs_ + k;
  }

 private:
  Storage storage_;
};

/// The Add of a constant that is one unit with this MatMul.
std::optional<NodeId> bias_add(const Graph& graph, const plan::QuantPlan& plan,
                               const Node& matmul) {
  const ValueId result = matmul.output(0);
  if (!plan.inner.contains(result) || graph.uses(result).size() != 1) return std::nullopt;
  const NodeId reader = graph.uses(result)[0].node;
  return graph.node(reader).is("Add") ? std::optional(reader) : std::nullopt;
}

std::unique_ptr<Layer> matmul_layer(const Graph& graph, const plan::QuantPlan& plan,
                                    std::size_t constant, const Shape& weight) {
  const NodeId id = plan.constants[constant].use.node;
  const Node& node = graph.node(id);
  ValueId result = node.output(0);
  std::optional<Use> bias;
  if (const auto add = bias_add(graph, plan, node)) {
    const std::size_t position = graph.node(*add).input(0) == result ? 1 : 0;
    const Tensor* present = graph.constant(graph.node(*add).input(position));
    if (present != nullptr && present->shape() == Shape{weight[1]}) {
      bias = Use{*add, position};
      result = graph.node(*add).output(0);
    }
  }
  return std::make_unique<MatrixLayer>(id, constant, result, bias, weight,
                                       MatrixLayer::Storage::kInputsFirst);
}

std::unique_ptr<Layer> gemm_layer(const Graph& graph, const plan::QuantPlan& plan,
                                  std::size_t constant, const Shape& weight) {
  const NodeId id = plan.constants[constant].use.node;
  const Node& node = graph.node(id);
  const bool plain = node.float_or("alpha", 1.0F) == 1.0F && node.float_or("beta", 1.0F) == 1.0F &&
                     node.int_or("transA", 0) == 0;
  const ValueId c = node.input(2);
  const bool outputs_first = node.int_or("transB", 0) != 0;
  const Shape vector{outputs_first ? weight[0] : weight[1]};
  const bool replaceable =
      c == ValueId::kNone || (graph.constant(c) != nullptr && graph.constant(c)->shape() == vector);
  if (!plain || !replaceable) return nullptr;
  return std::make_unique<MatrixLayer>(
      id, constant, node.output(0), Use{id, 2}, weight,
      outputs_first ? MatrixLayer::Storage::kOutputsFirst : MatrixLayer::Storage::kInputsFirst);
}

}  // namespace

std::unique_ptr<Layer> make_matrix_layer(const Graph& graph, const plan::QuantPlan& plan,
                                         std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  const Shape& weight = graph.constant(operand.value)->shape();
  if (weight.size() != 2 || element_count(weight) == 0) return nullptr;
  return graph.node(operand.use.node).is("Gemm") ? gemm_layer(graph, plan, constant, weight)
                                                 : matmul_layer(graph, plan, constant, weight);
}

}  // namespace xquant::quantize
