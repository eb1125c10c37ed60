#include <stdbool.h>

#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/real/rows.h"
#include "int8/require.h"
#include "int8/xq_normalize.h"

/* Codes of 8 bits lie below the largest of their row by one of so many numbers. */
enum { kDistances = 256 };

size_t xq_softmax_workspace_size(size_t length) { return length * sizeof(float); }

/* Elements of a row of codes, `step` apart. */
typedef struct code_row {
  const void* x;
  const xq_quant* from;
  size_t at, step, length;
} code_row;

/* A loop that compilers turn into vectors where elements are neighbours. */
#define XQ_LARGEST(type)                                             \
  do {                                                               \
    const type* code = (const type*)row->x + row->at;                \
    type largest = code[0];                                          \
    for (size_t l = 1; l < row->length; ++l) {                       \
      largest = code[l * step] > largest ? code[l * step] : largest; \
    }                                                                \
    return largest;                                                  \
  } while (0)

static int32_t largest_code(const code_row* row, size_t step) {
  switch (row->from->type) {
    case XQ_S8:
      XQ_LARGEST(int8_t);
    case XQ_U8:
      XQ_LARGEST(uint8_t);
    case XQ_S16:
      XQ_LARGEST(int16_t);
    default:
      XQ_LARGEST(uint16_t);
  }
}

/* f32(f32(q - largest) * scale) of every code q. */
static void read_distances(const code_row* row, float* distance) {
  const int32_t largest = row->step == 1 ? largest_code(row, 1) : largest_code(row, row->step);
  for (size_t l = 0; l < row->length; ++l) {
    const int32_t code = xq_code_at(row->x, row->from->type, row->at + l * row->step);
    distance[l] = (float)(code - largest) * row->from->scale;
  }
}

/* The exponentials of distances, which may be the same array. */
static void exponentials(const xq_kernels* kernels, const float* distance, size_t n, float* e) {
  static const xq_unary_function kExp = {.op = XQ_EXP};
  kernels->map(&kExp, distance, n, e);
}

static double sum_of(const float* e, size_t n, double sum) {
  for (size_t i = 0; i < n; ++i) sum += (double)e[i];
  return sum;
}

/* The exponential of each distance of 8-bit codes: entry d is that of a code d below the largest.
 */
static void fill_table(const xq_kernels* kernels, float scale, float* table) {
  for (int d = 0; d < kDistances; ++d) table[d] = (float)-d * scale;
  exponentials(kernels, table, kDistances, table);
}

/* Looks up the exponentials; returns their sum. */
#define XQ_LOOK_UP(type)                              \
  do {                                                \
    const type* code = (const type*)row->x + row->at; \
    for (size_t l = 0; l < row->length; ++l) {        \
      e[l] = table[largest - code[l * row->step]];    \
      sum += (double)e[l];                            \
    }                                                 \
  } while (0)

static float look_up(const code_row* row, const float* table, float* e) {
  const int32_t largest = row->step == 1 ? largest_code(row, 1) : largest_code(row, row->step);
  double sum = 0.0;
  if (row->from->type == XQ_S8) {
    XQ_LOOK_UP(int8_t);
  } else {
    XQ_LOOK_UP(uint8_t);
  }
  return (float)sum;
}

/* e[l] / sum. table: NULL where the exponentials are computed one by one. */
static void plain(const xq_kernels* kernels, const code_row* row, const float* table, float* y) {
  float sum;
  if (table != NULL) {
    sum = look_up(row, table, y);
  } else {
    read_distances(row, y);
    exponentials(kernels, y, row->length, y);
    sum = (float)sum_of(y, row->length, 0.0);
  }
  for (size_t l = 0; l < row->length; ++l) y[l] = y[l] / sum;
}

static void logarithmic(const xq_kernels* kernels, const code_row* row, float* y) {
  read_distances(row, y);
  double sum = 0.0;
  for (size_t l = 0; l < row->length; l += XQ_CHUNK) {
    float e[XQ_CHUNK];
    const size_t count = xq_chunk(row->length, l);
    exponentials(kernels, y + l, count, e);
    sum = sum_of(e, count, sum);
  }
  const float log_sum = (float)xq_log((double)(float)sum);
  for (size_t l = 0; l < row->length; ++l) y[l] = y[l] - log_sum;
}

/* 1 for the first of the largest, 0 for the others. */
static void hard(const code_row* row, float* y) {
  read_distances(row, y);
  bool is_found = false;
  for (size_t l = 0; l < row->length; ++l) {
    const bool is_first = !is_found && y[l] == 0.0f;
    y[l] = is_first ? 1.0f : 0.0f;
    is_found = is_found || is_first;
  }
}

typedef enum softmax_kind { kPlain, kLog, kHard } softmax_kind;

static void softmax(softmax_kind kind, const void* x, size_t outer, size_t length, size_t inner,
                    const xq_quant* from, const xq_quant* to, void* y, void* workspace) {
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  float* result = workspace;
  if (length == 0) return;
  float exponential[kDistances];
  const bool has_table =
      kind == kPlain && xq_is_8_bit(from->type) && outer * inner * length >= (size_t)2 * kDistances;
  if (has_table) fill_table(kernels, from->scale, exponential);
  for (size_t i = 0; i < outer * inner; ++i) {
    const code_row row = {x, from, i / inner * length * inner + i % inner, inner, length};
    if (kind == kPlain) {
      plain(kernels, &row, has_table ? exponential : NULL, result);
    } else if (kind == kLog) {
      logarithmic(kernels, &row, result);
    } else {
      hard(&row, result);
    }
    xq_write_row(kernels, result, length, to, y, row.at, inner);
  }
}

void xq_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace) {
  softmax(kPlain, x, outer, length, inner, from, to, y, workspace);
}

void xq_log_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                    const xq_quant* to, void* y, void* workspace) {
  softmax(kLog, x, outer, length, inner, from, to, y, workspace);
}

void xq_hardmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace) {
  softmax(kHard, x, outer, length, inner, from, to, y, workspace);
}
