#include "integer/headroom.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "integer/fused.h"
#include "integer/linear.h"

namespace xquant::integer {
namespace {

/// Where the weights of one output channel lie: `rows` runs of `length` elements.
struct ChannelWeights {
  std::size_t start, rows, row_stride, length;
};

struct HeadroomLayout {
  std::size_t channels;
  ChannelWeights first;  ///< of channel 0
  std::size_t channel_stride;
  std::size_t group_channels, group_stride;  ///< ConvTranspose: channels of a group share its rows

  ChannelWeights of(std::size_t channel) const {
    ChannelWeights weights = first;
    weights.start =
        channel / group_channels * group_stride + channel % group_channels * channel_stride;
    return weights;
  }
};

HeadroomLayout headroom_layout_of(const Node& node, const Shape& shape) {
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const auto elements = size(element_count(shape));
  if (node.op_type == "ConvTranspose") {
    const std::size_t groups = size(node.int_or("group", 1)), rows = size(shape[0]) / groups;
    const std::size_t kernel = elements / size(shape[0] * shape[1]);
    const std::size_t row = size(shape[1]) * kernel;
    return {size(shape[1]) * groups, {0, rows, row, kernel}, kernel, size(shape[1]), rows * row};
  }
  if (node.op_type == "Conv" || node.int_or("transB", 0) != 0) {
    const std::size_t depth = elements / size(shape[0]);
    return {size(shape[0]), {0, 1, 0, depth}, depth, size(shape[0]), 0};
  }
  return {size(shape[1]), {0, size(shape[0]), size(shape[1]), 1}, 1, size(shape[1]), 0};
}

/// Of a node of kDomain: what int8/xq_wide.h computes.
bool has_sixteen_bits(const Graph& graph, const Node& node) {
  const auto zero_points = {node.input(2), node.input(5), node.inputs.back()};
  return std::ranges::any_of(zero_points, [&](ValueId zero) {
    return zero != ValueId::kNone && byte_size(graph.constant(zero)->type(), 1) == 2;
  });
}

std::int32_t zero_point(const Tensor& zeros, std::size_t channel) {
  return code_at(zeros, zeros.size() == 1 ? 0 : channel);
}

}  // namespace

std::size_t Headroom::worst_channel() const {
  std::size_t worst = 0;
  std::int64_t most = -1;
  for (std::size_t c = 0; c < lowest.size(); ++c) {
    const std::int64_t reach = std::max(-lowest[c], highest[c]);
    if (reach > most) most = reach, worst = c;
  }
  return worst;
}

std::int64_t Headroom::worst() const {
  if (lowest.empty()) return 0;
  const std::size_t channel = worst_channel();
  return std::max(-lowest[channel], highest[channel]);
}

bool Headroom::fits_int32() const {
  using Limits = std::numeric_limits<std::int32_t>;
  for (std::size_t c = 0; c < lowest.size(); ++c) {
    if (lowest[c] < Limits::min() || highest[c] > Limits::max()) return false;
  }
  return true;
}

double Headroom::spare_bits() const {
  return 31.0 - std::log2(static_cast<double>(std::max<std::int64_t>(1, worst())));
}

std::optional<Headroom> headroom(const Graph& graph, const Node& node) {
  if (node.domain != kDomain || (node.op_type != "Conv" && node.op_type != "ConvTranspose" &&
                                 node.op_type != "Gemm" && node.op_type != "MatMul")) {
    return {};
  }
  const Tensor& weights = *graph.constant(node.input(3));
  const Tensor& weight_zeros = *graph.constant(node.input(5));
  const Tensor& x_zero = *graph.constant(node.input(2));
  const std::int64_t from = lowest(x_zero.type()) - code_at(x_zero, 0);
  const std::int64_t to = highest(x_zero.type()) - code_at(x_zero, 0);
  const Tensor* bias = node.input(6) == ValueId::kNone ? nullptr : graph.constant(node.input(6));
  const HeadroomLayout layout = headroom_layout_of(node, weights.shape());
  Headroom result{.is_wide = has_sixteen_bits(graph, node),
                  .depth = layout.first.rows * layout.first.length};
  for (std::size_t c = 0; c < layout.channels; ++c) {
    const ChannelWeights channel = layout.of(c);
    std::int64_t low = 0, high = 0, sum = 0;
    for (std::size_t k = 0; k < result.depth; ++k) {
      const std::size_t at =
          channel.start + k / channel.length * channel.row_stride + k % channel.length;
      const std::int64_t w = code_at(weights, at) - zero_point(weight_zeros, c);
      low += w * (w > 0 ? from : to);
      high += w * (w > 0 ? to : from);
      sum += std::abs(w);
    }
    const std::int64_t added = bias == nullptr  ? 0
                               : result.is_wide ? bias->data<std::int64_t>()[c]
                                                : bias->data<std::int32_t>()[c];
    result.lowest.push_back(low + added);
    result.highest.push_back(high + added);
    result.weight_sum.push_back(sum);
  }
  return result;
}

Headroom ProductOfData::over(std::size_t depth) const {
  const auto count = static_cast<std::int64_t>(depth);
  return {
      .is_wide = is_wide, .depth = depth, .lowest = {count * lowest}, .highest = {count * highest}};
}

std::optional<ProductOfData> product_of_data(const Graph& graph, const Node& node) {
  if (node.domain != kDomain || node.op_type != "MatMulOfData") return {};
  const Tensor& a = *graph.constant(node.input(2));
  const Tensor& b = *graph.constant(node.input(5));
  ProductOfData product{.is_wide = has_sixteen_bits(graph, node),
                        .deepest = deepest_sum({.type = b.type(), .zero_points = {code_at(b, 0)}})};
  for (const std::int64_t left : {lowest(a.type()), highest(a.type())}) {
    for (const std::int64_t right : {lowest(b.type()), highest(b.type())}) {
      const std::int64_t corner = (left - code_at(a, 0)) * (right - code_at(b, 0));
      product.lowest = std::min(product.lowest, corner);
      product.highest = std::max(product.highest, corner);
    }
  }
  const Tensor* constant = graph.constant(node.input(0));
  if (constant != nullptr && !constant->shape().empty())
    product.constant_depth = static_cast<std::size_t>(constant->shape().back());
  return product;
}

}  // namespace xquant::integer
