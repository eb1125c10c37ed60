#include "report/number.h"

#include <cmath>
#include <cstdio>

namespace xquant::report {

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[400];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  const std::string result(text, static_cast<std::size_t>(length));
  // "-0.0000" reads as a sign that is not there.
  const bool zero = result.find_first_not_of("-0.") == std::string::npos;
  return zero && result[0] == '-' ? result.substr(1) : result;
}

}  // namespace xquant::report
