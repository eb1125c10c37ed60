#pragma once

#include <string>

namespace xquant::report {

/// Fixed notation with `digits` decimals, the same on every platform: "0.0123"; "inf", "-inf",
/// "nan".
std::string fixed(double value, int digits);

}  // namespace xquant::report
