#include "quantize/pixels/pixel_input.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace xquant::quantize {
namespace {

constexpr double kBrightest = 255;

}  // namespace

bool PixelInput::has_exact_scale() const {
  const data::Preprocess::Channel& first = channels.front();
  return std::ranges::all_of(channels, [&](const auto& channel) { return channel == first; }) &&
         first.mean == std::floor(first.mean) && first.mean >= 0 && first.mean <= kBrightest;
}

std::vector<PixelInput> pixel_inputs(const Graph& graph, const Samples& samples) {
  std::vector<PixelInput> found;
  std::size_t position = 0;
  for (const ValueId value : graph.inputs) {
    if (graph.constant(value) != nullptr) continue;
    const data::Preprocess* pictures = samples.preprocess(position++);
    if (pictures == nullptr || graph.value(value).type.element != DataType::kFloat) continue;
    PixelInput input{.value = value, .channels = pictures->channels()};
    const bool ascending =
        std::ranges::all_of(input.channels, [](const auto& channel) { return channel.std > 0; });
    if (ascending) found.push_back(std::move(input));
  }
  return found;
}

std::map<ValueId, plan::Range> pixel_ranges(const Graph& graph, const Samples& samples) {
  std::map<ValueId, plan::Range> ranges;
  for (const PixelInput& input : pixel_inputs(graph, samples)) {
    if (!input.has_exact_scale()) continue;
    const auto& [mean, std] = input.channels.front();
    ranges[input.value] = {-mean / std, (kBrightest - mean) / std};
  }
  return ranges;
}

}  // namespace xquant::quantize
