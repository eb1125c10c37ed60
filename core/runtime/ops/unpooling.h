#pragma once

#include <span>
#include <vector>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// Where a MaxUnpool puts its elements. Indices count in the tensor that the kernel gives; a larger
/// output_shape pads its ends.
class Unpooling {
 public:
  explicit Unpooling(const Node& node)
      : kernel_(node.ints_or("kernel_shape", {})),
        strides_(node.ints_or("strides", std::vector<std::int64_t>(kernel_.size(), 1))),
        pads_(node.ints_or("pads", std::vector<std::int64_t>(2 * kernel_.size(), 0))) {
    if (strides_.size() != kernel_.size() || pads_.size() != 2 * kernel_.size())
      refuse("kernel_shape, strides and pads do not fit.");
  }

  /// What the kernel gives for an operand of shape x.
  Dims inferred(std::span<const std::int64_t> x) const {
    if (x.size() != kernel_.size() + 2) refuse("kernel_shape does not fit the input.");
    Dims result(x);
    for (std::size_t i = 0; i < kernel_.size(); ++i)
      result[i + 2] =
          (x[i + 2] - 1) * strides_[i] + kernel_[i] - pads_[i] - pads_[i + kernel_.size()];
    return result;
  }

  /// The result's shape; wanted: output_shape, empty where there is none.
  Shape result(std::span<const std::int64_t> x, std::span<const std::int64_t> wanted) const {
    const Dims least = inferred(x);
    if (wanted.empty())
      return {least.values.begin(), least.values.begin() + static_cast<std::ptrdiff_t>(least.rank)};
    for (std::size_t d = 0; d < least.rank; ++d) {
      if (wanted.size() != least.rank || wanted[d] < least[d])
        refuse("output_shape is smaller than what the kernel needs.");
    }
    return {wanted.begin(), wanted.end()};
  }

  /// visit(i, offset in the result) for every element i of x.
  template <typename Visit>
  void for_each_element(std::span<const std::int64_t> x, std::span<const std::int64_t> result,
                        const std::int64_t* indices, Visit&& visit) const {
    const Dims counted = inferred(x), from = strides_of(counted), to = strides_of(Dims(result));
    for (std::int64_t i = 0; i < Dims(x).size(); ++i) {
      std::int64_t rest = indices[i], at = 0;
      if (rest < 0 || rest >= counted.size()) refuse("An index is outside the result.");
      for (std::size_t d = 0; d < counted.rank; ++d) {
        at += rest / from[d] * to[d];
        rest %= from[d];
      }
      visit(i, at);
    }
  }

 private:
  std::vector<std::int64_t> kernel_, strides_, pads_;
};

}  // namespace xquant::runtime::ops
