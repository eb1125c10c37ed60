#pragma once

#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/reconstruct/parallel.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// The quantized model on a set of samples, advanced one node at a time for all of them, so that
/// the parameters of a node can be chosen on what its predecessors really deliver.
///
/// Runs in integers, operators of a unit together (unit_program.h): weights are the plan's
/// integers, overrides are in place, values that the plan quantizes are int8. Each is kept only
/// until its last reader has run.
class QuantizedStream {
 public:
  /// The referenced objects must outlive this one; for_each goes through samples. The plan may
  /// change ahead of the stream.
  QuantizedStream(const Graph& graph, const runtime::OpsetImports& opsets,
                  const plan::QuantPlan& plan, const ForEach& for_each);

  /// Takes the samples in: one vector for each, with a tensor for each true input of the graph.
  void start(std::vector<std::vector<Tensor>> samples);
  std::size_t samples() const { return samples_; }

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
  /// What the node reads at position in a sample: no constant, nothing inside a unit.
  Stored operand(NodeId node, std::size_t position, std::size_t sample) const;

  /// Runs the node on all samples, stores its results, and drops what nobody will read any more.
  /// Its plan may not change any more.
  void advance(NodeId node);

  /// What one of the model's outputs holds, by sample, dequantized; after the node that writes it.
  std::vector<Tensor> result(ValueId output) const;

 private:
  bool waits_for_reader(const Node& node) const;
  std::vector<NodeId> unit_of(NodeId id) const;
  void release_operands(NodeId id);
  void release(ValueId value);

  const Graph& graph_;
  const runtime::OpsetImports& opsets_;
  const plan::QuantPlan& plan_;
  ForEach for_each_;
  std::size_t samples_ = 0;
  std::map<ValueId, std::vector<Tensor>> values_;
  std::map<ValueId, std::size_t> readers_left_;
  /// Results inside a unit with one reader: their nodes run with it.
  std::map<ValueId, NodeId> waiting_;
};

}  // namespace xquant::quantize
