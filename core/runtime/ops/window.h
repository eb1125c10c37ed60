#pragma once

#include <string>
#include <vector>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// The sliding window of one run of a convolution or pooling, seen in three spatial dimensions:
/// missing leading ones have size 1, so that one loop nest serves 1-D, 2-D and 3-D.
struct Window {
  static constexpr std::size_t kDimensions = 3;
  using Three = std::array<std::int64_t, kDimensions>;
  Three in{1, 1, 1}, out{1, 1, 1};
  Three kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1};
  Three pad_begin{0, 0, 0}, pad_end{0, 0, 0};

  std::int64_t in_size() const { return in[0] * in[1] * in[2]; }
  std::int64_t out_size() const { return out[0] * out[1] * out[2]; }
  std::int64_t kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
};

enum class Rounding { kFloor, kCeil };

/// The attributes kernel_shape, strides, dilations, pads, auto_pad and ceil_mode.
class WindowAttributes {
 public:
  explicit WindowAttributes(const Node& node);

  /// The window over an input [N, C, spatial...]; kernel gives the kernel's spatial dimensions
  /// where the attribute is absent. Refuses what does not fit.
  Window at(std::span<const std::int64_t> input_shape, std::span<const std::int64_t> kernel) const;
  /// The window without input, output and padding, for decisions that depend on none of them.
  Window without_input(std::span<const std::int64_t> kernel) const;
  std::span<const std::int64_t> kernel() const { return kernel_; }

 private:
  void set_steps(Window& window, std::size_t d, std::size_t attribute,
                 std::span<const std::int64_t> kernel) const;
  void set_pads(Window& window, std::size_t d, std::size_t attribute, std::size_t rank) const;

  std::vector<std::int64_t> kernel_, strides_, dilations_, pads_;
  std::string auto_pad_;
  Rounding rounding_;
};

/// Refuses the kernel, stride, dilation or padding of a window so large that sums and products of
/// them may not be counted any more; returns others as they are.
std::int64_t countable(std::int64_t size);
/// The same for one of pads, which has to be 0 or more.
std::int64_t padding(std::int64_t size);

/// [N, channels, spatial dimensions of the window's result] with the rank of the input.
Shape window_result(std::span<const std::int64_t> input_shape, std::int64_t channels,
                    const Window& window);

}  // namespace xquant::runtime::ops
