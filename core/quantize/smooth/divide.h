#pragma once

#include <vector>

#include "graph/graph.h"
#include "quantize/smooth/site.h"

namespace xquant::quantize {

/// Divides the channels of the site's tensor by the factors, for its readers. Returns the tensor
/// that they read then: the site's own, or a new one. Their weights are not touched.
ValueId divide_channels(const SmoothSite& site, const std::vector<double>& factors, Graph& graph);

}  // namespace xquant::quantize
