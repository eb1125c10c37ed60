#include "quantize/policy/operands.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xquant::quantize {
namespace {

/// Operators all of whose operands carry data. Of every other only the first does.
constexpr std::array<std::string_view, 6> kAllOperands = {"Add", "Sub",    "Mul",
                                                          "Div", "Concat", "PRelu"};
constexpr std::array<std::string_view, 4> kTwoOperands = {"Conv", "ConvTranspose", "Gemm",
                                                          "MatMul"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, const std::string& type) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

}  // namespace

bool carries_value(const Node& node, std::size_t position) {
  if (contains(kAllOperands, node.op_type)) return true;
  if (contains(kTwoOperands, node.op_type)) return position < 2;
  return position == 0;
}

bool is_value_result(const Node& node, std::size_t position) {
  return position == 0 || node.op_type == "Split";
}

bool is_weight_position(const Node& node, std::size_t position) {
  return position == 1 && contains(kTwoOperands, node.op_type);
}

std::int64_t weight_axis(const Node& node, const Shape& weight) {
  if (node.op_type == "Conv") return 0;
  if (node.op_type == "ConvTranspose") return node.int_or("group", 1) == 1 ? 1 : -1;
  if (node.op_type == "Gemm") return node.int_or("transB", 0) != 0 ? 0 : 1;
  // MatMul: the last axis holds the output columns; a vector has none.
  return weight.size() >= 2 ? static_cast<std::int64_t>(weight.size()) - 1 : -1;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ValueId biased_product(const Graph& graph, const Node& node) {
  if (!node.is("Add")) return ValueId::kNone;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId product = node.input(side);
    const Tensor* bias = graph.constant(node.input(1 - side));
    if (product == ValueId::kNone || bias == nullptr || graph.is_input(node.input(1 - side))) {
      continue;
    }
    const Shape& shape = bias->shape();
    const bool is_row = shape.empty() || bias->size() == shape.back();
    const NodeId producer = graph.value(product).producer;
    if (is_row && producer != NodeId::kNone && graph.node(producer).is("MatMul")) return product;
  }
  return ValueId::kNone;
}

}  // namespace xquant::quantize
