#pragma once

#include "runtime/ops/common.h"
#include "runtime/ops/element_loops.h"

namespace xquant::runtime::ops {

/// Two operands broadcast to a result, with neighbouring dimensions merged where both operands
/// allow it. Then only the innermost dimension is left to a loop in which each operand steps by 0
/// or 1.
struct BroadcastPlan {
  Dims outer;  ///< of the merged result, without the innermost
  Dims a_strides, b_strides;
  std::int64_t inner = 1;
  std::int64_t a_step = 0, b_step = 0;
};

BroadcastPlan plan_broadcast(std::span<const std::int64_t> result, std::span<const std::int64_t> a,
                             std::span<const std::int64_t> b);

/// Calls row(result offset, a offset, b offset) for every innermost row.
template <typename Row>
void for_each_row(const BroadcastPlan& plan, Row&& row) {
  if (plan.inner == 0) return;
  Walk<2> walk(plan.outer);
  walk.strides = {plan.a_strides, plan.b_strides};
  const std::int64_t rows = plan.outer.size();
  for (std::int64_t i = 0; i < rows; ++i, walk.next()) {
    row(i * plan.inner, walk.offsets[0], walk.offsets[1]);
  }
}

/// y[i] = op(a[i], b[i]) over a broadcast. Floats get a loop for every way in which operands step
/// and results lie; other types, in which models hardly compute, one loop: every further one is
/// compiled for every operation and type.
template <typename T, typename R, typename Op>
void broadcast_apply(const TensorView& a, const TensorView& b, const MutableView& y, Op op) {
  const BroadcastPlan plan = plan_broadcast(y.shape, a.shape, b.shape);
  const T* const a_data = raw<T>(a);
  const T* const b_data = raw<T>(b);
  R* const y_data = raw<R>(y);
  for_each_row(plan, [&](std::int64_t y0, std::int64_t a0, std::int64_t b0) {
    const T* p = a_data + a0;
    const T* q = b_data + b0;
    R* out = y_data + y0;
    const auto n = static_cast<std::size_t>(plan.inner);
    if constexpr (!std::is_same_v<T, float>) {
      for (std::size_t i = 0; i < n; ++i, p += plan.a_step, q += plan.b_step) out[i] = op(*p, *q);
    } else if (plan.a_step == 1 && plan.b_step == 1) {
      combine_elements(p, q, out, n, op);
    } else if (plan.a_step == 1) {
      map_elements(p, out, n, [op, right = *q](T left) { return op(left, right); });
    } else if (plan.b_step == 1) {
      map_elements(q, out, n, [op, left = *p](T right) { return op(left, right); });
    } else {  // a single element of each
      for (std::size_t i = 0; i < n; ++i) out[i] = op(*p, *q);
    }
  });
}

}  // namespace xquant::runtime::ops
