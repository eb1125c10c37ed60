#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quantize/outputs/class_rows.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/parts.h"
#include "quantize/subject.h"
#include "runtime/tensor_view.h"

namespace xquant::quantize {

/// How far a model's outputs are from the float model's, as noise beside signal.
///
/// - Every part of every float output counts alike, whatever its magnitude: boxes and scores, or
///   two outputs. The noise of a part is its sum of squared errors.
/// - A Softmax at the end is judged by the divergence of its distributions beside the information
///   that the float ones hold: squared errors of probabilities would let the few samples decide
///   that the model is least certain of.
/// - A part of a sample counts noise / (signal + noise): near noise / signal while it is good, and
///   never more than 1 when it is lost, so that neither what is lost anyway nor a single sample
///   outside the usual range decides over the rest. A sample with less signal than usual (a picture
///   without objects), less than the upper quartile, counts as if it had that.
class OutputLoss {
 public:
  /// The float outputs must outlive this.
  OutputLoss(const Subject& subject, const FloatOutputs& exact);

  /// Of each part in one sample.
  using Noise = std::vector<double>;
  /// results: one for each of the float outputs' values.
  Noise noise(std::size_t sample, std::span<const runtime::TensorView> results) const;

  /// The mean over all parts, over every step-th sample from first on. by_sample: the noise of
  /// every sample; others may be empty.
  double total(const std::vector<Noise>& by_sample, std::size_t first, std::size_t step) const;

  /// One random direction of the loss: seeds d, one array for each of the values, such that
  /// the mean of (d . e)^2 over keys is what a small error e of this sample's outputs adds to the
  /// mean loss of one sample (A times random signs, where A A' is the curvature of the loss at the
  /// float outputs; for a Softmax Fisher's information). Signs are a hash of key, output and
  /// element.
  std::vector<std::vector<float>> direction(std::size_t sample, std::uint64_t key) const;

 private:
  struct Output {
    std::size_t first = 0;  ///< of its parts among all
    Parts parts{};
    std::optional<ClassRows> classes{};
    std::vector<std::vector<float>> log_p{};  ///< by sample, with classes
  };
  void add_signal(Output& output, std::span<const float> exact, Noise& signal) const;

  /// The upper quartile over all samples.
  double usual_signal(std::size_t part) const;

  const FloatOutputs& exact_;
  std::vector<Output> outputs_;
  std::size_t parts_ = 0;
  std::vector<Noise> signal_;  ///< by sample
};

}  // namespace xquant::quantize
