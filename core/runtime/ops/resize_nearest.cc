#include "runtime/ops/resize_nearest.h"

#include <algorithm>
#include <cmath>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/resize_position.h"
#include "runtime/rows.h"

namespace xquant::runtime::ops {
namespace {

constexpr std::int64_t kOutside = -1;

std::int64_t nearest_index(NearestMode mode, double position, double scale) {
  double index = 0;
  switch (mode) {
    case NearestMode::kRoundPreferFloor:
      index = std::ceil(position - 0.5);
      break;
    case NearestMode::kRoundPreferCeil:
      index = std::floor(position + 0.5);
      break;
    case NearestMode::kFloor:
      index = std::floor(position);
      break;
    case NearestMode::kCeil:
      index = std::ceil(position);
      break;
    case NearestMode::kSimple:
      index = scale < 1 ? std::ceil(position) : std::floor(position);
      break;
  }
  return static_cast<std::int64_t>(index);
}

/// The source of each output element, or kOutside.
void fill_sources(const ResizeRules& rules, const ResizeAxis& axis, std::int64_t* sources) {
  for (std::int64_t i = 0; i < axis.out; ++i) {
    // Nearest jumps where a position lies halfway, which everybody decides in float.
    const auto position = static_cast<double>(source_position<float>(rules, axis, i));
    const std::int64_t index = nearest_index(rules.nearest, position, axis.scale);
    sources[i] = is_outside(rules, axis, position)
                     ? kOutside
                     : std::clamp<std::int64_t>(index, 0, axis.in - 1);
  }
}

bool doubles(const ResizeAxis& axis, const std::int64_t* sources) {
  if (axis.out != 2 * axis.in) return false;
  for (std::int64_t i = 0; i < axis.out; ++i) {
    if (sources[i] != i / 2) return false;
  }
  return true;
}

template <typename T>
T constant(float value, DataType type) {
  T bits{};
  if (type == DataType::kFloat) {
    std::copy_n(reinterpret_cast<const char*>(&value), std::min(sizeof value, sizeof bits),
                reinterpret_cast<char*>(&bits));
  } else if (type == DataType::kDouble) {
    const auto wide = static_cast<double>(value);
    std::copy_n(reinterpret_cast<const char*>(&wide), std::min(sizeof wide, sizeof bits),
                reinterpret_cast<char*>(&bits));
  }
  return bits;
}

template <typename T>
void pick(const ResizeAxis& axis, const std::int64_t* sources, const NearestJob& job, T outside) {
  const T* from = static_cast<const T*>(job.from);
  T* to = static_cast<T*>(job.to);
  if (job.inner == 1 && doubles(axis, sources)) {
    return double_row(from, to, static_cast<std::size_t>(job.outer * axis.in));
  }
  const std::size_t row_bytes = static_cast<std::size_t>(job.inner) * sizeof(T);
  for (std::int64_t o = 0; o < job.outer; ++o, from += axis.in * job.inner) {
    if (job.inner == 1) {
      for (std::int64_t i = 0; i < axis.out; ++i)
        to[i] = sources[i] == kOutside ? outside : from[sources[i]];
      to += axis.out;
      continue;
    }
    for (std::int64_t i = 0; i < axis.out; ++i, to += job.inner) {
      if (sources[i] == kOutside) {
        std::fill_n(to, job.inner, outside);
      } else {
        copy_row(from + sources[i] * job.inner, to, row_bytes);
      }
    }
  }
}

}  // namespace

std::size_t nearest_table_bytes(const ResizeAxis& axis) {
  return align_up(static_cast<std::size_t>(axis.out) * sizeof(std::int64_t));
}

void resize_nearest(const ResizeRules& rules, const ResizeAxis& axis, DataType type,
                    const NearestJob& job, std::byte* sources) {
  auto* const table = reinterpret_cast<std::int64_t*>(sources);
  fill_sources(rules, axis, table);
  with_width(type, [&]<typename T>(T) {
    pick<T>(axis, table, job, constant<T>(rules.extrapolation, type));
  });
}

}  // namespace xquant::runtime::ops
