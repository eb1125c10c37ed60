#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

using Widths = std::vector<std::int64_t>;

/// What a Pad puts around the spatial axes of [N, C, spatial...]: all starts, then all ends.
struct Border {
  Widths widths{};
  double value = 0;
};

std::optional<Widths> widths_of(const Graph& graph, const Node& pad) {
  if (pad.input(1) == ValueId::kNone) {
    if (!pad.has("pads")) return std::nullopt;
    return pad.ints_or("pads", {});
  }
  const Tensor* constant = graph.constant(pad.input(1));
  if (constant == nullptr || constant->type() != DataType::kInt64 || graph.is_input(pad.input(1))) {
    return std::nullopt;
  }
  return Widths(constant->data<std::int64_t>().begin(), constant->data<std::int64_t>().end());
}

std::optional<Border> border_of(const Graph& graph, const Node& pad) {
  constexpr std::size_t kAxes = 3;
  if (!pad.is("Pad") || pad.string_or("mode", "constant") != "constant") return std::nullopt;
  if (pad.input(kAxes) != ValueId::kNone) return std::nullopt;
  const auto widths = widths_of(graph, pad);
  if (!widths || widths->size() < 6 || widths->size() % 2 != 0) return std::nullopt;
  if (std::ranges::any_of(*widths, [](std::int64_t width) { return width < 0; })) {
    return std::nullopt;
  }
  const auto rank = static_cast<std::ptrdiff_t>(widths->size() / 2);
  const auto starts = widths->begin();
  const auto ends = starts + rank;
  if (starts[0] != 0 || starts[1] != 0 || ends[0] != 0 || ends[1] != 0) return std::nullopt;
  Border border{.widths = Widths(starts + 2, ends), .value = 0};
  border.widths.insert(border.widths.end(), ends + 2, widths->end());
  if (pad.input(2) != ValueId::kNone) {
    const auto value = scalar(graph, pad.input(2));
    if (!value) return std::nullopt;
    border.value = *value;
  } else {
    border.value = static_cast<double>(pad.float_or("value", 0.0F));
  }
  return border;
}

/// Whether the largest value of a window is the same without the border.
bool never_wins(const Graph& graph, const Node& pad, double value) {
  if (value <= static_cast<double>(std::numeric_limits<float>::lowest())) return true;
  return value == 0.0 && writer(graph, pad.input(0), "Relu") != nullptr;
}

bool takes(const Graph& graph, const Node& reader, const Node& pad, const Border& border) {
  const std::string automatic = reader.string_or("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID") return false;
  if (reader.is("Conv")) return border.value == 0.0;
  if (!reader.is("MaxPool") || reader.int_or("ceil_mode", 0) != 0) return false;
  if (reader.output(1) != ValueId::kNone || !never_wins(graph, pad, border.value)) return false;
  // Windows have to hold at least one element that is none of the border, and runtimes ask for it.
  const Widths kernel = reader.ints_or("kernel_shape", {});
  const Widths before = reader.ints_or("pads", Widths(border.widths.size(), 0));
  if (2 * kernel.size() != border.widths.size()) return false;
  if (before.size() != border.widths.size()) return false;
  for (std::size_t i = 0; i < border.widths.size(); ++i) {
    if (before[i] + border.widths[i] >= kernel[i % kernel.size()]) return false;
  }
  return true;
}

bool absorb(Graph& graph, NodeId reader, ValueId source, const Border& border) {
  Attributes& attributes = graph.node(reader).attributes;
  Widths pads = graph.node(reader).ints_or("pads", Widths(border.widths.size(), 0));
  if (pads.size() != border.widths.size()) return false;
  std::ranges::transform(pads, border.widths, pads.begin(), std::plus<>());
  attributes.erase("auto_pad");
  attributes["pads"] = std::move(pads);
  graph.set_input(reader, 0, source);
  return true;
}

/// Zeros around what a Conv reads, and the lowest values around what a MaxPool reads, are pads of
/// its own: TensorFlow and Keras models hold them as Pad.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id)) continue;
    const auto border = border_of(graph, graph.node(id));
    if (!border) continue;
    const ValueId source = graph.node(id).input(0);
    const ValueId padded = graph.node(id).output(0);
    const std::vector<Use> uses = graph.uses(padded);
    for (const Use& use : uses) {
      if (use.position != 0 || !takes(graph, graph.node(use.node), graph.node(id), *border))
        continue;
      if (absorb(graph, use.node, source, *border)) ++times;
    }
    remove_unread(graph, {padded});
  }
  return times;
}

}  // namespace

const Rewrite kPadding = {"Padding", apply};

}  // namespace xquant::simplify
