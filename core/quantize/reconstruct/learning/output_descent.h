#pragma once

#include <span>
#include <vector>

#include "quantize/reconstruct/learning/column_rows.h"
#include "quantize/reconstruct/moments.h"

namespace xquant::quantize {

/// Coordinate descent on the integers and the bias of one output: the squared errors of its problem
/// plus a ridge times the squared change of the weights. Ridges are shares of the mean second
/// moment of the inputs. Every call of run() starts from the output as it is.
class OutputDescent {
 public:
  /// Both must outlive this.
  OutputDescent(const OutputProblem& problem, const IntegerOutput& start);

  /// On the rows themselves.
  IntegerOutput run(int sweeps, double ridge, bool has_bias) const;
  /// On their second moments, which other outputs share: of problems in which every row counts.
  /// The bias is the best one for any integers; moments are centred exactly if there is a bias.
  IntegerOutput run(const Moments& moments, int sweeps, double ridge, bool has_bias) const;

 private:
  const OutputProblem& problem_;
  const IntegerOutput& start_;
  std::vector<double> curvatures_;  ///< by input: the sum of its squares
  double mean_curvature_ = 0;
};

}  // namespace xquant::quantize
