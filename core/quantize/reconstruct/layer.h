#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/reconstruct/rounding.h"
#include "runtime/tensor_view.h"

namespace xquant::quantize {

/// What a layer reads: real numbers, or int8 codes of some.
struct LayerInput {
  runtime::TensorView view;
  /// The real number of each code, by the code as an unsigned byte; nullptr: the view holds them.
  const float* reals = nullptr;
};

/// A Conv, ConvTranspose, Gemm or MatMul with constant weights, seen as independent groups of a
/// linear map: at every position y[o] = sum over k of w[o][k] x[k] + bias[o]. A position is a place
/// of the result: an output pixel of one image, a row of a matrix.
class Layer {
 public:
  virtual ~Layer() = default;

  NodeId node() const { return node_; }
  /// The constant operand that holds the weights, as an index of QuantPlan::constants.
  std::size_t constant() const { return constant_; }
  /// What the map writes, bias included: the node's result, or that of the Add behind a MatMul.
  ValueId result() const { return result_; }
  /// Where a bias can be put; nullopt when the operator has no place for one.
  std::optional<Use> bias_use() const { return bias_; }
  std::size_t groups() const { return groups_; }
  std::size_t outputs() const { return outputs_; }  ///< of one group
  std::size_t inputs() const { return inputs_; }    ///< of one group
  std::size_t channels() const { return groups_ * outputs_; }

  /// Positions of a result of that shape.
  virtual std::int64_t positions(std::span<const std::int64_t> result_shape) const = 0;
  /// Writes a row of inputs() elements for each position, those of group g from to[g] on.
  virtual void gather_inputs(const LayerInput& x, std::span<const std::int64_t> result_shape,
                             std::span<const std::int64_t> at,
                             std::span<float* const> to) const = 0;
  /// Appends a row of channels() elements for each position.
  virtual void gather_outputs(const runtime::TensorView& y, std::span<const std::int64_t> at,
                              std::vector<float>& rows) const = 0;
  /// Where weight (group, o, k) stands in the weight tensor.
  virtual std::size_t weight_index(std::size_t group, std::size_t o, std::size_t k) const = 0;

  WeightRows weights(const Tensor& tensor, std::size_t group) const;

 protected:
  Layer(NodeId node, std::size_t constant, ValueId result)
      : node_(node), constant_(constant), result_(result) {}

  NodeId node_;
  std::size_t constant_;
  ValueId result_;
  std::optional<Use> bias_;
  std::size_t groups_ = 1;
  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
};

/// The layer of a constant operand of the plan; nullptr when it is no weight, or one whose operator
/// does not have this form (weights with batch dimensions, transposed data operands).
std::unique_ptr<Layer> make_layer(const Graph& graph, const plan::QuantPlan& plan,
                                  std::size_t constant);

/// Of all constants of the plan but weights with several readers: what is tied stays tied.
std::vector<std::unique_ptr<Layer>> make_layers(const Graph& graph, const plan::QuantPlan& plan);

/// By type of operator; nullptr as above. conv_layer.cc and matrix_layer.cc.
std::unique_ptr<Layer> make_conv_layer(const Graph& graph, const plan::QuantPlan& plan,
                                       std::size_t constant);
std::unique_ptr<Layer> make_matrix_layer(const Graph& graph, const plan::QuantPlan& plan,
                                         std::size_t constant);

}  // namespace xquant::quantize
