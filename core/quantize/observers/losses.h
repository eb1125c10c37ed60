#pragma once

#include <functional>

#include "plan/quant_plan.h"
#include "quantize/observers/distribution.h"

namespace xquant::quantize {

/// What a quantizer, exactly the one that is emitted, does to the values of a distribution.
using Loss = std::function<double(const Distribution& values, const plan::QuantParams& params)>;

/// Sum of (x - dequantize(quantize(x)))^2 over all values, clipped ones included (mse.cc).
double squared_error(const Distribution& values, const plan::QuantParams& params);

/// Kullback-Leibler divergence of the quantized distribution from the original one, in nats, with
/// what is clipped added to the outermost bin, less what small counts add to it (kl.cc).
double divergence(const Distribution& values, const plan::QuantParams& params);

}  // namespace xquant::quantize
