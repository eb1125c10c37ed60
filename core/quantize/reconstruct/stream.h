#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/reconstruct/parallel.h"
#include "runtime/node_runner.h"

namespace xquant::quantize {

/// The quantized model on a set of samples, advanced one node at a time for all of them, so that
/// the parameters of a node can be chosen on what its predecessors really deliver.
///
/// Values are those of the emitted QDQ model: weights are the dequantized integers of the plan,
/// overrides are in place, and an activation that the plan quantizes is rounded by the function
/// that QuantizeLinear runs. Rounded activations are kept as int8, every value only until its last
/// reader has run.
class QuantizedStream {
 public:
  /// The referenced objects must outlive this one; for_each goes through samples. The plan may
  /// change ahead of the stream.
  QuantizedStream(const Graph& graph, const runtime::OpsetImports& opsets,
                  const plan::QuantPlan& plan, const ForEach& for_each);

  /// Takes the samples in: one vector for each, with a tensor for each true input of the graph.
  void start(std::vector<std::vector<Tensor>> samples);
  std::size_t samples() const { return samples_; }

  /// What the node reads at position in a sample, dequantized; also constants.
  Tensor operand(NodeId node, std::size_t position, std::size_t sample) const;

  /// An operand as it is stored: int8 codes where every reader reads them, else real numbers.
  class Stored {
   public:
    explicit Stored(Tensor reals) : tensor_(std::move(reals)) {}
    Stored(Tensor codes, const plan::QuantParams& params);
    const Tensor& tensor() const { return tensor_; }
    /// The real number of each code as an unsigned byte; nullptr: the tensor holds them.
    const float* reals() const { return is_coded_ ? reals_.data() : nullptr; }

   private:
    Tensor tensor_;
    bool is_coded_ = false;
    std::array<float, 256> reals_{};
  };
  /// The same as operand() without making a tensor of floats.
  Stored stored_operand(NodeId node, std::size_t position, std::size_t sample) const;

  /// Runs the node on all samples, one after the other: rounds and stores its results, and drops
  /// what nobody will read any more. The plan of the node may not change any more.
  void advance(NodeId node);

  /// What one of the model's outputs holds, by sample, dequantized; after the node that writes it.
  std::vector<Tensor> result(ValueId output) const;

 private:
  bool is_written_as_int8(ValueId value) const;
  bool is_read_as_int8(ValueId value, Use use) const;
  const Tensor* constant_operand(const Node& node, Use use, Tensor& dequantized) const;

  /// A node ready to run with its constants as the plan has them.
  struct Step {
    NodeId id;
    std::vector<Tensor> dequantized{};
    std::vector<const Tensor*> constants{};  ///< by operand
    std::unique_ptr<runtime::NodeRunner> runner{};
  };
  std::unique_ptr<Step> prepare(NodeId id) const;
  std::vector<Tensor> run(const Step& step, std::size_t sample) const;
  bool can_wait(const Node& node) const;
  void release_operands(NodeId id);
  void release(ValueId value);

  const Graph& graph_;
  const runtime::OpsetImports& opsets_;
  const plan::QuantPlan& plan_;
  ForEach for_each_;
  std::size_t samples_ = 0;
  std::map<ValueId, std::vector<Tensor>> values_;
  std::map<ValueId, std::size_t> readers_left_;
  /// Nodes whose result is inside a unit: it is float, so that it is computed, sample by sample,
  /// only when the next node of the unit runs.
  std::map<ValueId, std::unique_ptr<Step>> waiting_;
};

}  // namespace xquant::quantize
