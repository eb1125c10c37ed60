/* Preconditions: checked in every build, because a kernel that runs on broken arguments returns
 * numbers that look right. Each check costs O(1) or O(channels). */
#ifndef XQUANT_INT8_REQUIRE_H_
#define XQUANT_INT8_REQUIRE_H_

#include <stddef.h>
#include <stdint.h>

#include "int8/xq_quantize.h"

void xq_require_failed(const char* function, const char* condition);

#define XQ_REQUIRE(condition)                                  \
  do {                                                         \
    if (!(condition)) xq_require_failed(__func__, #condition); \
  } while (0)

/* Range of a type. */
typedef struct xq_range {
  int32_t min, max;
} xq_range;

static const xq_range kRangeS8 = {-128, 127};
static const xq_range kRangeU8 = {0, 255};

static inline int xq_is_scale(float scale) { return scale > 0.0f && scale <= 3.402823466e38f; }

static inline int xq_is_within(int32_t value, xq_range range) {
  return value >= range.min && value <= range.max;
}

static inline int xq_is_aligned(const void* pointer) {
  return (uintptr_t)pointer % XQ_ALIGNMENT == 0;
}

static inline int xq_is_type(xq_type type) { return type >= XQ_S8 && type <= XQ_U16; }

xq_range xq_range_of(xq_type type);

/* Check everything the header says about a mapping, and about `to` for an output of `channels`
 * channels. */
void xq_require_quant(const xq_quant* quant);
void xq_require_requant(const xq_requant* to, size_t channels, xq_range range);

#endif /* XQUANT_INT8_REQUIRE_H_ */
