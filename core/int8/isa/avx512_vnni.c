/* x86-64 with AVX-512 VNNI: vpdpwssd multiplies the int16 pairs that vpmaddwd does and adds them to
 * the accumulator in one instruction, sixteen of them at a time. It does not saturate. Rounding is
 * encoded in the instruction. Rests are masked. */
#include <immintrin.h>
#include <string.h>

#include "int8/isa/kernels.h"
#include "int8/isa/x86_bytes.h"
#define XQ_VECTOR_BYTES 64
#include "int8/isa/winograd2_vectors.h"
#include "int8/isa/winograd4_vectors.h"
#include "int8/real/map.h"

enum { kLanes = 16 };

static int is_available(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
}

/* The first n lanes of 16; all of them when there are more. */
static __mmask16 first_lanes(size_t n) {
  return n >= kLanes ? (__mmask16)0xFFFF : (__mmask16)((1u << n) - 1u);
}

typedef struct output16 {
  __m512 low, high;
  __m512i zero_point;
} output16;

static output16 broadcast(xq_output to) {
  const output16 o = {_mm512_set1_ps((float)to.low), _mm512_set1_ps((float)to.high),
                      _mm512_set1_epi32(to.zero_point)};
  return o;
}

/* The low bytes of whole numbers. */
static void store_lanes(__m512i whole, output16 to, __mmask16 lanes, uint8_t* q) {
  _mm_mask_storeu_epi8(q, lanes, _mm512_cvtepi32_epi8(_mm512_add_epi32(whole, to.zero_point)));
}

/* v is not NaN. Stores the low bytes. */
static void store_rounded(__m512 v, output16 to, __mmask16 lanes, uint8_t* q) {
  const __m512 bounded = _mm512_min_ps(_mm512_max_ps(v, to.low), to.high);
  const __m512i whole =
      _mm512_cvt_roundps_epi32(bounded, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  store_lanes(whole, to, lanes, q);
}

static void store_scaled(__m512i q, __m512i zero_point, __m512 scale, __mmask16 lanes, float* x) {
  const __m512 exact = _mm512_cvtepi32_ps(_mm512_sub_epi32(q, zero_point));
  _mm512_mask_storeu_ps(x, lanes, _mm512_mul_ps(exact, scale));
}

static void dequantize_s8(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const __m512 s = _mm512_set1_ps(scale);
  const __m512i z = _mm512_set1_epi32(zero_point);
  for (size_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    store_scaled(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes, q + i)), z, s, lanes, x + i);
  }
}

static void dequantize_u8(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const __m512 s = _mm512_set1_ps(scale);
  const __m512i z = _mm512_set1_epi32(zero_point);
  for (size_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    store_scaled(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(lanes, q + i)), z, s, lanes, x + i);
  }
}

/* 64 whole numbers to bytes: saturating packs do nothing to the low bytes that a mask has left, and
 * a permutation undoes their order within quarters. */
static __m512i pack64(const __m512i v[4], output16 to) {
  const __m512i byte = _mm512_set1_epi32(255);
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  __m512i low[4];
  for (size_t k = 0; k < 4; ++k) {
    low[k] = _mm512_and_si512(_mm512_add_epi32(v[k], to.zero_point), byte);
  }
  const __m512i a = _mm512_packus_epi32(low[0], low[1]);
  const __m512i b = _mm512_packus_epi32(low[2], low[3]);
  return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(a, b));
}

static void store64(const __m512i v[4], output16 to, uint8_t* q) {
  _mm512_storeu_si512(q, pack64(v, to));
}

static __m512i scale16(__m512i acc, __m512 multiplier, output16 to) {
  const __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), multiplier);
  const __m512 bounded = _mm512_min_ps(_mm512_max_ps(v, to.low), to.high);
  return _mm512_cvt_roundps_epi32(bounded, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Codes of v = x * f32(1 / scale), clamped; *unsure when a division could round to another integer.
 * Product and quotient are within 3 * 2^-24 of each other, relatively (a rounding each of the
 * reciprocal, the product and the quotient), so they round alike when v less and v more 2^-22 of
 * itself (less the rounding of that) do. */
static __m512i round_product(__m512 v, output16 to, __mmask16* unsure) {
  const __m512 bounded = _mm512_min_ps(_mm512_max_ps(v, to.low), to.high);
  const __m512 less = _mm512_mul_ps(bounded, _mm512_set1_ps(1.0f - 0x1p-22f));
  const __m512 more = _mm512_mul_ps(bounded, _mm512_set1_ps(1.0f + 0x1p-22f));
  const __m512i a = _mm512_cvt_roundps_epi32(less, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512i b = _mm512_cvt_roundps_epi32(more, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  *unsure = _mm512_cmpneq_epi32_mask(a, b);
  return a;
}

static size_t quantize_by_division(const float* x, size_t n, float scale, output16 to, uint8_t* q) {
  const __m512 s = _mm512_set1_ps(scale);
  size_t nans = 0;
  for (size_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
    const __mmask16 numbers = _mm512_cmp_ps_mask(v, v, _CMP_ORD_Q);
    store_rounded(_mm512_maskz_div_ps(numbers, v, s), to, lanes, q + i);
    nans += (size_t)__builtin_popcount((unsigned)(__mmask16)~numbers);
  }
  return nans;
}

/* A division costs more than the rest: where no product is near the middle between two integers,
 * there is none. */
static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  const output16 o = broadcast(to);
  const float inverse = 1.0f / scale;
  const __m512 reciprocal = _mm512_set1_ps(inverse);
  size_t nans = 0;
  size_t i = 0;
  if (inverse < 0x1p-100f || inverse > 0x1p100f) return quantize_by_division(x, n, scale, o, q);
  for (; i + 64 <= n; i += 64) {
    __m512i codes[4];
    __mmask16 unsure = 0;
    for (size_t k = 0; k < 4; ++k) {
      const __m512 v = _mm512_loadu_ps(x + i + k * kLanes);
      __mmask16 here;
      codes[k] = round_product(_mm512_mul_ps(v, reciprocal), o, &here);
      unsure |= here | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    }
    if (unsure == 0) {
      store64(codes, o, q + i);
    } else {
      nans += quantize_by_division(x + i, 64, scale, o, q + i);
    }
  }
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_maskz_loadu_ps(lanes, x + i);
    __mmask16 unsure;
    const __m512i codes = round_product(_mm512_mul_ps(v, reciprocal), o, &unsure);
    if ((unsure | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q)) == 0) {
      store_lanes(codes, o, lanes, q + i);
    } else {
      nans += quantize_by_division(x + i, n - i < kLanes ? n - i : kLanes, scale, o, q + i);
    }
  }
  return nans;
}

static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  const __m512 m = _mm512_set1_ps(multiplier);
  const output16 o = broadcast(to);
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    __m512i v[4];
    for (size_t k = 0; k < 4; ++k) {
      v[k] = scale16(_mm512_loadu_si512(acc + i + k * kLanes), m, o);
    }
    store64(v, o, q + i);
  }
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(lanes, acc + i));
    store_rounded(_mm512_mul_ps(v, m), o, lanes, q + i);
  }
}

static void requantize_each(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                            uint8_t* q) {
  const output16 o = broadcast(to);
  for (size_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 v = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(lanes, acc + i));
    store_rounded(_mm512_mul_ps(v, _mm512_maskz_loadu_ps(lanes, multiplier + i)), o, lanes, q + i);
  }
}

/* The first n lanes of 32. */
static __mmask32 first_words(size_t n) { return n >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << n) - 1; }

static void widen(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const __m256i f = _mm256_set1_epi8((char)flip);
  const __m512i z = _mm512_set1_epi16((short)zero_point);
  for (size_t i = 0; i < n; i += 32) {
    const __mmask32 lanes = first_words(n - i);
    const __m256i bytes = _mm256_xor_si256(_mm256_maskz_loadu_epi8(lanes, x + i), f);
    _mm512_mask_storeu_epi16(y + i, lanes, _mm512_sub_epi16(_mm512_cvtepi8_epi16(bytes), z));
  }
}

/* The even bytes are the low halves of words: shifted up and, signed, down again. The last byte of
 * the last word is not read. */
static void widen_even(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const __m512i f = _mm512_set1_epi8((char)flip);
  const __m512i z = _mm512_set1_epi16((short)zero_point);
  for (size_t i = 0; i < n; i += 32) {
    const __mmask32 lanes = first_words(n - i);
    const __mmask64 bytes = n - i > 32 ? ~(__mmask64)0 : ~(__mmask64)0 >> (64 - (2 * (n - i) - 1));
    const __m512i words = _mm512_xor_si512(_mm512_maskz_loadu_epi8(bytes, x + 2 * i), f);
    const __m512i even = _mm512_srai_epi16(_mm512_slli_epi16(words, 8), 8);
    _mm512_mask_storeu_epi16(y + i, lanes, _mm512_sub_epi16(even, z));
  }
}

/* Elements 0, 2, ... of a row and elements 1, 3, ...: the low and high halves of words. */
static void split(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point, int16_t* even,
                  int16_t* odd) {
  const __m512i f = _mm512_set1_epi8((char)flip);
  const __m512i z = _mm512_set1_epi16((short)zero_point);
  for (size_t i = 0; i < columns; i += 64) {
    const size_t rest = columns - i;
    const __mmask64 bytes = rest >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << rest) - 1;
    const __m512i words = _mm512_xor_si512(_mm512_maskz_loadu_epi8(bytes, x + i), f);
    const __m512i low = _mm512_srai_epi16(_mm512_slli_epi16(words, 8), 8);
    const __m512i high = _mm512_srai_epi16(words, 8);
    _mm512_mask_storeu_epi16(even + i / 2, first_words((rest + 1) / 2), _mm512_sub_epi16(low, z));
    _mm512_mask_storeu_epi16(odd + i / 2, first_words(rest / 2), _mm512_sub_epi16(high, z));
  }
}

/* A table of 256 bytes does not fit the shuffles of this instruction set. */
/* A table in registers: vpermi2b chooses among 128 bytes, the index's highest bit between two such
 * results. Not every processor with VNNI has it. */
__attribute__((target("avx512vbmi"))) static void lookup_vbmi(const uint8_t* table,
                                                              const uint8_t* x, size_t n,
                                                              uint8_t* y) {
  const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  for (size_t i = 0; i < n; i += 64) {
    const __mmask64 lanes = n - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (n - i)) - 1;
    const __m512i v = _mm512_maskz_loadu_epi8(lanes, x + i);
    const __m512i low = _mm512_permutex2var_epi8(t0, v, t1);
    const __m512i high = _mm512_permutex2var_epi8(t2, v, t3);
    _mm512_mask_storeu_epi8(y + i, lanes,
                            _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high));
  }
}

static void lookup(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y) {
  if (__builtin_cpu_supports("avx512vbmi")) {
    lookup_vbmi(table, x, n, y);
    return;
  }
  for (size_t i = 0; i < n; ++i) y[i] = table[x[i]];
}

/* 4 x 32 accumulators, twice: even and odd k groups add up on their own, because eight sums are not
 * enough to hide the latency of two multipliers. */
enum { kTileColumns = 32, kGroup = 2 };

static size_t tile_columns(void) { return kTileColumns; }

/* Two neighbouring int16 in every 32-bit lane. */
static __m512i broadcast_pair(const int16_t* pair) {
  int32_t both;
  memcpy(&both, pair, sizeof(both));
  return _mm512_set1_epi32(both);
}

static void pack_columns(const int16_t* even, const int16_t* odd, size_t columns, size_t panel,
                         int16_t* to) {
  const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
                                       39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  for (size_t c = 0; c < columns; c += kTileColumns, to += panel) {
    const __m512i a = _mm512_loadu_si512(even + c);
    const __m512i b = _mm512_loadu_si512(odd + c);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(a, low, b));
    _mm512_storeu_si512(to + 32, _mm512_permutex2var_epi16(a, high, b));
  }
}

/* A transposition of 4 x 4 pairs at a time. */
static void pack_rows(const int16_t* lines, size_t stride, size_t groups, int16_t* panel) {
  size_t k = 0;
  for (; k + 4 <= groups; k += 4, panel += 4 * XQ_TILE_ROWS * kGroup) {
    const int16_t* from = lines + k * kGroup;
    const __m128i r0 = _mm_loadu_si128((const __m128i*)from);
    const __m128i r1 = _mm_loadu_si128((const __m128i*)(from + stride));
    const __m128i r2 = _mm_loadu_si128((const __m128i*)(from + 2 * stride));
    const __m128i r3 = _mm_loadu_si128((const __m128i*)(from + 3 * stride));
    const __m128i a = _mm_unpacklo_epi32(r0, r1);
    const __m128i b = _mm_unpacklo_epi32(r2, r3);
    const __m128i c = _mm_unpackhi_epi32(r0, r1);
    const __m128i d = _mm_unpackhi_epi32(r2, r3);
    __m128i* to = (__m128i*)panel;
    _mm_storeu_si128(to, _mm_unpacklo_epi64(a, b));
    _mm_storeu_si128(to + 1, _mm_unpackhi_epi64(a, b));
    _mm_storeu_si128(to + 2, _mm_unpacklo_epi64(c, d));
    _mm_storeu_si128(to + 3, _mm_unpackhi_epi64(c, d));
  }
  for (; k < groups; ++k) {
    for (size_t r = 0; r < XQ_TILE_ROWS; ++r, panel += kGroup) {
      memcpy(panel, lines + r * stride + k * kGroup, kGroup * sizeof(int16_t));
    }
  }
}

static void store_row(int32_t* acc, __m512i left, __m512i right) {
  _mm512_storeu_si512(acc, left);
  _mm512_storeu_si512(acc + kLanes, right);
}

/* Sums of the four rows: left and right columns. */
typedef struct sums {
  __m512i l0, r0, l1, r1, l2, r2, l3, r3;
} sums;

static inline void add_group(sums* s, const int16_t* a, const int16_t* b) {
  const __m512i left = _mm512_loadu_si512(b);
  const __m512i right = _mm512_loadu_si512(b + 32);
  __m512i x = broadcast_pair(a);
  s->l0 = _mm512_dpwssd_epi32(s->l0, x, left);
  s->r0 = _mm512_dpwssd_epi32(s->r0, x, right);
  x = broadcast_pair(a + 2);
  s->l1 = _mm512_dpwssd_epi32(s->l1, x, left);
  s->r1 = _mm512_dpwssd_epi32(s->r1, x, right);
  x = broadcast_pair(a + 4);
  s->l2 = _mm512_dpwssd_epi32(s->l2, x, left);
  s->r2 = _mm512_dpwssd_epi32(s->r2, x, right);
  x = broadcast_pair(a + 6);
  s->l3 = _mm512_dpwssd_epi32(s->l3, x, left);
  s->r3 = _mm512_dpwssd_epi32(s->r3, x, right);
}

static void tile(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                 int32_t* acc, size_t acc_stride) {
  const __m512i zero = _mm512_setzero_si512();
  sums even;
  even.l0 = even.r0 = _mm512_set1_epi32(start[0]);
  even.l1 = even.r1 = _mm512_set1_epi32(start[1]);
  even.l2 = even.r2 = _mm512_set1_epi32(start[2]);
  even.l3 = even.r3 = _mm512_set1_epi32(start[3]);
  sums odd = {zero, zero, zero, zero, zero, zero, zero, zero};
  const size_t a_step = XQ_TILE_ROWS * kGroup;
  const size_t b_step = kTileColumns * kGroup;
  for (; groups >= 2; groups -= 2, a += 2 * a_step, b += 2 * b_step) {
    add_group(&even, a, b);
    add_group(&odd, a + a_step, b + b_step);
  }
  if (groups > 0) add_group(&even, a, b);
  store_row(acc, _mm512_add_epi32(even.l0, odd.l0), _mm512_add_epi32(even.r0, odd.r0));
  acc += acc_stride;
  store_row(acc, _mm512_add_epi32(even.l1, odd.l1), _mm512_add_epi32(even.r1, odd.r1));
  acc += acc_stride;
  store_row(acc, _mm512_add_epi32(even.l2, odd.l2), _mm512_add_epi32(even.r2, odd.r2));
  acc += acc_stride;
  store_row(acc, _mm512_add_epi32(even.l3, odd.l3), _mm512_add_epi32(even.r3, odd.r3));
}

static void tile_row(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                     int32_t* acc) {
  __m512i l0 = _mm512_set1_epi32(start), r0 = l0;
  __m512i l1 = _mm512_setzero_si512(), r1 = l1;
  const size_t a_step = XQ_TILE_ROWS * kGroup;
  for (; groups >= 2; groups -= 2, a += 2 * a_step, b += 128) {
    const __m512i even = broadcast_pair(a);
    const __m512i odd = broadcast_pair(a + a_step);
    l0 = _mm512_dpwssd_epi32(l0, even, _mm512_loadu_si512(b));
    r0 = _mm512_dpwssd_epi32(r0, even, _mm512_loadu_si512(b + 32));
    l1 = _mm512_dpwssd_epi32(l1, odd, _mm512_loadu_si512(b + 64));
    r1 = _mm512_dpwssd_epi32(r1, odd, _mm512_loadu_si512(b + 96));
  }
  if (groups > 0) {
    const __m512i x = broadcast_pair(a);
    l0 = _mm512_dpwssd_epi32(l0, x, _mm512_loadu_si512(b));
    r0 = _mm512_dpwssd_epi32(r0, x, _mm512_loadu_si512(b + 32));
  }
  store_row(acc, _mm512_add_epi32(l0, l1), _mm512_add_epi32(r0, r1));
}

/* 32 outputs at a time. Two neighbours of a row are a pair as they lie: from an even element on for
 * even outputs, from the next one on for odd outputs. */
static void depthwise(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                      int32_t bias, int32_t* acc, size_t n) {
  const __m512i first = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  for (size_t i = 0; i < n; i += 32) {
    __m512i even = _mm512_set1_epi32(bias);
    __m512i odd = even;
    for (size_t t = 0; t < taps; t += 2) {
      const int16_t* from = x + offset[t] + i;
      const __m512i w = broadcast_pair(weight + t);
      even = _mm512_dpwssd_epi32(even, _mm512_loadu_si512(from), w);
      odd = _mm512_dpwssd_epi32(odd, _mm512_loadu_si512(from + 1), w);
    }
    _mm512_storeu_si512(acc + i, _mm512_permutex2var_epi32(even, first, odd));
    _mm512_storeu_si512(acc + i + kLanes, _mm512_permutex2var_epi32(even, second, odd));
  }
}

#include "int8/isa/avx512_rows.h"
#include "int8/isa/runs.h"

const xq_kernels xq_kernels_avx512_vnni = {
    .name = "avx512_vnni",
    .is_available = is_available,
    .quantize = quantize,
    .dequantize_s8 = dequantize_s8,
    .dequantize_u8 = dequantize_u8,
    .add = add,
    .largest = largest,
    .requantize = requantize,
    .requantize_rows = requantize_rows,
    .requantize_channels = requantize_channels,
    .requantize_short_rows = requantize_short_rows,
    .requantize_each = requantize_each,
    .widen = widen,
    .widen_even = widen_even,
    .widen_rows = widen_rows,
    .split_rows = split_rows,
    .split4_rows = split4_rows,
    .lookup = lookup,
    .tile_columns = tile_columns,
    .k_group = kGroup,
    .pack_columns = pack_columns,
    .pack_codes = pack_codes,
    .pack_rows = pack_rows,
    .tiles = tiles,
    .tiles_of_row = tiles_of_row,
    .depthwise = depthwise,
    .winograd2 = {winograd2_input, NULL, winograd2_output, winograd2_requantize},
    .winograd4 = {winograd4_input, NULL, winograd4_output, winograd4_requantize},
    .real_of = xq_real_of,
    .map = xq_map,
};
