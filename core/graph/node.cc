#include "graph/graph.h"

namespace xquant {
namespace {

template <typename T>
T get_or(const Node& node, std::string_view attribute, T fallback) {
  const AttributeValue* found = node.find(attribute);
  if (found == nullptr) return fallback;
  if (const T* typed = std::get_if<T>(found)) return *typed;
  throw Error(ErrorKind::kModel, "XQ-GRA-001",
              "Attribute '" + std::string(attribute) + "' of " + node.op_type +
                  " has another kind than the operator defines.",
              {.node = node.name}, "Check the model with the ONNX checker.");
}

}  // namespace

const AttributeValue* Node::find(std::string_view attribute) const {
  const auto found = attributes.find(std::string(attribute));
  return found == attributes.end() ? nullptr : &found->second;
}

bool Node::has(std::string_view attribute) const { return find(attribute) != nullptr; }

std::int64_t Node::int_or(std::string_view attribute, std::int64_t fallback) const {
  return get_or<std::int64_t>(*this, attribute, fallback);
}

float Node::float_or(std::string_view attribute, float fallback) const {
  return get_or<float>(*this, attribute, fallback);
}

std::string Node::string_or(std::string_view attribute, std::string_view fallback) const {
  return get_or<std::string>(*this, attribute, std::string(fallback));
}

std::vector<std::int64_t> Node::ints_or(std::string_view attribute,
                                        std::vector<std::int64_t> fallback) const {
  return get_or<std::vector<std::int64_t>>(*this, attribute, std::move(fallback));
}

std::vector<float> Node::floats_or(std::string_view attribute, std::vector<float> fallback) const {
  return get_or<std::vector<float>>(*this, attribute, std::move(fallback));
}

ValueId Node::input(std::size_t position) const {
  return position < inputs.size() ? inputs[position] : ValueId::kNone;
}

ValueId Node::output(std::size_t position) const {
  return position < outputs.size() ? outputs[position] : ValueId::kNone;
}

std::int64_t Model::opset() const {
  const auto found = opset_imports.find("");
  return found == opset_imports.end() ? 1 : found->second;
}

}  // namespace xquant
