/* x86-64 with AVX2, without FMA. Rounding is encoded in the instruction (roundps, mode 0), not
 * taken from MXCSR. */
#include <immintrin.h>
#include <string.h>

#include "int8/isa/kernels.h"
#include "int8/isa/x86_bytes.h"
#define XQ_VECTOR_BYTES 32
#include "int8/isa/winograd2_vectors.h"
#include "int8/isa/winograd4_vectors.h"
#include "int8/real/map.h"

enum { kLanes = 8 };

static int is_available(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0;
}

/* All ones in the first n lanes, for the rest of a row. */
static __m256i first_lanes(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}

typedef struct output8 {
  __m256 low, high;
  __m256i zero_point;
} output8;

static output8 broadcast(xq_output to) {
  const output8 o = {_mm256_set1_ps((float)to.low), _mm256_set1_ps((float)to.high),
                     _mm256_set1_epi32(to.zero_point)};
  return o;
}

/* v is not NaN. */
static __m256i round_to(__m256 v, output8 to) {
  const __m256 bounded = _mm256_min_ps(_mm256_max_ps(v, to.low), to.high);
  const __m256 whole = _mm256_round_ps(bounded, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm256_add_epi32(_mm256_cvttps_epi32(whole), to.zero_point);
}

/* The low bytes of the first n <= 8 lanes. */
static void store_bytes(__m256i v, uint8_t* q, size_t n) {
  const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32(255));
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  const __m128i bytes = _mm_packus_epi16(words, words);
  if (n >= kLanes) {
    _mm_storel_epi64((__m128i*)q, bytes);
    return;
  }
  const int64_t all = _mm_cvtsi128_si64(bytes);
  memcpy(q, &all, n);
}

static size_t quantize8(__m256 x, __m256 scale, output8 to, uint8_t* q, size_t n) {
  const __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
  const __m256 ratio = _mm256_andnot_ps(nan, _mm256_div_ps(x, scale));
  store_bytes(round_to(ratio, to), q, n);
  return (size_t)__builtin_popcount((unsigned)_mm256_movemask_ps(nan));
}

static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  const __m256 s = _mm256_set1_ps(scale);
  const output8 o = broadcast(to);
  size_t nans = 0;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    nans += quantize8(_mm256_loadu_ps(x + i), s, o, q + i, kLanes);
  }
  if (i < n) nans += quantize8(_mm256_maskload_ps(x + i, first_lanes(n - i)), s, o, q + i, n - i);
  return nans;
}

static __m256 dequantize8(__m256i q, __m256 scale, __m256i zero_point) {
  return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(q, zero_point)), scale);
}

static void dequantize_s8(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const __m256 s = _mm256_set1_ps(scale);
  const __m256i z = _mm256_set1_epi32(zero_point);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i*)(q + i));
    _mm256_storeu_ps(x + i, dequantize8(_mm256_cvtepi8_epi32(bytes), s, z));
  }
  if (i == n) return;
  int64_t rest = 0;
  memcpy(&rest, q + i, n - i);
  const __m256i wide = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(rest));
  _mm256_maskstore_ps(x + i, first_lanes(n - i), dequantize8(wide, s, z));
}

static void dequantize_u8(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const __m256 s = _mm256_set1_ps(scale);
  const __m256i z = _mm256_set1_epi32(zero_point);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i*)(q + i));
    _mm256_storeu_ps(x + i, dequantize8(_mm256_cvtepu8_epi32(bytes), s, z));
  }
  if (i == n) return;
  int64_t rest = 0;
  memcpy(&rest, q + i, n - i);
  const __m256i wide = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(rest));
  _mm256_maskstore_ps(x + i, first_lanes(n - i), dequantize8(wide, s, z));
}

static __m256i scale8(__m256i acc, __m256 multiplier, output8 to) {
  return round_to(_mm256_mul_ps(_mm256_cvtepi32_ps(acc), multiplier), to);
}

static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  const __m256 m = _mm256_set1_ps(multiplier);
  const output8 o = broadcast(to);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store_bytes(scale8(_mm256_loadu_si256((const __m256i*)(acc + i)), m, o), q + i, kLanes);
  }
  if (i == n) return;
  const __m256i rest = _mm256_maskload_epi32(acc + i, first_lanes(n - i));
  store_bytes(scale8(rest, m, o), q + i, n - i);
}

static void requantize_each(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                            uint8_t* q) {
  const output8 o = broadcast(to);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const __m256 m = _mm256_loadu_ps(multiplier + i);
    store_bytes(scale8(_mm256_loadu_si256((const __m256i*)(acc + i)), m, o), q + i, kLanes);
  }
  if (i == n) return;
  const __m256i mask = first_lanes(n - i);
  const __m256 m = _mm256_maskload_ps(multiplier + i, mask);
  store_bytes(scale8(_mm256_maskload_epi32(acc + i, mask), m, o), q + i, n - i);
}

static int16_t widened(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

static void widen(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const __m128i f = _mm_set1_epi8((char)flip);
  const __m256i z = _mm256_set1_epi16((short)zero_point);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m128i bytes = _mm_xor_si128(_mm_loadu_si128((const __m128i*)(x + i)), f);
    _mm256_storeu_si256((__m256i*)(y + i), _mm256_sub_epi16(_mm256_cvtepi8_epi16(bytes), z));
  }
  for (; i < n; ++i) y[i] = widened(x[i], flip, zero_point);
}

/* The even bytes are the low halves of words: shifted up and, signed, down again. */
static void widen_even(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const __m256i f = _mm256_set1_epi8((char)flip);
  const __m256i z = _mm256_set1_epi16((short)zero_point);
  size_t i = 0;
  for (; i + 17 <= n; i += 16) {
    const __m256i words = _mm256_xor_si256(_mm256_loadu_si256((const __m256i*)(x + 2 * i)), f);
    const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(words, 8), 8);
    _mm256_storeu_si256((__m256i*)(y + i), _mm256_sub_epi16(even, z));
  }
  for (; i < n; ++i) y[i] = widened(x[2 * i], flip, zero_point);
}

/* Elements 0, 2, ... of a row and elements 1, 3, ...: the low and high halves of words. */
static void split(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point, int16_t* even,
                  int16_t* odd) {
  const __m256i f = _mm256_set1_epi8((char)flip);
  const __m256i z = _mm256_set1_epi16((short)zero_point);
  size_t i = 0;
  for (; i + 32 <= columns; i += 32) {
    const __m256i words = _mm256_xor_si256(_mm256_loadu_si256((const __m256i*)(x + i)), f);
    const __m256i low = _mm256_srai_epi16(_mm256_slli_epi16(words, 8), 8);
    _mm256_storeu_si256((__m256i*)(even + i / 2), _mm256_sub_epi16(low, z));
    _mm256_storeu_si256((__m256i*)(odd + i / 2), _mm256_sub_epi16(_mm256_srai_epi16(words, 8), z));
  }
  for (; i + 16 <= columns; i += 16) {
    const __m128i words =
        _mm_xor_si128(_mm_loadu_si128((const __m128i*)(x + i)), _mm256_castsi256_si128(f));
    const __m128i low = _mm_srai_epi16(_mm_slli_epi16(words, 8), 8);
    const __m128i zero = _mm256_castsi256_si128(z);
    _mm_storeu_si128((__m128i*)(even + i / 2), _mm_sub_epi16(low, zero));
    _mm_storeu_si128((__m128i*)(odd + i / 2), _mm_sub_epi16(_mm_srai_epi16(words, 8), zero));
  }
  for (; i + 2 <= columns; i += 2) {
    even[i / 2] = widened(x[i], flip, zero_point);
    odd[i / 2] = widened(x[i + 1], flip, zero_point);
  }
  if (i < columns) even[i / 2] = widened(x[i], flip, zero_point);
}

/* A table of 256 bytes does not fit shuffles; loads of bytes are as fast as it gets. */
static void lookup(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = table[x[i]];
}

/* 4 x 16 accumulators fill 8 registers, two columns and one row element 3 more. */
enum { kTileColumns = 16, kGroup = 2 };

static size_t tile_columns(void) { return kTileColumns; }

/* Two neighbouring int16 in every 32-bit lane. */
static __m256i broadcast_pair(const int16_t* pair) {
  int32_t both;
  memcpy(&both, pair, sizeof(both));
  return _mm256_set1_epi32(both);
}

/* Unpacking works within 128-bit halves, which change places. */
static void pack_columns(const int16_t* even, const int16_t* odd, size_t columns, size_t panel,
                         int16_t* to) {
  for (size_t c = 0; c < columns; c += kTileColumns, to += panel) {
    const __m256i a = _mm256_loadu_si256((const __m256i*)(even + c));
    const __m256i b = _mm256_loadu_si256((const __m256i*)(odd + c));
    const __m256i low = _mm256_unpacklo_epi16(a, b);
    const __m256i high = _mm256_unpackhi_epi16(a, b);
    _mm256_storeu_si256((__m256i*)to, _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256((__m256i*)(to + 16), _mm256_permute2x128_si256(low, high, 0x31));
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

/* vpmaddwd is exact here: |a * b| <= 255 * 128, far from its only overflow, 2 * 32768^2. */
static __m256i multiply_add(__m256i acc, __m256i a, __m256i b) {
  return _mm256_add_epi32(acc, _mm256_madd_epi16(a, b));
}

static void store_row(int32_t* acc, __m256i left, __m256i right) {
  __m256i* row = (__m256i*)acc;
  _mm256_storeu_si256(row, left);
  _mm256_storeu_si256(row + 1, right);
}

static void tile(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                 int32_t* acc, size_t acc_stride) {
  __m256i l0 = _mm256_set1_epi32(start[0]), r0 = l0, l1 = _mm256_set1_epi32(start[1]), r1 = l1;
  __m256i l2 = _mm256_set1_epi32(start[2]), r2 = l2, l3 = _mm256_set1_epi32(start[3]), r3 = l3;
  for (size_t k = 0; k < groups; ++k) {
    const __m256i left = _mm256_loadu_si256((const __m256i*)b);
    const __m256i right = _mm256_loadu_si256((const __m256i*)(b + 16));
    __m256i x = broadcast_pair(a);
    l0 = multiply_add(l0, x, left);
    r0 = multiply_add(r0, x, right);
    x = broadcast_pair(a + 2);
    l1 = multiply_add(l1, x, left);
    r1 = multiply_add(r1, x, right);
    x = broadcast_pair(a + 4);
    l2 = multiply_add(l2, x, left);
    r2 = multiply_add(r2, x, right);
    x = broadcast_pair(a + 6);
    l3 = multiply_add(l3, x, left);
    r3 = multiply_add(r3, x, right);
    a += XQ_TILE_ROWS * kGroup;
    b += kTileColumns * kGroup;
  }
  store_row(acc, l0, r0);
  store_row(acc + acc_stride, l1, r1);
  store_row(acc + 2 * acc_stride, l2, r2);
  store_row(acc + 3 * acc_stride, l3, r3);
}

static void tile_row(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                     int32_t* acc) {
  __m256i l0 = _mm256_set1_epi32(start), r0 = l0;
  __m256i l1 = _mm256_setzero_si256(), r1 = l1;
  const size_t a_step = XQ_TILE_ROWS * kGroup;
  for (; groups >= 2; groups -= 2, a += 2 * a_step, b += 64) {
    const __m256i even = broadcast_pair(a);
    const __m256i odd = broadcast_pair(a + a_step);
    l0 = multiply_add(l0, even, _mm256_loadu_si256((const __m256i*)b));
    r0 = multiply_add(r0, even, _mm256_loadu_si256((const __m256i*)(b + 16)));
    l1 = multiply_add(l1, odd, _mm256_loadu_si256((const __m256i*)(b + 32)));
    r1 = multiply_add(r1, odd, _mm256_loadu_si256((const __m256i*)(b + 48)));
  }
  if (groups > 0) {
    const __m256i x = broadcast_pair(a);
    l0 = multiply_add(l0, x, _mm256_loadu_si256((const __m256i*)b));
    r0 = multiply_add(r0, x, _mm256_loadu_si256((const __m256i*)(b + 16)));
  }
  store_row(acc, _mm256_add_epi32(l0, l1), _mm256_add_epi32(r0, r1));
}

/* 16 outputs at a time. Two neighbours of a row are a pair of vpmaddwd as they lie: from an even
 * element on for even outputs, from the next one on for odd outputs. Unpacking works within 128-bit
 * halves, so the halves are put in order at the end. */
static void depthwise(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                      int32_t bias, int32_t* acc, size_t n) {
  for (size_t i = 0; i < n; i += 16) {
    __m256i even = _mm256_set1_epi32(bias);
    __m256i odd = even;
    for (size_t t = 0; t < taps; t += 2) {
      const int16_t* from = x + offset[t] + i;
      const __m256i w = broadcast_pair(weight + t);
      even = multiply_add(even, _mm256_loadu_si256((const __m256i*)from), w);
      odd = multiply_add(odd, _mm256_loadu_si256((const __m256i*)(from + 1)), w);
    }
    const __m256i low = _mm256_unpacklo_epi32(even, odd);
    const __m256i high = _mm256_unpackhi_epi32(even, odd);
    _mm256_storeu_si256((__m256i*)(acc + i), _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256((__m256i*)(acc + i + 8), _mm256_permute2x128_si256(low, high, 0x31));
  }
}

#include "int8/isa/runs.h"

const xq_kernels xq_kernels_avx2 = {
    .name = "avx2",
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
