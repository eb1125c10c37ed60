#include "runtime/ops/window.h"

#include <algorithm>

namespace xquant::runtime::ops {
namespace {

std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i, std::int64_t fallback) {
  return i < list.size() ? list[i] : fallback;
}

/// The extent of a dilated kernel.
std::int64_t reach(const Window& w, std::size_t d) { return (w.kernel[d] - 1) * w.dilation[d] + 1; }

std::int64_t count_positions(const Window& w, std::size_t d, Rounding rounding) {
  const std::int64_t room = w.in[d] + w.pad_begin[d] + w.pad_end[d] - reach(w, d);
  if (room < 0) refuse("The kernel is larger than the padded input.");
  if (rounding == Rounding::kFloor) return room / w.stride[d] + 1;
  std::int64_t positions = (room + w.stride[d] - 1) / w.stride[d] + 1;
  // A window that starts in the padding at the end does not count.
  if ((positions - 1) * w.stride[d] >= w.in[d] + w.pad_begin[d]) --positions;
  return positions;
}

}  // namespace

std::int64_t countable(std::int64_t size) {
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  if (size < -kMost || size > kMost)
    refuse("A window of size " + std::to_string(size) + " is not supported.");
  return size;
}

std::int64_t padding(std::int64_t size) {
  if (size < 0) refuse("Negative pads are not supported.");
  return countable(size);
}

WindowAttributes::WindowAttributes(const Node& node)
    : kernel_(node.ints_or("kernel_shape", {})),
      strides_(node.ints_or("strides", {})),
      dilations_(node.ints_or("dilations", {})),
      pads_(node.ints_or("pads", {})),
      auto_pad_(node.string_or("auto_pad", "NOTSET")),
      rounding_(node.int_or("ceil_mode", 0) != 0 ? Rounding::kCeil : Rounding::kFloor) {}

void WindowAttributes::set_pads(Window& w, std::size_t d, std::size_t attribute,
                                std::size_t rank) const {
  if (auto_pad_ == "SAME_UPPER" || auto_pad_ == "SAME_LOWER") {
    const std::int64_t positions = (w.in[d] + w.stride[d] - 1) / w.stride[d];
    const std::int64_t total =
        std::max<std::int64_t>(0, (positions - 1) * w.stride[d] + reach(w, d) - w.in[d]);
    w.pad_begin[d] = auto_pad_ == "SAME_UPPER" ? total / 2 : total - total / 2;
    w.pad_end[d] = total - w.pad_begin[d];
  } else if (auto_pad_ == "NOTSET" || auto_pad_.empty()) {
    w.pad_begin[d] = padding(entry(pads_, attribute, 0));
    w.pad_end[d] = padding(entry(pads_, attribute + rank, 0));
  } else if (auto_pad_ != "VALID") {
    refuse("auto_pad '" + auto_pad_ + "' is not known.");
  }
}

void WindowAttributes::set_steps(Window& w, std::size_t d, std::size_t attribute,
                                 std::span<const std::int64_t> kernel) const {
  w.kernel[d] = countable(kernel[attribute]);
  w.stride[d] = countable(entry(strides_, attribute, 1));
  w.dilation[d] = countable(entry(dilations_, attribute, 1));
  if (w.kernel[d] < 1 || w.stride[d] < 1 || w.dilation[d] < 1)
    refuse("A window needs positive sizes.");
}

Window WindowAttributes::without_input(std::span<const std::int64_t> kernel) const {
  if (!kernel_.empty()) kernel = kernel_;
  if (kernel.size() > Window::kDimensions) refuse("A window has at most 3 dimensions.");
  Window w;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    set_steps(w, Window::kDimensions - kernel.size() + i, i, kernel);
  }
  return w;
}

Window WindowAttributes::at(std::span<const std::int64_t> input_shape,
                            std::span<const std::int64_t> kernel) const {
  if (input_shape.size() < 3 || input_shape.size() > 2 + Window::kDimensions) {
    refuse("Inputs with 1 to 3 spatial dimensions are supported.");
  }
  const std::size_t rank = input_shape.size() - 2;
  if (!kernel_.empty() && !kernel.empty() && !std::ranges::equal(kernel, kernel_)) {
    refuse("kernel_shape does not fit the weights.");
  }
  if (!kernel_.empty()) kernel = kernel_;
  if (kernel.size() != rank) refuse("kernel_shape does not fit the input's spatial dimensions.");
  Window w;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t d = Window::kDimensions - rank + i;
    w.in[d] = input_shape[2 + i];
    set_steps(w, d, i, kernel);
    set_pads(w, d, i, rank);
    w.out[d] = count_positions(w, d, auto_pad_ == "NOTSET" ? rounding_ : Rounding::kFloor);
  }
  return w;
}

Shape window_result(std::span<const std::int64_t> input_shape, std::int64_t channels,
                    const Window& window) {
  Shape shape{input_shape[0], channels};
  const std::size_t rank = input_shape.size() - 2;
  for (std::size_t i = 0; i < rank; ++i)
    shape.push_back(window.out[Window::kDimensions - rank + i]);
  return shape;
}

}  // namespace xquant::runtime::ops
