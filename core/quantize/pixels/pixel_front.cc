#include "quantize/pixels/pixel_front.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/ops/window.h"

namespace xquant::quantize {
namespace {

constexpr std::int64_t kPadWithOperands = 11;
constexpr std::int64_t kBroadcasting = 7;
constexpr std::size_t kRank = 4;

std::int64_t opset_of(const runtime::OpsetImports& opsets) {
  const auto found = opsets.find("");
  return found == opsets.end() ? 1 : found->second;
}

/// A float constant that the node alone reads and nobody may override.
bool is_own(const Graph& graph, ValueId value) {
  const Tensor* constant = graph.constant(value);
  return constant != nullptr && constant->type() == DataType::kFloat && !graph.is_input(value) &&
         !graph.is_output(value) && graph.uses(value).size() == 1;
}

bool can_read_pixels(const Graph& graph, const Node& conv, std::size_t channels) {
  if (!conv.is("Conv") || conv.int_or("group", 1) != 1 || !is_own(graph, conv.input(1))) {
    return false;
  }
  const Shape& weight = graph.constant(conv.input(1))->shape();
  return weight.size() == kRank && weight[1] == static_cast<std::int64_t>(channels) &&
         (conv.input(2) == ValueId::kNone || is_own(graph, conv.input(2)));
}

std::vector<std::int64_t> pads_of(const Graph& graph, const Node& conv, const Shape& input) {
  const Shape& weight = graph.constant(conv.input(1))->shape();
  const runtime::ops::Window window =
      runtime::ops::WindowAttributes(conv).at(input, std::span(weight).subspan(2));
  return {window.pad_begin[1], window.pad_begin[2], window.pad_end[1], window.pad_end[2]};
}

/// What auto_pad pads depends on the input's size, which has to be fixed then.
bool has_fixed_pads(const Graph& graph, const Node& conv, ValueId input) {
  if (!conv.string_or("auto_pad", "NOTSET").starts_with("SAME")) return true;
  const auto& shape = graph.value(input).type.shape;
  const auto is_fixed = [](const Dim& dim) { return std::holds_alternative<std::int64_t>(dim); };
  return shape && shape->size() == kRank && is_fixed((*shape)[2]) && is_fixed((*shape)[3]);
}

class Front {
 public:
  Front(const PixelSite& site, std::int64_t opset, Graph& graph)
      : site_(site), opset_(opset), graph_(graph), name_(graph.value(site.input.value).name) {}

  ValueId build() {
    ValueId value = site_.input.value;
    if (std::ranges::any_of(site_.pads, [](std::int64_t width) { return width != 0; })) {
      value = pad(value);
    }
    std::vector<float> means, stds;
    for (const auto& [mean, std] : site_.input.channels) {
      means.push_back(static_cast<float>(mean));
      stds.push_back(static_cast<float>(std));
    }
    value = add("Mul", {value, channel_constant("_std", stds)}, "_times_std");
    return add("Add", {value, channel_constant("_mean", means)}, "_pixels");
  }

 private:
  ValueId pad(ValueId value) {
    const auto& p = site_.pads;
    const std::vector<std::int64_t> widths{0, 0, p[0], p[1], 0, 0, p[2], p[3]};
    if (opset_ < kPadWithOperands) return add("Pad", {value}, "_padded", {{"pads", widths}});
    const auto rank = static_cast<std::int64_t>(widths.size());
    const ValueId operand = graph_.add_constant(graph_.fresh_value_name(name_ + "_pads"),
                                                Tensor::of<std::int64_t>({rank}, widths));
    return add("Pad", {value, operand}, "_padded");
  }

  ValueId channel_constant(const std::string& suffix, const std::vector<float>& values) {
    const Shape shape{1, static_cast<std::int64_t>(values.size()), 1, 1};
    return graph_.add_constant(graph_.fresh_value_name(name_ + suffix),
                               Tensor::of<float>(shape, values));
  }

  ValueId add(const std::string& type, std::vector<ValueId> inputs, const std::string& suffix,
              Attributes attributes = {}) {
    const ValueId result =
        graph_.add_value(graph_.fresh_value_name(name_ + suffix), {.element = DataType::kFloat});
    graph_.add_node({.name = graph_.fresh_node_name(name_ + suffix),
                     .op_type = type,
                     .inputs = std::move(inputs),
                     .outputs = {result},
                     .attributes = std::move(attributes)});
    return result;
  }

  const PixelSite& site_;
  std::int64_t opset_;
  Graph& graph_;
  std::string name_;
};

/// The convolution of pixels that has the results of the one of elements.
void take_pixels(NodeId id, const PixelSite& site, ValueId pixels, Graph& graph) {
  const ValueId weight = graph.node(id).input(1), bias = graph.node(id).input(2);
  const Tensor& tensor = *graph.constant(weight);
  const Shape shape = tensor.shape();
  std::vector<float> weights(tensor.data<float>().begin(), tensor.data<float>().end());
  std::vector<float> biases(static_cast<std::size_t>(shape[0]), 0.0F);
  if (bias != ValueId::kNone)
    std::ranges::copy(graph.constant(bias)->data<float>(), biases.begin());
  const std::size_t channels = site.input.channels.size();
  const std::size_t area = weights.size() / (biases.size() * channels);
  for (std::size_t o = 0; o < biases.size(); ++o) {
    auto sum = static_cast<double>(biases[o]);
    for (std::size_t i = 0; i < channels * area; ++i) {
      const auto& [mean, std] = site.input.channels[i / area];
      float& w = weights[o * channels * area + i];
      const double scaled = static_cast<double>(w) / std;
      sum -= scaled * mean;
      w = static_cast<float>(scaled);
    }
    biases[o] = static_cast<float>(sum);
  }
  graph.value(weight).constant = Tensor::of<float>(shape, weights);
  Tensor shifted = Tensor::of<float>({shape[0]}, biases);
  if (bias != ValueId::kNone) {
    graph.value(bias).constant = std::move(shifted);
  } else {
    const std::string name = graph.value(weight).name + "_bias";
    graph.node(id).inputs.resize(3, ValueId::kNone);
    graph.set_input(id, 2, graph.add_constant(graph.fresh_value_name(name), std::move(shifted)));
  }
  graph.set_input(id, 0, pixels);
  graph.node(id).attributes.erase("auto_pad");
  graph.node(id).attributes.erase("pads");
}

}  // namespace

std::optional<PixelSite> find_pixel_site(const Graph& graph, const Trace& trace,
                                         const runtime::OpsetImports& opsets,
                                         const PixelInput& input) {
  const auto traced = trace.find(input.value);
  if (opset_of(opsets) < kBroadcasting || traced == trace.end() ||
      traced->second.shape.size() != kRank || graph.is_output(input.value)) {
    return std::nullopt;
  }
  PixelSite site{.input = input, .convs = {}, .pads = {}};
  for (const Use& use : graph.uses(input.value)) {
    if (use.position != 0) return std::nullopt;
    const Node& conv = graph.node(use.node);
    if (!can_read_pixels(graph, conv, input.channels.size()) ||
        !has_fixed_pads(graph, conv, input.value)) {
      return std::nullopt;
    }
    const std::vector<std::int64_t> pads = pads_of(graph, conv, traced->second.shape);
    if (!site.convs.empty() && pads != site.pads) return std::nullopt;
    site.pads = pads;
    site.convs.push_back(use.node);
  }
  return site.convs.empty() ? std::nullopt : std::optional(std::move(site));
}

ValueId read_pixels(const PixelSite& site, const runtime::OpsetImports& opsets, Graph& graph) {
  const ValueId pixels = Front(site, opset_of(opsets), graph).build();
  for (const NodeId conv : site.convs) take_pixels(conv, site, pixels, graph);
  return pixels;
}

}  // namespace xquant::quantize
