#include "convert/raise_opset.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xquant::convert {
namespace {

/// Operators of opset 7..12 whose later versions up to 13 only add element types, or optional
/// attributes and operands with the old behaviour as default. (Everything else needs an entry in
/// kAdapters or is refused.)
constexpr auto kUnchanged = std::to_array<std::string_view>({"Abs",
                                                             "Acos",
                                                             "Acosh",
                                                             "Add",
                                                             "And",
                                                             "ArgMax",
                                                             "ArgMin",
                                                             "Asin",
                                                             "Asinh",
                                                             "Atan",
                                                             "Atanh",
                                                             "AveragePool",
                                                             "BitShift",
                                                             "Cast",
                                                             "Ceil",
                                                             "Celu",
                                                             "Compress",
                                                             "Concat",
                                                             "Constant",
                                                             "ConstantOfShape",
                                                             "Conv",
                                                             "ConvInteger",
                                                             "ConvTranspose",
                                                             "Cos",
                                                             "Cosh",
                                                             "CumSum",
                                                             "DepthToSpace",
                                                             "DequantizeLinear",
                                                             "Det",
                                                             "Div",
                                                             "DynamicQuantizeLinear",
                                                             "Einsum",
                                                             "Elu",
                                                             "Equal",
                                                             "Erf",
                                                             "Exp",
                                                             "Expand",
                                                             "EyeLike",
                                                             "Flatten",
                                                             "Floor",
                                                             "GRU",
                                                             "Gather",
                                                             "GatherElements",
                                                             "GatherND",
                                                             "Gemm",
                                                             "GlobalAveragePool",
                                                             "GlobalLpPool",
                                                             "GlobalMaxPool",
                                                             "Greater",
                                                             "GreaterOrEqual",
                                                             "HardSigmoid",
                                                             "Identity",
                                                             "InstanceNormalization",
                                                             "IsInf",
                                                             "IsNaN",
                                                             "LRN",
                                                             "LSTM",
                                                             "LeakyRelu",
                                                             "Less",
                                                             "LessOrEqual",
                                                             "Log",
                                                             "LpNormalization",
                                                             "LpPool",
                                                             "MatMul",
                                                             "MatMulInteger",
                                                             "Max",
                                                             "MaxPool",
                                                             "MaxRoiPool",
                                                             "MaxUnpool",
                                                             "Mean",
                                                             "MeanVarianceNormalization",
                                                             "Min",
                                                             "Mod",
                                                             "Mul",
                                                             "Neg",
                                                             "NonMaxSuppression",
                                                             "NonZero",
                                                             "Not",
                                                             "OneHot",
                                                             "Or",
                                                             "PRelu",
                                                             "Pow",
                                                             "QLinearConv",
                                                             "QLinearMatMul",
                                                             "QuantizeLinear",
                                                             "RNN",
                                                             "Range",
                                                             "Reciprocal",
                                                             "ReduceMax",
                                                             "ReduceMean",
                                                             "ReduceMin",
                                                             "ReduceProd",
                                                             "Relu",
                                                             "Reshape",
                                                             "Round",
                                                             "Selu",
                                                             "Shape",
                                                             "Sigmoid",
                                                             "Sign",
                                                             "Sin",
                                                             "Sinh",
                                                             "Size",
                                                             "Softplus",
                                                             "Softsign",
                                                             "SpaceToDepth",
                                                             "Sqrt",
                                                             "Sub",
                                                             "Sum",
                                                             "Tan",
                                                             "Tanh",
                                                             "ThresholdedRelu",
                                                             "Tile",
                                                             "Transpose",
                                                             "Where",
                                                             "Xor",
                                                             "ReduceL1",
                                                             "ReduceL2",
                                                             "ReduceLogSum",
                                                             "ReduceLogSumExp",
                                                             "ReduceSumSquare",
                                                             "ReverseSequence",
                                                             "RoiAlign",
                                                             "ScatterElements",
                                                             "ScatterND",
                                                             "Shrink"});

bool is_unchanged(std::string_view type) {
  return std::find(kUnchanged.begin(), kUnchanged.end(), type) != kUnchanged.end();
}

/// What an adapter may need: the graph, the node, and the version it comes from.
struct Site {
  Graph& graph;
  NodeId id;
  std::int64_t from;
  const KnownShapes& shapes;

  const Node& node() const { return graph.node(id); }
  Attributes& attributes() const { return graph.node(id).attributes; }

  void attribute_to_operand(std::string_view attribute, std::size_t position) const {
    const auto found = attributes().find(std::string(attribute));
    if (found == attributes().end()) return;
    const auto values = std::get<std::vector<std::int64_t>>(found->second);
    set_constant(position, attribute,
                 Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values));
    attributes().erase(std::string(attribute));
  }

  void set_constant(std::size_t position, std::string_view what, Tensor tensor) const {
    const std::string base = graph.value(node().output(0)).name + "_" + std::string(what);
    graph.set_input(id, position,
                    graph.add_constant(graph.fresh_value_name(base), std::move(tensor)));
  }
};

/// Whether operands made from float attributes have the element type of the data: what is declared
/// is float or nothing.
bool works_on_float(const Site& site) {
  for (const ValueId id : {site.node().input(0), site.node().output(0)}) {
    if (id == ValueId::kNone) continue;
    const DataType type = site.graph.value(id).type.element;
    if (type != DataType::kUndefined && type != DataType::kFloat) return false;
  }
  return true;
}

using Adapter = bool (*)(const Site&);  ///< false: cannot be carried over exactly

bool axes_operand(const Site& site) {
  site.attribute_to_operand("axes", 1);
  return true;
}

bool split(const Site& site) {
  site.attribute_to_operand("split", 1);
  return true;
}

bool clip(const Site& site) {
  if (site.from >= 11) return true;
  if (!works_on_float(site)) return false;
  constexpr float kMost = std::numeric_limits<float>::max();
  const float low = site.node().float_or("min", -kMost);
  const float high = site.node().float_or("max", kMost);
  site.set_constant(1, "min", Tensor::scalar(low));
  site.set_constant(2, "max", Tensor::scalar(high));
  site.attributes().erase("min");
  site.attributes().erase("max");
  return true;
}

bool pad(const Site& site) {
  if (site.from >= 11) return true;
  const float value = site.node().float_or("value", 0.0F);
  if (value != 0.0F && !works_on_float(site)) return false;
  site.attribute_to_operand("pads", 1);
  if (value != 0.0F) site.set_constant(2, "value", Tensor::scalar(value));
  site.attributes().erase("value");
  return true;
}

bool dropout(const Site& site) {
  site.attributes().erase("ratio");  // inference does not read it
  // The mask became bool in 10; before, it had the type of the data.
  const ValueId mask = site.node().output(1);
  const bool mask_is_read =
      mask != ValueId::kNone && (!site.graph.uses(mask).empty() || site.graph.is_output(mask));
  return site.from >= 10 || !mask_is_read;
}

bool slice(const Site& site) {
  if (site.from >= 10) return true;
  site.attribute_to_operand("starts", 1);
  site.attribute_to_operand("ends", 2);
  site.attribute_to_operand("axes", 3);
  return true;
}

bool top_k(const Site& site) {
  if (site.from >= 10) return true;
  const std::vector<std::int64_t> count = {site.node().int_or("k", 0)};
  site.set_constant(1, "k", Tensor::of<std::int64_t>({1}, count));
  site.attributes().erase("k");
  return true;
}

/// Whether every dimension of a Softmax's operand behind its axis is 1, whatever the data.
bool ends_at(const Site& site, std::int64_t axis) {
  const Value& input = site.graph.value(site.node().input(0));
  const auto known = site.shapes.find(input.name);
  if (axis == -1) return true;
  if (known == site.shapes.end()) return false;
  const auto rank = static_cast<std::int64_t>(known->second.size());
  const std::int64_t behind = (axis < 0 ? axis + rank : axis) + 1;
  if (behind == rank) return true;
  const auto& shape = input.type.shape;
  if (!shape || static_cast<std::int64_t>(shape->size()) != rank) return false;
  return std::all_of(shape->begin() + behind, shape->end(), [](const auto& dim) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    return size != nullptr && *size == 1;
  });
}

/// Below 13 Softmax flattens to 2-D around axis (default 1); from 13 on it works along axis
/// (default -1). Where these differ it is written as it was meant: flattened, and reshaped back.
bool softmax(const Site& site) {
  const std::int64_t axis = site.node().int_or("axis", 1);
  site.attributes()["axis"] = axis;
  if (ends_at(site, axis)) return true;
  Graph& graph = site.graph;
  const std::string base =
      site.node().name.empty() ? graph.value(site.node().output(0)).name : site.node().name;
  const auto value = [&](const std::string& what, DataType type) {
    return graph.add_value(graph.fresh_value_name(base + what), {.element = type});
  };
  const ValueId x = site.node().input(0), y = site.node().output(0);
  const DataType type = graph.value(x).type.element;
  const ValueId shape = value("_shape", DataType::kInt64), rows = value("_rows", type),
                result = value("_of_rows", type);
  graph.add_node({.name = graph.fresh_node_name(base + "_shape"),
                  .op_type = "Shape",
                  .inputs = {x},
                  .outputs = {shape}});
  graph.add_node({.name = graph.fresh_node_name(base + "_flatten"),
                  .op_type = "Flatten",
                  .inputs = {x},
                  .outputs = {rows},
                  .attributes = {{"axis", axis}}});
  site.attributes()["axis"] = std::int64_t{-1};
  graph.set_input(site.id, 0, rows);
  graph.set_output(site.id, 0, result);
  graph.add_node({.name = graph.fresh_node_name(base + "_reshape"),
                  .op_type = "Reshape",
                  .inputs = {result, shape},
                  .outputs = {y}});
  return true;
}

bool batch_normalization(const Site& site) {
  if (site.node().int_or("spatial", 1) == 0) return false;
  site.attributes().erase("spatial");
  return true;
}

/// Up to 10 nearest takes the source element at floor(x) where an axis grows and ceil(x) where it
/// shrinks. nullopt when the axes differ, or when only a run can tell.
std::optional<std::string> nearest_mode(const Site& site) {
  const Tensor* scales = site.graph.constant(site.node().input(1));
  if (scales == nullptr || scales->type() != DataType::kFloat) return std::nullopt;
  const auto values = scales->data<float>();
  if (std::all_of(values.begin(), values.end(), [](float v) { return v >= 1.0F; })) return "floor";
  if (std::all_of(values.begin(), values.end(), [](float v) { return v <= 1.0F; })) return "ceil";
  return std::nullopt;
}

void resize_with(const Site& site, const std::string& nearest) {
  const ValueId scales = site.node().input(1);
  site.graph.set_input(site.id, 1,
                       site.graph.add_constant(site.graph.fresh_value_name("roi"),
                                               Tensor::of<float>({0}, std::vector<float>{})));
  site.graph.set_input(site.id, 2, scales);
  site.attributes()["coordinate_transformation_mode"] = std::string("asymmetric");
  site.attributes()["nearest_mode"] = nearest;
}

/// Resize changed its default coordinates in 11: before, x_original = x_resized / scale.
bool resize(const Site& site) {
  if (site.from >= 11) return true;
  const bool nearest = site.node().string_or("mode", "nearest") == "nearest";
  const std::optional<std::string> mode = nearest ? nearest_mode(site) : "floor";
  if (!mode) return false;
  resize_with(site, *mode);
  return true;
}

bool upsample(const Site& site) {
  if (site.from < 9) {
    const auto scales = site.node().floats_or("scales", {});
    site.set_constant(1, "scales",
                      Tensor::of<float>({static_cast<std::int64_t>(scales.size())}, scales));
    site.attributes().erase("scales");
  }
  site.graph.node(site.id).op_type = "Resize";
  resize_with(site, "floor");  // its scales are at least 1
  return true;
}

struct Entry {
  std::string_view type;
  Adapter adapt;
};
constexpr auto kAdapters = std::to_array<Entry>({{"Squeeze", axes_operand},
                                                 {"Unsqueeze", axes_operand},
                                                 {"ReduceSum", axes_operand},
                                                 {"Split", split},
                                                 {"Clip", clip},
                                                 {"Pad", pad},
                                                 {"Dropout", dropout},
                                                 {"Slice", slice},
                                                 {"TopK", top_k},
                                                 {"Softmax", softmax},
                                                 {"LogSoftmax", softmax},
                                                 {"Hardmax", softmax},
                                                 {"Resize", resize},
                                                 {"Upsample", upsample},
                                                 {"BatchNormalization", batch_normalization}});

bool adapt(const Site& site) {
  const Node& node = site.node();
  if (!node.domain.empty() || is_unchanged(node.op_type)) return true;
  const auto found = std::find_if(kAdapters.begin(), kAdapters.end(),
                                  [&](const Entry& entry) { return entry.type == node.op_type; });
  return found != kAdapters.end() && found->adapt(site);
}

}  // namespace

std::int64_t ir_version_for(std::int64_t opset) {
  // "Released versions" of the ONNX versioning page: IR version at the release of each ai.onnx
  // version.
  constexpr std::array<std::int64_t, 26> kIr = {3, 3, 3, 3, 3, 3, 3, 3, 3,  4,  5,  6,  7,
                                                7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13};
  return kIr[static_cast<std::size_t>(std::clamp<std::int64_t>(opset, 0, 25))];
}

void raise_opset(Model& model, std::int64_t opset, const KnownShapes& shapes) {
  const std::int64_t from = model.opset();
  if (from >= opset) return;
  Graph edited = model.graph;
  for (const NodeId id : edited.nodes()) {
    if (adapt({edited, id, from, shapes})) continue;
    const Node& node = edited.node(id);
    throw Error(ErrorKind::kModel, "XQ-CNV-001",
                "The model's opset " + std::to_string(from) + " has to be raised to " +
                    std::to_string(opset) + " (per-channel DequantizeLinear needs 13), but " +
                    node.op_type + " cannot be carried over exactly.",
                {.node = node.name},
                "Export the model with opset " + std::to_string(opset) + " or later.");
  }
  model.graph = std::move(edited);
  model.opset_imports[""] = opset;
  model.ir_version = std::max(model.ir_version, ir_version_for(opset));
}

}  // namespace xquant::convert
