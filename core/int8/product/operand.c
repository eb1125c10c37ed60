#include "int8/product/operand.h"

#include "int8/codes/codes.h"

void xq_require_codes(const xq_codes* x) {
  XQ_REQUIRE(x != NULL && xq_is_8_bit(x->type));
  XQ_REQUIRE(xq_is_within(x->zero_point, xq_range_of(x->type)));
}

xq_zeros xq_zeros_of(const xq_weights* w) {
  static const int32_t kNone = 0;
  const xq_zeros zeros = {w->zero_points == 0 ? &kNone : w->zero_point, w->zero_points > 1};
  return zeros;
}

void xq_require_weights(const xq_weights* w, size_t outputs, size_t depth) {
  XQ_REQUIRE(w != NULL && xq_is_8_bit(w->type));
  XQ_REQUIRE(w->zero_points == 0 || w->zero_point != NULL);
  XQ_REQUIRE(w->zero_points <= 1 || w->zero_points == outputs);
  const xq_range range = xq_range_of(w->type);
  const xq_zeros zeros = xq_zeros_of(w);
  const int32_t centre = xq_flip(w->type);
  const size_t count = w->zero_points == 0 ? 1 : w->zero_points;
  int symmetric = 1;
  for (size_t j = 0; j < count; ++j) {
    const int32_t zero_point = zeros.zero_point[j * zeros.zero_step];
    XQ_REQUIRE(xq_is_within(zero_point, range));
    symmetric = symmetric && zero_point == centre;
  }
  XQ_REQUIRE(depth <= XQ_MAX_DEPTH);
  XQ_REQUIRE(symmetric || depth <= XQ_MAX_DEPTH_ASYMMETRIC);
}
