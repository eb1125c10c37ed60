#pragma once

#include <cstddef>
#include <cstdint>

namespace xquant::runtime::conv {

inline constexpr std::size_t kY = 1, kX = 2;  ///< dimensions of an ops::Window

inline std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }
inline std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace xquant::runtime::conv
