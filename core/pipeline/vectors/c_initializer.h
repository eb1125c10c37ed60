#pragma once

#include <string>

#include "integer/kernels/replay.h"

namespace xquant::pipeline {

/// Where the data of a step lies in vectors.bin; kNone: there is none.
struct StepOffsets {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t x = kNone, second = kNone, y = kNone, y_bytes = 0;
  std::size_t multipliers = kNone, bias = kNone, second_zero_points = kNone;
  std::size_t gamma = kNone, beta = kNone, stage_constants = kNone;
  std::size_t table = kNone, table_count = 0;
};

/// The initializer of an xqv_step in C; fields that its kind does not use are left out.
std::string c_initializer(const std::string& node, const integer::kernels::ReplayStep& step,
                          const StepOffsets& offsets);

/// Text as the inside of a C or JSON string.
std::string escaped(const std::string& text);

}  // namespace xquant::pipeline
