#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

/// Strides of an operand in the result's index space: 0 where it is repeated.
Dims broadcast_strides(const Dims& result, std::span<const std::int64_t> operand) {
  const Dims own = strides_of(Dims(operand));
  Dims strides(result.rank);
  const std::size_t missing = result.rank - operand.size();
  for (std::size_t i = 0; i < operand.size(); ++i)
    strides[missing + i] = operand[i] == 1 ? 0 : own[i];
  return strides;
}

}  // namespace

BroadcastPlan plan_broadcast(std::span<const std::int64_t> result, std::span<const std::int64_t> a,
                             std::span<const std::int64_t> b) {
  const Dims shape(result);
  const Dims a_strides = broadcast_strides(shape, a), b_strides = broadcast_strides(shape, b);
  Dims merged(0), a_merged(0), b_merged(0);
  for (std::size_t d = 0; d < shape.rank; ++d) {
    if (shape[d] == 1) continue;
    const std::size_t last = merged.rank - 1;
    const bool joins = merged.rank > 0 && a_merged[last] == a_strides[d] * shape[d] &&
                       b_merged[last] == b_strides[d] * shape[d];
    const std::size_t at = joins ? last : merged.rank++;
    merged[at] = joins ? merged[at] * shape[d] : shape[d];
    a_merged[at] = a_strides[d];
    b_merged[at] = b_strides[d];
  }
  BroadcastPlan plan;
  if (merged.rank > 0) {
    const std::size_t last = --merged.rank;
    plan.inner = merged[last];
    plan.a_step = a_merged[last];
    plan.b_step = b_merged[last];
  }
  plan.outer = merged;
  plan.a_strides = a_merged;
  plan.b_strides = b_merged;
  return plan;
}

}  // namespace xquant::runtime::ops
