#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quantize/reconstruct/parallel.h"

namespace xquant::quantize {

/// Rows of samples for one group of a linear operator, row-major.
struct Rows {
  std::size_t count = 0;
  std::size_t inputs = 0;   ///< K
  std::size_t outputs = 0;  ///< O
  std::vector<float> x{};   ///< [count][K]: what the operator reads in the quantized model
  std::vector<float> y{};   ///< [count][O]: what it shall write: its result in the float model
};

/// Means and centred second moments of rows. Everything that the second-order model needs of the
/// data; sums divided by the number of rows.
struct Moments {
  std::size_t count = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<double> mean_x{};  ///< [K]
  std::vector<double> mean_y{};  ///< [O]
  std::vector<double> xx{};      ///< [K][K], symmetric
  std::vector<double> yx{};      ///< [O][K]
  std::vector<double> yy{};      ///< [O]: variances

  double mean_diagonal() const;
};

/// Centres the rows in place and sums their products: in float over 256 rows, in double over those
/// blocks, each in the order of rows.
Moments moments_of(Rows rows, const ForEach& for_each);

/// Of the rows of both together; both centred, or both around zero.
Moments pooled(const Moments& a, const Moments& b);

/// Second moments around zero instead of the means, for operators that have no place for a bias.
void uncentre(Moments& moments);

/// For the outputs from `first` on, as many as there are biases: the mean over rows of
/// (w x + bias - y)^2, w [outputs][K]. Reads the moments once for several outputs.
void squared_errors(const Moments& moments, std::size_t first, const double* w,
                    std::span<const double> bias, std::span<double> errors);

}  // namespace xquant::quantize
