#pragma once

#include <vector>

#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/parallel.h"
#include "quantize/reconstruct/stream.h"

namespace xquant::quantize {

/// What a layer is fitted on, by group (sample_parts.h).
struct LayerRows {
  std::vector<Rows> fit;   ///< of the samples that it learns from at once
  std::vector<Rows> held;  ///< of those that judge
  std::size_t later = 0;   ///< rows at the front of held that the way chosen learns from
};

/// Rows of every group of some samples: what the layer reads in the quantized stream, and what it
/// writes in the float model. by_sample: how to go through them.
std::vector<Rows> gather_rows(const Layer& layer, const QuantizedStream& stream,
                              const FloatReference& reference,
                              const std::vector<std::size_t>& samples, const ForEach& by_sample);

}  // namespace xquant::quantize
