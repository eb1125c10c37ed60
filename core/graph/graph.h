#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "graph/tensor.h"

namespace xquant {

/// Index of a value in its graph; kNone marks an absent optional operand.
enum class ValueId : std::int32_t { kNone = -1 };
/// Index of a node in its graph; kNone: no node.
enum class NodeId : std::int32_t { kNone = -1 };

constexpr std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

class Graph;

/// One dimension of a declared shape: a number, a symbol ("batch"), or nothing known (empty
/// symbol).
using Dim = std::variant<std::int64_t, std::string>;
using DeclaredShape = std::vector<Dim>;

/// What is declared about a value. Types other than tensors (sequences, optionals, maps) are kept
/// as the file had them.
struct ValueType {
  DataType element = DataType::kUndefined;
  std::optional<DeclaredShape> shape{};  ///< absent: rank not known
  std::string opaque{};                  ///< serialized type of a non-tensor value, else empty
};

/// A named edge of the graph: input, constant, or the result of a node.
struct Value {
  std::string name;
  ValueType type;
  std::optional<Tensor> constant{};  ///< set for initializers
  NodeId producer = NodeId::kNone;
  std::string doc{};
  std::string opaque{};  ///< what else the file said of it (metadata), kept as it was
};

/// The value of an attribute. A subgraph is shared by copies and never edited in place.
using AttributeValue =
    std::variant<std::int64_t, float, std::string, Tensor, std::shared_ptr<const Graph>,
                 std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>,
                 std::vector<Tensor>, std::vector<std::shared_ptr<const Graph>>>;

/// An attribute whose kind is not among these (type protos, sparse tensors, references to a
/// function's attribute) is kept in Node::opaque_attributes as the file had it.
using Attributes = std::map<std::string, AttributeValue>;

struct Node {
  std::string name;
  std::string op_type;
  std::string domain{};  ///< "" is ai.onnx
  std::string overload{};
  std::vector<ValueId> inputs{};   ///< may hold ValueId::kNone
  std::vector<ValueId> outputs{};  ///< may hold ValueId::kNone
  Attributes attributes{};
  std::vector<std::string> opaque_attributes{};  ///< serialized, in file order
  std::string doc{};
  std::string opaque{};  ///< what else the file said of it (metadata, device configuration)

  /// The attribute's value, or fallback when it is absent. Throws Error(kModel) when it has another
  /// kind.
  std::int64_t int_or(std::string_view attribute, std::int64_t fallback) const;
  float float_or(std::string_view attribute, float fallback) const;
  std::string string_or(std::string_view attribute, std::string_view fallback) const;
  std::vector<std::int64_t> ints_or(std::string_view attribute,
                                    std::vector<std::int64_t> fallback) const;
  std::vector<float> floats_or(std::string_view attribute, std::vector<float> fallback) const;
  bool has(std::string_view attribute) const;
  /// The attribute, or nullptr.
  const AttributeValue* find(std::string_view attribute) const;

  /// The operand at position, ValueId::kNone when absent or beyond the end.
  ValueId input(std::size_t position) const;
  ValueId output(std::size_t position) const;
  bool is(std::string_view type) const { return domain.empty() && op_type == type; }
  bool is_one_of(std::span<const std::string_view> types) const {
    return domain.empty() && std::ranges::find(types, op_type) != types.end();
  }
};

/// One place where a value is read.
struct Use {
  NodeId node;
  std::size_t position;  ///< index in Node::inputs
  bool operator==(const Use&) const = default;
};

/// A dataflow graph in single-assignment form. It knows no file format and no quantization.
///
/// Nodes and values are addressed by ids that stay valid until compact(). Removed nodes leave a
/// tombstone (alive() is false). Inside a subgraph a name that the subgraph does not define is a
/// value of an enclosing graph: it appears as a value with neither producer nor constant that is
/// not among inputs().
class Graph {
 public:
  std::string name;
  std::string doc;
  std::string opaque;  ///< what else the file said of the graph, kept as it was

  // ---- values
  /// Adds a value; an empty name gets a fresh one. Throws Error(kModel) when the name exists.
  ValueId add_value(std::string name, ValueType type = {});
  ValueId add_constant(std::string name, Tensor tensor);
  Value& value(ValueId id) { return values_[index(id)]; }
  const Value& value(ValueId id) const { return values_[index(id)]; }
  std::size_t value_count() const { return values_.size(); }
  /// The value of that name, or ValueId::kNone.
  ValueId find_value(std::string_view name) const;
  /// Throws Error(kModel) when the name is taken.
  void rename(ValueId id, std::string name);
  /// wanted, or wanted_1, wanted_2, ...: where these have no gap, the first that no value has.
  std::string fresh_value_name(std::string_view wanted) const;
  std::string fresh_node_name(std::string_view wanted) const;
  const Tensor* constant(ValueId id) const;

  // ---- nodes
  /// Adds a node at the end. Its outputs must have no producer yet.
  NodeId add_node(Node node);
  Node& node(NodeId id) { return nodes_[index(id)]; }
  const Node& node(NodeId id) const { return nodes_[index(id)]; }
  std::size_t node_count() const { return nodes_.size(); }  ///< tombstones included
  bool alive(NodeId id) const { return alive_[index(id)]; }
  /// Removes the node; its outputs lose their producer. The caller has rewired what read them.
  void remove_node(NodeId id);

  // ---- edges
  /// Where a value is read, in the order in which the reading was wired. Reads by subgraphs count
  /// as reads of the node that holds the subgraph with position == npos.
  const std::vector<Use>& uses(ValueId id) const { return uses_[index(id)]; }
  static constexpr std::size_t kSubgraphUse = static_cast<std::size_t>(-1);
  bool is_read_by_subgraph(ValueId id) const;
  void set_input(NodeId id, std::size_t position, ValueId value);
  void set_output(NodeId id, std::size_t position, ValueId value);
  /// Every reader of from reads to instead; graph outputs are not touched.
  void replace_uses(ValueId from, ValueId to);

  // ---- boundary, in file order
  std::vector<ValueId>
      inputs;  ///< true inputs; initializers with a default are in it when the file says so
  std::vector<ValueId> outputs;
  bool is_output(ValueId id) const;
  bool is_input(ValueId id) const;

  // ---- whole graph
  /// Live nodes such that producers come before readers; among equals the order of addition. Throws
  /// Error(kModel) naming a node when there is a cycle.
  std::vector<NodeId> topological_order() const;
  /// Live nodes in order of addition.
  std::vector<NodeId> nodes() const;
  /// Drops nodes that no graph output depends on; returns how many. compact() drops what they alone
  /// read.
  std::size_t remove_dead();
  /// A copy without tombstones and unreferenced values, nodes in topological order; ids change.
  Graph compact() const;

 private:
  std::vector<Value> values_;
  std::vector<std::vector<Use>> uses_;
  std::map<std::string, ValueId, std::less<>> by_name_;
  std::vector<Node> nodes_;
  std::vector<bool> alive_;
};

/// A graph with what surrounds it in a model file.
struct Model {
  std::int64_t ir_version = 0;
  std::map<std::string, std::int64_t> opset_imports{};  ///< domain ("" = ai.onnx) -> version
  std::string producer_name{};
  std::string producer_version{};
  std::string domain{};
  std::int64_t model_version = 0;
  std::string doc{};
  std::vector<std::pair<std::string, std::string>> metadata{};
  std::vector<std::string> functions{};  ///< serialized FunctionProto each, kept as they were
  std::string opaque{};                  ///< what else the file said of the model
  Graph graph{};

  /// Version of ai.onnx; 1 when the model imports none.
  std::int64_t opset() const;
};

/// Names of values of the enclosing graphs that a subgraph reads, each once, in order of first use.
std::vector<std::string> outer_references(const Graph& subgraph);

}  // namespace xquant
