#include "quantize/reconstruct/wide_rows.h"

#include <algorithm>

#include "runtime/gemm/gemm.h"

namespace xquant::quantize {

using runtime::gemm::Matrix;

std::vector<Block> blocks_of(std::size_t inputs, std::size_t rows) {
  const std::size_t widest = std::clamp<std::size_t>(4 * rows, 256, kWidestMatrix);
  const std::size_t count = (inputs + widest - 1) / widest;
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back({i * inputs / count, (i + 1) * inputs / count});
  }
  return blocks;
}

void subtract_product(const Rows& rows, const Block& block, const WeightRows& weights,
                      Results& results, const ForEach& for_each) {
  constexpr std::size_t kRows = 64;
  const std::size_t outputs = weights.outputs, k = block.size();
  const std::vector<float> w(weights.values.begin(), weights.values.end());
  const runtime::gemm::PackedColumns packed(Matrix{w.data(), k, outputs, 1, k});
  for_each(static_cast<std::int64_t>((rows.count + kRows - 1) / kRows), [&](std::int64_t task) {
    const std::size_t first = static_cast<std::size_t>(task) * kRows;
    const std::size_t m = std::min(kRows, rows.count - first);
    runtime::AlignedBuffer a(m * k * sizeof(float));
    runtime::AlignedBuffer scratch(runtime::gemm::tile_scratch_floats() * sizeof(float));
    std::vector<float> product(m * outputs);
    const float* const x = rows.x.data() + first * rows.inputs + block.begin;
    runtime::gemm::pack_rows(Matrix{x, m, k, rows.inputs, 1}, a.floats());
    runtime::gemm::multiply({m, outputs, k, a.floats(), product.data(), outputs}, packed,
                            {scratch.floats(), scratch.size() / sizeof(float)});
    float* const to = results.data() + first * outputs;
    for (std::size_t i = 0; i < product.size(); ++i) to[i] -= product[i];
  });
}

Results picked(const Rows& rows, const std::vector<std::size_t>& outputs) {
  Results results;
  results.reserve(rows.count * outputs.size());
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (const std::size_t o : outputs) results.push_back(rows.y[r * rows.outputs + o]);
  }
  return results;
}

void move_rows(Rows& from, std::size_t count, Rows& to) {
  const auto move = [count](std::vector<float>& source, std::size_t width,
                            std::vector<float>& target) {
    const auto end = source.begin() + static_cast<std::ptrdiff_t>(count * width);
    target.insert(target.end(), source.begin(), end);
    source.erase(source.begin(), end);
  };
  move(from.x, from.inputs, to.x);
  move(from.y, from.outputs, to.y);
  from.count -= count;
  to.count += count;
}

Columns columns_of(const std::vector<float>& values, std::size_t count) {
  Columns columns{std::vector<double>(count, 0.0), std::vector<double>(count, 0.0)};
  const auto rows = static_cast<double>(std::max<std::size_t>(values.size() / count, 1));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    columns.mean[i % count] += value;
    columns.variance[i % count] += value * value;
  }
  for (std::size_t c = 0; c < count; ++c) {
    columns.mean[c] /= rows;
    columns.variance[c] =
        std::max(columns.variance[c] / rows - columns.mean[c] * columns.mean[c], 0.0);
  }
  return columns;
}

}  // namespace xquant::quantize
