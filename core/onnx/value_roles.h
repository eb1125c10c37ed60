#pragma once

#include <map>
#include <string>

#include "graph/graph.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// A file can speak of one value several times: as an initializer, an input, an output and in
/// value_info, with a documentation and metadata each. Value models the first of these (in this
/// order); the others and metadata are kept in Value::opaque, a serialized GraphProto with entries
/// in the corresponding lists.
enum class Role { kInput, kOutput, kValueInfo };

/// Collects while a graph is read.
class RoleReader {
 public:
  RoleReader(Graph& graph, const Context& context) : graph_(graph), context_(context) {}

  /// rest: the initializer without name and data. The value's constant is set already.
  void add_initializer(ValueId id, pb::TensorProto&& rest);
  void add(ValueId id, Role role, pb::ValueInfoProto&& info);
  /// Writes Value::opaque of all values that need it.
  void store();

 private:
  struct Entry {
    pb::GraphProto rest{};
    bool needed = false;
  };

  Graph& graph_;
  const Context& context_;
  std::map<ValueId, Entry> entries_;
};

/// What was stored about one value, for writing.
class StoredRoles {
 public:
  explicit StoredRoles(const Value& value);

  /// How often the file spoke of the value in value_info.
  int value_info_count() const { return rest_.value_info_size(); }
  bool empty() const { return empty_; }
  /// The serialized rest of the initializer.
  std::string initializer() const;
  /// The value as the occurrence-th entry of a role; is_first says that it is the one that Value
  /// models.
  std::string entry(Role role, int occurrence, bool is_first) const;

 private:
  const Value& value_;
  pb::GraphProto rest_;
  bool empty_;
};

}  // namespace xquant::onnx
