#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "quantize/pixels/pixel_input.h"
#include "quantize/policy/trace.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// The convolutions that read an input of pictures, where nothing else does and they can read
/// pixels instead.
struct PixelSite {
  PixelInput input;
  std::vector<NodeId> convs;
  std::vector<std::int64_t> pads;  ///< theirs: begin of each spatial axis, then end
};

/// nullopt: something else reads the input, a weight serves others too, the convolutions pad
/// differently, or the opset has no broadcasting.
std::optional<PixelSite> find_pixel_site(const Graph& graph, const Trace& trace,
                                         const runtime::OpsetImports& opsets,
                                         const PixelInput& input);

/// Puts (Pad,) Mul and Add behind the input, which give back the pixels, and lets the convolutions
/// read these: weights / std, bias - sum of weights * mean / std. Zeros are padded before, since a
/// pixel of 0 is another value than an element of 0. Returns the tensor of pixels.
ValueId read_pixels(const PixelSite& site, const runtime::OpsetImports& opsets, Graph& graph);

}  // namespace xquant::quantize
