/* Codes by the places where a function crosses from one to the next (xq_stage.h, xq_curve). */
#ifndef XQUANT_INT8_REAL_CURVE_H_
#define XQUANT_INT8_REAL_CURVE_H_

#include <string.h>

#include "int8/xq_stage.h"

/* Elements that are looked up, or computed, together. */
enum { XQ_CURVE_GROUP = 16 };

/* 2^23: floats from there to 2^24 are the integers, in their lowest bits. */
#define XQ_CURVE_MAGIC 8388608.0f

/* A bucket: its upper half, between 0 and what a sum of two places could carry into. */
enum {
  XQ_CURVE_CODE = 0x100,   /* set, so that an upper half is never small */
  XQ_CURVE_FALLS = 0x200,  /* the code is its complement */
  XQ_CURVE_STEADY = 0x4000 /* lower half of a bucket with one code */
};

/* The bits of 2^23 + place; real is no NaN. */
static inline uint32_t xq_curve_place(const xq_curve* curve, float real) {
  float place = real * curve->per_unit + curve->offset;
  place = place > XQ_CURVE_MAGIC ? place : XQ_CURVE_MAGIC;
  place = place < curve->last ? place : curve->last;
  uint32_t bits;
  memcpy(&bits, &place, sizeof(bits));
  return bits;
}

static inline uint32_t xq_curve_bucket(uint32_t place) {
  return (place / XQ_CURVE_TICKS) % XQ_CURVE_BUCKETS;
}

/* Writes the code; returns whether it is sure. */
static inline int xq_curve_code(const xq_curve* curve, float real, uint8_t* q) {
  const uint32_t place = xq_curve_place(curve, real);
  const uint32_t sum = curve->bucket[xq_curve_bucket(place)] + place % XQ_CURVE_TICKS;
  const uint32_t high = sum >> 16;
  const uint32_t code = (high & XQ_CURVE_FALLS) != 0 ? ~high : high;
  *q = (uint8_t)(code + (uint32_t)curve->least);
  return (sum & 0xFFFFu) >= curve->unsure && high != 0;
}

/* kernels.h: curve */
static inline uint32_t xq_curve_codes(const xq_curve* curve, const float* real, size_t n,
                                      uint8_t* q) {
  uint32_t unsure = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!xq_curve_code(curve, real[i], q + i)) unsure |= 1u << (i / XQ_CURVE_GROUP);
  }
  return unsure;
}

#endif /* XQUANT_INT8_REAL_CURVE_H_ */
