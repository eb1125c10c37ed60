#include "quantize/reconstruct/moments.h"

#include <algorithm>

#include "quantize/reconstruct/vector_sums.h"
#include "runtime/gemm/gemm.h"

namespace xquant::quantize {
namespace {

using runtime::gemm::Matrix;

constexpr std::size_t kBlockRows = 256;
constexpr std::size_t kPanel = 128;

/// Subtracts the column means; returns them.
std::vector<double> centre(std::vector<float>& values, std::size_t rows, std::size_t columns) {
  std::vector<double> mean(columns, 0.0);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = values.data() + r * columns;
    for (std::size_t c = 0; c < columns; ++c) mean[c] += static_cast<double>(row[c]);
  }
  for (double& m : mean) m /= static_cast<double>(std::max<std::size_t>(rows, 1));
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = values.data() + r * columns;
    for (std::size_t c = 0; c < columns; ++c) row[c] -= static_cast<float>(mean[c]);
  }
  return mean;
}

/// out[i][j] = sum over rows of a[r][i] b[r][j], for i in [i0, i1) and j >= j0.
struct PanelProduct {
  const std::vector<float>& a;
  std::size_t a_columns;
  const std::vector<float>& b;
  std::size_t b_columns;
  std::size_t rows;

  void run(std::size_t i0, std::size_t i1, std::size_t j0, double* out) const {
    const std::size_t m = i1 - i0, n = b_columns - j0;
    runtime::AlignedBuffer packed(m * kBlockRows * sizeof(float));
    runtime::AlignedBuffer scratch(runtime::gemm::scratch_floats(n, kBlockRows) * sizeof(float));
    std::vector<float> block(m * n);
    for (std::size_t r = 0; r < rows; r += kBlockRows) {
      const std::size_t k = std::min(kBlockRows, rows - r);
      runtime::gemm::pack_rows(Matrix{a.data() + r * a_columns + i0, m, k, 1, a_columns},
                               packed.floats());
      runtime::gemm::multiply(
          {m, n, k, packed.floats(), block.data(), n},
          runtime::gemm::MatrixPanels(Matrix{b.data() + r * b_columns + j0, k, n, b_columns, 1}),
          {scratch.floats(), scratch.size() / sizeof(float)});
      for (std::size_t i = 0; i < m; ++i) {
        double* to = out + (i0 + i) * b_columns + j0;
        const float* from = block.data() + i * n;
        for (std::size_t j = 0; j < n; ++j) to[j] += static_cast<double>(from[j]);
      }
    }
  }
};

std::int64_t panels(std::size_t rows) {
  return static_cast<std::int64_t>((rows + kPanel - 1) / kPanel);
}

void divide(std::vector<double>& values, std::size_t count) {
  for (double& value : values) value /= static_cast<double>(std::max<std::size_t>(count, 1));
}

}  // namespace

double Moments::mean_diagonal() const {
  double sum = 0;
  for (std::size_t k = 0; k < inputs; ++k) sum += xx[k * inputs + k];
  return inputs == 0 ? 0 : sum / static_cast<double>(inputs);
}

Moments moments_of(Rows rows, const ForEach& for_each) {
  Moments m{.count = rows.count, .inputs = rows.inputs, .outputs = rows.outputs};
  const std::size_t k = rows.inputs, o = rows.outputs;
  m.mean_x = centre(rows.x, rows.count, k);
  m.mean_y = centre(rows.y, rows.count, o);
  m.xx.assign(k * k, 0.0);
  m.yx.assign(o * k, 0.0);
  m.yy.assign(o, 0.0);
  const PanelProduct xx{rows.x, k, rows.x, k, rows.count};
  const PanelProduct yx{rows.y, o, rows.x, k, rows.count};
  const std::int64_t x_panels = panels(k);
  for_each(x_panels + panels(o), [&](std::int64_t task) {
    const bool is_x = task < x_panels;
    const auto begin = static_cast<std::size_t>(is_x ? task : task - x_panels) * kPanel;
    if (is_x) {
      xx.run(begin, std::min(begin + kPanel, k), begin, m.xx.data());
    } else {
      yx.run(begin, std::min(begin + kPanel, o), 0, m.yx.data());
    }
  });
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < i; ++j) m.xx[i * k + j] = m.xx[j * k + i];
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t i = 0; i < o; ++i) {
      const auto y = static_cast<double>(rows.y[r * o + i]);
      m.yy[i] += y * y;
    }
  }
  divide(m.xx, rows.count);
  divide(m.yx, rows.count);
  divide(m.yy, rows.count);
  return m;
}

void uncentre(Moments& m) {
  const std::size_t n = m.inputs;
  for (std::size_t i = 0; i < n; ++i) add_scaled(&m.xx[i * n], m.mean_x[i], m.mean_x.data(), n);
  for (std::size_t o = 0; o < m.outputs; ++o) {
    add_scaled(&m.yx[o * n], m.mean_y[o], m.mean_x.data(), n);
    m.yy[o] += m.mean_y[o] * m.mean_y[o];
  }
  m.mean_x.assign(n, 0.0);
  m.mean_y.assign(m.outputs, 0.0);
}

Moments pooled(const Moments& a, const Moments& b) {
  const auto total = static_cast<double>(std::max<std::size_t>(a.count + b.count, 1));
  const double of_a = static_cast<double>(a.count) / total,
               of_b = static_cast<double>(b.count) / total;
  const auto mixed = [&](const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> mean(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) mean[i] = of_a * x[i] + of_b * y[i];
    return mean;
  };
  Moments m{.count = a.count + b.count, .inputs = a.inputs, .outputs = a.outputs};
  m.mean_x = mixed(a.mean_x, b.mean_x);
  m.mean_y = mixed(a.mean_y, b.mean_y);
  m.xx = mixed(a.xx, b.xx);
  m.yx = mixed(a.yx, b.yx);
  m.yy = mixed(a.yy, b.yy);
  // What the means differ by is variance of the whole (Chan et al. 1979).
  std::vector<double> apart_x, apart_y;
  for (std::size_t i = 0; i < m.inputs; ++i) apart_x.push_back(a.mean_x[i] - b.mean_x[i]);
  for (std::size_t o = 0; o < m.outputs; ++o) apart_y.push_back(a.mean_y[o] - b.mean_y[o]);
  const double share = of_a * of_b;
  for (std::size_t i = 0; i < m.inputs; ++i)
    add_scaled(&m.xx[i * m.inputs], share * apart_x[i], apart_x.data(), m.inputs);
  for (std::size_t o = 0; o < m.outputs; ++o) {
    add_scaled(&m.yx[o * m.inputs], share * apart_y[o], apart_x.data(), m.inputs);
    m.yy[o] += share * apart_y[o] * apart_y[o];
  }
  return m;
}

void squared_errors(const Moments& m, std::size_t first, const double* w,
                    std::span<const double> bias, std::span<double> errors) {
  const std::size_t k = m.inputs, count = bias.size();
  std::vector<const double*> rows(count);
  for (std::size_t r = 0; r < count; ++r) rows[r] = w + r * k;
  std::vector<double> quadratic(count, 0.0), products(count);
  for (std::size_t i = 0; i < k; ++i) {
    dots(rows, m.xx.data() + i * k, k, products.data());
    for (std::size_t r = 0; r < count; ++r) quadratic[r] += rows[r][i] * products[r];
  }
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t o = first + r;
    const double shift = dot(rows[r], m.mean_x.data(), k) + bias[r] - m.mean_y[o];
    const double error =
        quadratic[r] - 2 * dot(rows[r], m.yx.data() + o * k, k) + m.yy[o] + shift * shift;
    errors[r] = std::max(error, 0.0);
  }
}

}  // namespace xquant::quantize
