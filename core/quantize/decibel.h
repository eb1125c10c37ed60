#pragma once

namespace xquant::quantize {

/// 10 log10(signal / noise); +-infinity when one of them is 0. Without libm: the same digits
/// everywhere.
double decibel(double signal, double noise);

}  // namespace xquant::quantize
