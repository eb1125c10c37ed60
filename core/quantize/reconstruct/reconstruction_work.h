#pragma once

#include "plan/quant_plan.h"
#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// Sums in double over single rows or columns take that many times as long as a matrix product with
/// as many multiplications.
inline constexpr double kProductSpeed = 8;

/// Of fitting one layer to so many rows, both sides together; as reconstruction_work().
double fitting_work(const Layer& layer, const plan::ConstantOperand& operand, double rows,
                    const Effort& effort);

/// About how many multiplications of matrix products reconstruct() takes as long as: passes of the
/// model, moments, factors, rounding and learned rounding of every layer. Known before it starts,
/// from shapes alone, so that what is left out for its sake does not depend on the machine.
double reconstruction_work(const Subject& subject, const plan::QuantPlan& plan,
                           const Effort& effort);

}  // namespace xquant::quantize
