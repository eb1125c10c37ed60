#pragma once

#include <vector>

#include "plan/quant_plan.h"
#include "quantize/subject.h"
#include "report/advice.h"

namespace xquant::report {

/// Measures what each piece of advice is about: the error of the model's outputs
/// (quantize::OutputLoss) as planned, and with that one operator float as ignore_op_names would
/// keep it, all else as it is. On a few samples, as many as the work of all these models allows.
/// Sets Advice::outputs_db and Advice::float_outputs_db; leaves them NaN for operators that are not
/// int8 in the plan. Then sorts by what the outputs gain, most first: the largest error of an
/// operator by itself is often one that the operators behind it do not tell apart.
void measure_gains(const quantize::Subject& subject, const plan::QuantPlan& plan,
                   std::vector<Advice>& advice);

/// What the outputs gain, dB, in the tenths that the report shows: finer differences are no reason
/// to change the order or the model. -Inf when it was not measured.
double shown_gain(const Advice& entry);

}  // namespace xquant::report
