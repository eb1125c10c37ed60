#pragma once

#include <map>
#include <vector>

#include "data/preprocess.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/samples.h"

namespace xquant::quantize {

/// An input [N, C, H, W] that pictures feed: an element of channel c is (pixel - mean) / std of
/// channels[c], with pixels 0, 1, ... 255.
struct PixelInput {
  ValueId value;
  std::vector<data::Preprocess::Channel> channels;

  /// Whether some scale and zero point hold every pixel of all channels exactly, and 0 as well.
  bool has_exact_scale() const;
};

/// In the order of the graph's inputs.
std::vector<PixelInput> pixel_inputs(const Graph& graph, const Samples& samples);

/// The ranges of the inputs that have an exact scale: those of all 256 pixels, even where the
/// samples do not show the darkest and the brightest. A range that is a little smaller would round
/// every pixel.
std::map<ValueId, plan::Range> pixel_ranges(const Graph& graph, const Samples& samples);

}  // namespace xquant::quantize
