#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace xquant::data {

/// The error of an image file: why stands behind a colon, fix is a sentence.
Error cannot_decode(const std::string& file, const std::string& why,
                    const std::string& fix = "Replace or remove it.");

/// Refuses what has no pixels, or more than memory should be spent on: a file of some kilobytes
/// can claim any size.
void check_size(std::int64_t width, std::int64_t height, const std::string& file);

}  // namespace xquant::data
