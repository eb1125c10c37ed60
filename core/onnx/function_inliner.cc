#include "onnx/function_inliner.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace xquant::onnx {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<pb::NodeProto>;
using Names = std::map<std::string, std::string>;
using Signature = std::tuple<std::string, std::string, std::string>;  // domain, name, overload

constexpr int kDeepestCall = 64;

Signature signature_of(const pb::NodeProto& node) {
  return {canonical_domain(node.domain()), node.op_type(), node.overload()};
}

template <typename Function>
void for_each_subgraph(pb::NodeProto& node, Function&& function) {
  for (pb::AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.has_g()) function(*attribute.mutable_g());
    for (pb::GraphProto& graph : *attribute.mutable_graphs()) function(graph);
  }
}

/// One call: the names that the body's values get, and the attributes.
class Call {
 public:
  Call(const pb::FunctionProto& function, const pb::NodeProto& node, const std::string& prefix)
      : prefix_(prefix) {
    for (int i = 0; i < function.input_size(); ++i)
      names_[function.input(i)] = i < node.input_size() ? node.input(i) : "";
    for (int i = 0; i < function.output_size(); ++i) {
      const bool wanted = i < node.output_size() && !node.output(i).empty();
      if (!wanted) continue;
      // A function may hand on an operand or give one value twice.
      if (!names_.emplace(function.output(i), node.output(i)).second)
        copies_.emplace_back(function.output(i), node.output(i));
    }
    for (const pb::AttributeProto& attribute : function.attribute_proto())
      attributes_[attribute.name()] = &attribute;
    for (const pb::AttributeProto& attribute : node.attribute())
      attributes_[attribute.name()] = &attribute;
  }

  void expand(const pb::FunctionProto& function, Nodes& out) {
    for (const pb::NodeProto& node : function.node()) {
      for (const std::string& name : node.output()) {
        if (!name.empty()) names_.emplace(name, prefix_ + name);
      }
    }
    for (const pb::NodeProto& node : function.node()) {
      pb::NodeProto copy = node;
      copy.set_name(prefix_ + (node.name().empty() ? node.op_type() : node.name()));
      for (std::string& name : *copy.mutable_output()) name = renamed(name, names_);
      rewrite(copy, names_);
      *out.Add() = std::move(copy);
    }
    for (const auto& [from, to] : copies_) {
      pb::NodeProto identity;
      identity.set_name(prefix_ + to);
      identity.set_op_type("Identity");
      identity.add_input(names_.at(from));
      identity.add_output(to);
      *out.Add() = std::move(identity);
    }
  }

 private:
  static std::string renamed(const std::string& name, const Names& names) {
    const auto found = names.find(name);
    return found == names.end() ? name : found->second;
  }

  /// Operands, attributes and subgraphs of a node; names: what the scope's names are called now.
  void rewrite(pb::NodeProto& node, const Names& names) const {
    for (std::string& name : *node.mutable_input()) name = renamed(name, names);
    google::protobuf::RepeatedPtrField<pb::AttributeProto> kept;
    for (pb::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.ref_attr_name().empty()) {
        *kept.Add() = std::move(attribute);
        continue;
      }
      const auto given = attributes_.find(attribute.ref_attr_name());
      if (given == attributes_.end()) continue;  // optional, and absent in this call
      pb::AttributeProto value = *given->second;
      value.set_name(attribute.name());
      *kept.Add() = std::move(value);
    }
    node.mutable_attribute()->Swap(&kept);
    for_each_subgraph(node, [&](pb::GraphProto& graph) { rewrite(graph, names); });
  }

  /// What a subgraph defines itself hides the names around it.
  void rewrite(pb::GraphProto& graph, Names names) const {
    for (const pb::ValueInfoProto& input : graph.input()) names.erase(input.name());
    for (const pb::TensorProto& tensor : graph.initializer()) names.erase(tensor.name());
    for (const pb::NodeProto& node : graph.node()) {
      for (const std::string& name : node.output()) names.erase(name);
    }
    for (pb::NodeProto& node : *graph.mutable_node()) rewrite(node, names);
    for (pb::ValueInfoProto& output : *graph.mutable_output())
      output.set_name(renamed(output.name(), names));
  }

  std::string prefix_;
  Names names_;
  std::vector<std::pair<std::string, std::string>> copies_;
  std::map<std::string, const pb::AttributeProto*> attributes_;
};

class FunctionInliner {
 public:
  FunctionInliner(pb::ModelProto& model, const Context& context)
      : model_(model), context_(context) {
    for (const pb::FunctionProto& function : model.functions()) {
      functions_[{canonical_domain(function.domain()), function.name(), function.overload()}] =
          &function;
    }
  }

  void run() {
    collect_names(*model_.mutable_graph());
    inline_calls(*model_.mutable_graph()->mutable_node(), 0);
  }

 private:
  void collect_names(pb::GraphProto& graph) {
    for (const pb::ValueInfoProto& input : graph.input()) taken_.insert(input.name());
    for (const pb::TensorProto& tensor : graph.initializer()) taken_.insert(tensor.name());
    for (pb::NodeProto& node : *graph.mutable_node()) {
      taken_.insert(node.output().begin(), node.output().end());
      for_each_subgraph(node, [&](pb::GraphProto& inner) { collect_names(inner); });
    }
  }

  void inline_calls(Nodes& nodes, int depth) {
    Nodes result;
    for (pb::NodeProto& node : nodes) {
      for_each_subgraph(node,
                        [&](pb::GraphProto& graph) { inline_calls(*graph.mutable_node(), depth); });
      const auto found = functions_.find(signature_of(node));
      if (found == functions_.end()) {
        *result.Add() = std::move(node);
        continue;
      }
      if (depth == kDeepestCall) fail_call(node, "calls itself, directly or through others");
      import_versions(*found->second, node);
      Nodes body;
      Call(*found->second, node, fresh_prefix(node)).expand(*found->second, body);
      inline_calls(body, depth + 1);
      for (pb::NodeProto& inner : body) *result.Add() = std::move(inner);
    }
    nodes.Swap(&result);
  }

  /// "<node>/": no value of the model starts with it.
  std::string fresh_prefix(const pb::NodeProto& node) {
    const std::string base = node.name().empty() ? node.op_type() : node.name();
    std::string prefix = base + "/";
    for (int i = 1;; ++i) {
      const auto next = taken_.lower_bound(prefix);
      if (next == taken_.end() || !next->starts_with(prefix)) break;
      prefix = base + "_" + std::to_string(i) + "/";
    }
    taken_.insert(prefix);
    return prefix;
  }

  void import_versions(const pb::FunctionProto& function, const pb::NodeProto& call) {
    for (const pb::OperatorSetIdProto& wanted : function.opset_import()) {
      const std::string domain = canonical_domain(wanted.domain());
      bool known = false;
      for (const pb::OperatorSetIdProto& import : model_.opset_import()) {
        if (canonical_domain(import.domain()) != domain) continue;
        known = true;
        if (import.version() == wanted.version()) continue;
        fail_call(call, "uses version " + std::to_string(wanted.version()) +
                            " of the operator set '" + domain + "', the model version " +
                            std::to_string(import.version()));
      }
      if (!known) *model_.add_opset_import() = wanted;
    }
  }

  [[noreturn]] void fail_call(const pb::NodeProto& node, const std::string& what) const {
    fail("027", "The function " + node.op_type() + " " + what + ".",
         context_.at_node(node.name().empty() ? node.op_type() : node.name()),
         "Inline the model's functions when exporting it.");
  }

  pb::ModelProto& model_;
  const Context& context_;
  std::map<Signature, const pb::FunctionProto*> functions_;
  std::set<std::string> taken_;
};

}  // namespace

void inline_functions(pb::ModelProto& model, const Context& context) {
  if (model.functions_size() == 0) return;
  FunctionInliner(model, context).run();
  model.clear_functions();
}

}  // namespace xquant::onnx
