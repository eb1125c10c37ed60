#pragma once

#include <string_view>

namespace xquant::pipeline {

/// replay.c, and the beginning of vectors.h up to the table of steps.
std::string_view replay_program();
std::string_view vector_header();

}  // namespace xquant::pipeline
