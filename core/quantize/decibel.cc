#include "quantize/decibel.h"

#include <limits>

#include "runtime/math/math.h"

namespace xquant::quantize {

double decibel(double signal, double noise) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (noise == 0) return kInfinity;
  if (signal == 0) return -kInfinity;
  constexpr double kTenOverLn10 = 4.3429448190325183;
  const auto ratio = static_cast<float>(signal / noise);
  float logarithm = 0;
  runtime::math::log(&ratio, &logarithm, 1);
  return kTenOverLn10 * static_cast<double>(logarithm);
}

}  // namespace xquant::quantize
