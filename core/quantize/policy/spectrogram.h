#pragma once

#include <vector>

#include "graph/graph.h"

namespace xquant::quantize {

/// The operators of spectrograms that the model computes from its inputs: squares or magnitudes of
/// linear functions of an input (a Fourier or constant-Q transform written as Conv, MatMul, STFT or
/// DFT), sums of those (mel bands), up to a Log. Audio spans 60 dB and more, and the logarithm
/// makes the quiet bands count as much as the loud ones.
std::vector<NodeId> spectrogram_nodes(const Graph& graph);

}  // namespace xquant::quantize
