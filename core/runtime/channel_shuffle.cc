#include "runtime/channel_shuffle.h"

#include <algorithm>

#include "runtime/node_runner.h"
#include "runtime/ops/common.h"

namespace xquant::runtime {
namespace {

/// More elements than this have no memory anyway; products of dimensions stay in range.
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

/// 0 where a dimension is not positive or the product is beyond kMostElements.
std::int64_t elements_of(std::span<const std::int64_t> shape) {
  std::int64_t product = 1;
  for (const std::int64_t dim : shape) {
    if (dim <= 0 || dim > kMostElements / product) return 0;
    product *= dim;
  }
  return product;
}

/// The constant shape that a Reshape asks for; empty: there is none.
Shape asked_shape(const Graph& graph, NodeId id) {
  if (id == NodeId::kNone || !graph.node(id).is("Reshape")) return {};
  const ValueId operand = graph.node(id).input(1);
  const Tensor* tensor = operand == ValueId::kNone ? nullptr : graph.constant(operand);
  if (tensor == nullptr || tensor->type() != DataType::kInt64 || tensor->shape().size() != 1)
    return {};
  const auto dims = tensor->data<std::int64_t>();
  return {dims.begin(), dims.end()};
}

/// The shape with its one -1 replaced so that it has so many elements; empty where that fails.
Shape settled(Shape shape, std::int64_t elements) {
  const auto open = std::ranges::find(shape, -1);
  if (open != shape.end()) {
    *open = 1;
    const std::int64_t others = elements_of(shape);
    if (others == 0 || elements % others != 0) return {};
    *open = elements / others;
  }
  return elements_of(shape) == elements ? shape : Shape{};
}

/// The part that a Gather along the first of `count` dimensions takes; -1: not just one.
std::int64_t gathered(const Graph& graph, const Node& node, std::int64_t count) {
  const Tensor* index = node.input(1) == ValueId::kNone ? nullptr : graph.constant(node.input(1));
  if (!node.is("Gather") || node.int_or("axis", 0) != 0 || index == nullptr) return -1;
  if (index->type() != DataType::kInt64 || !index->shape().empty()) return -1;
  const std::int64_t at = index->data<std::int64_t>()[0];
  const std::int64_t from_front = at < 0 ? at + count : at;
  return from_front >= 0 && from_front < count ? from_front : -1;
}

class ShuffledChannels final : public Kernel {
 public:
  ShuffledChannels(const ShuffledPart& part, std::int64_t axis, std::unique_ptr<Kernel> concat)
      : part_(part), axis_(axis), concat_(std::move(concat)) {}
  bool takes_half() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView first = in.required(0);
    const Shape whole = concat_ == nullptr ? first.shape_copy() : concat_->infer(in).front().shape;
    if (bit_width(first.type) % 8 != 0 || bit_width(first.type) == 0)
      refuse("This element type is not supported.");
    if (element_count(whole) != part_.length * part_.count * part_.step) {
      refuse("A tensor of shape " + to_string(whole) + " does not have the " +
             std::to_string(part_.length * part_.count * part_.step) +
             " elements of the shape that it is given.");
    }
    return {{first.type, part_.shape}};
  }

  void run(const Call& call) const override {
    const Sources sources(call.inputs, axis_);
    const std::int64_t bytes = part_.length * (bit_width(call.outputs[0].type) / 8);
    char* to = ops::raw<char>(call.outputs[0]);
    for (std::int64_t i = 0; i < part_.count; ++i, to += bytes)
      sources.copy((part_.first + i * part_.step) * bytes, bytes, to);
  }

 private:
  /// The bytes of tensors joined along an axis.
  class Sources {
   public:
    Sources(const Operands& inputs, std::int64_t axis) : inputs_(inputs) {
      const std::size_t joined = axis < 0 ? static_cast<std::size_t>(axis + inputs[0].rank())
                                          : static_cast<std::size_t>(axis);
      outer_ = elements_of(inputs[0].shape.first(inputs.size() == 1 ? 0 : joined));
      for (const TensorView& part : inputs.all()) row_ += bytes_of(part);
    }

    void copy(std::int64_t from, std::int64_t bytes, char* to) const {
      while (bytes > 0) {
        const std::int64_t row = from / row_;
        std::int64_t within = from % row_;
        std::size_t i = 0;
        for (; within >= bytes_of(inputs_[i]); ++i) within -= bytes_of(inputs_[i]);
        const std::int64_t size = bytes_of(inputs_[i]);
        const std::int64_t n = std::min(bytes, size - within);
        std::copy_n(ops::raw<char>(inputs_[i]) + row * size + within, n, to);
        from += n, bytes -= n, to += n;
      }
    }

   private:
    /// Of a tensor in one row.
    std::int64_t bytes_of(const TensorView& part) const {
      return part.size() * (bit_width(part.type) / 8) / outer_;
    }

    Operands inputs_;
    std::int64_t outer_ = 1, row_ = 0;
  };

  ShuffledPart part_;
  std::int64_t axis_;
  std::unique_ptr<Kernel> concat_;
};

}  // namespace

ChannelShuffles::ChannelShuffles(const Graph& graph, std::span<const NodeId> order,
                                 const HiddenValues& hidden, std::span<const ValueId> outputs,
                                 std::span<const ValueId> observed) {
  std::set<ValueId> seen(outputs.begin(), outputs.end());
  seen.insert(observed.begin(), observed.end());
  std::vector<bool> runs(graph.node_count(), false);
  for (const NodeId id : order) runs[index(id)] = true;
  for (const NodeId id : order) {
    if (graph.node(id).is("Transpose")) add(graph, id, hidden, seen, runs);
  }
}

bool ChannelShuffles::add(const Graph& graph, NodeId transpose, const HiddenValues& hidden,
                          const std::set<ValueId>& seen, const std::vector<bool>& runs) {
  const Node& node = graph.node(transpose);
  if (node.ints_or("perm", {}) != std::vector<std::int64_t>{1, 0, 2}) return false;
  const ValueId split = node.input(0);
  if (split == ValueId::kNone || hidden.reader(split) != transpose) return false;
  const NodeId before = graph.value(split).producer;
  const NodeId behind = hidden.reader(node.output(0));
  const Shape blocks = asked_shape(graph, before);
  if (blocks.size() != 3 || elements_of(blocks) == 0) return false;
  Shape parts = settled(asked_shape(graph, behind), elements_of(blocks));
  if (parts.empty() || parts[0] != blocks[1]) return false;
  const ValueId result = graph.node(behind).output(0);
  if (graph.node(behind).input(0) != node.output(0) || seen.contains(result)) return false;

  ShuffledPart part{.length = blocks[2], .count = blocks[0], .step = blocks[1]};
  part.shape.assign(parts.begin() + 1, parts.end());
  const ValueId source = graph.node(before).input(0);
  part.inputs = {source};
  const NodeId maker = graph.value(source).producer;
  if (maker != NodeId::kNone && graph.node(maker).is("Concat") && hidden.reader(source) == before) {
    part.concat = maker;
    part.inputs = graph.node(maker).inputs;
  }
  std::map<NodeId, ShuffledPart> found;
  for (const Use& use : graph.uses(result)) {
    if (!runs[index(use.node)]) continue;
    if (use.position != 0) return false;
    part.first = gathered(graph, graph.node(use.node), part.step);
    if (part.first < 0) return false;
    found[use.node] = part;
  }
  parts_.merge(found);
  covered_.insert({before, transpose, behind});
  if (part.concat != NodeId::kNone) covered_.insert(part.concat);
  return true;
}

const ShuffledPart* ChannelShuffles::part(NodeId gather) const {
  const auto found = parts_.find(gather);
  return found == parts_.end() ? nullptr : &found->second;
}

std::unique_ptr<Kernel> make_shuffled_part(const Graph& graph, const OpsetImports& imports,
                                           const ShuffledPart& part) {
  if (part.concat == NodeId::kNone) return std::make_unique<ShuffledChannels>(part, 0, nullptr);
  const Node& node = graph.node(part.concat);
  return std::make_unique<ShuffledChannels>(part, node.int_or("axis", 0),
                                            make_kernel(node, imports, {}));
}

}  // namespace xquant::runtime
