#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace xquant::runtime::pool {

/// One row of windows of a MaxPool.
struct WindowRow {
  std::size_t in;      ///< elements of an input row
  std::size_t before;  ///< padding before them, less than the kernel
  std::size_t kernel;
  std::size_t step;  ///< 1 or 2
  std::size_t out;   ///< windows, each of which meets the input
};

/// The largest of each column of the rows first, which neighbours share, and then of the windows.
/// That gives the bits of max_row() where no element has a sign: there are no two zeros.
class NonnegativeMax {
 public:
  explicit NonnegativeMax(const WindowRow& row);
  /// Whether there is room for such rows.
  static bool takes(const WindowRow& row);
  /// false: an element is negative, -0 or NaN, and y is not what it should be.
  bool run(const float* const* rows, std::size_t count, float* y);

 private:
  static constexpr std::size_t kWidest = 1024;  ///< columns with their padding
  static constexpr std::size_t kSlack = 64;     ///< that the last vectors read

  WindowRow row_;
  std::array<std::int32_t, kWidest + kSlack> columns_;
};

}  // namespace xquant::runtime::pool
