#pragma once

#include <span>

#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {

/// The weights that come nearest to the float results on the quantized inputs, held near the
/// given ones: argmin over V of E |V x - y|^2 + ridge |V - W|^2 on centred rows, that is
/// V = W + (E y x^T - W E x x^T) (E x x^T + ridge I)^-1. order: the factor of that matrix.
WeightRows compensate(const Moments& moments, const WeightRows& weights, const RoundingOrder& order,
                      const ForEach& for_each);

/// The same where r = y - W x is known: V = W + E r x^T (E x x^T + ridge I)^-1. rx: E r x^T,
/// [outputs][inputs].
WeightRows made_up_for(WeightRows weights, std::span<const double> rx, const RoundingOrder& order,
                       const ForEach& for_each);

}  // namespace xquant::quantize
