#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "quantize/smooth/site.h"

namespace xquant::quantize {

/// What some samples showed of a tensor [rows][channels].
struct ChannelRows {
  std::vector<float> low, high;  ///< of each channel, over all rows
  std::vector<float> rows;       ///< some of them, one after another
};

/// Chooses by how much the channels of one tensor are divided, and measures what that brings.
class ChannelFactors {
 public:
  /// Ranges come from fit, products of both are compared. All must outlive this.
  ChannelFactors(const Graph& graph, const SmoothSite& site, const ChannelRows& fit,
                 const ChannelRows& held);

  /// a^e / w^(1-e) for the largest activation a and weight w of each channel relative to the
  /// tensor's (w: relative to what has the same scale), e = eighths / 8; without eighths the same
  /// for all channels. Where a weight's scale has to be a power of two, all together are such that
  /// the weights make the most of it: the tensor's own scale can be any number.
  std::vector<double> factors(std::optional<int> eighths) const;

  /// Noise relative to signal of the products with the tensor and the weights rounded, summed over
  /// the readers: of the rows of fit, and of held.
  struct Noise {
    double fit = 0, held = 0;
  };
  Noise noise(const std::vector<double>& factors) const;

  /// The reader's weight with every row multiplied by the factor of its channel.
  Tensor scaled_weight(const SmoothReader& reader, const std::vector<double>& factors) const;

 private:
  std::vector<double> shaped(int eighths) const;
  Tensor rounded_weight(const SmoothReader& reader, const std::vector<double>& factors) const;
  double weight_noise(const std::vector<double>& factors) const;
  std::vector<float> rounded(const std::vector<float>& rows,
                             const std::vector<double>& factors) const;

  const Graph& graph_;
  const SmoothSite& site_;
  const ChannelRows& fit_;
  const ChannelRows& held_;
  /// By reader: what some columns of the float weights make of the rows.
  std::vector<std::vector<double>> exact_fit_, exact_held_;
  std::vector<double> mean_square_;  ///< of every channel in the rows of fit
};

}  // namespace xquant::quantize
