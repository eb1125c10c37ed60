#pragma once

#include <vector>

#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/parallel.h"
#include "quantize/reconstruct/stream.h"

namespace xquant::quantize {

/// What a layer is fitted on.
struct LayerRows {
  std::vector<Rows> fit;   ///< by group
  std::vector<Rows> held;  ///< by group
};

/// Rows of every group of every second sample, from `first` on: what the layer reads in the
/// quantized stream, and what it writes in the float model. by_sample: how to go through them.
std::vector<Rows> gather_rows(const Layer& layer, const QuantizedStream& stream,
                              const FloatReference& reference, std::size_t first,
                              const ForEach& by_sample);

}  // namespace xquant::quantize
