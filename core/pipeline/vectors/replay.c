/* Replays the test vectors beside it with the int8 library alone: every step of the model that
 * writes 8-bit elements, or multiplies them, on the operands it had, each result compared byte for
 * byte.
 *
 *   cc -O2 -I<xquant>/core replay.c <xquant_int8> -o replay && ./replay [vectors.bin]
 *
 * Exit status: 0 all equal, 1 a step differs, 2 vectors.bin cannot be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

static const unsigned char* data; /* vectors.bin */

static const void* at(size_t offset) { return offset == XQV_NONE ? NULL : data + offset; }

static void* allocate(size_t bytes) {
  void* memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == NULL) {
    fputs("out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

static xq_codes codes_of(const xqv_step* s) {
  const xq_codes codes = {at(s->x), s->x_quant.type, s->x_quant.zero_point};
  return codes;
}

static xq_weights weights_of(const xqv_step* s) {
  const xq_weights weights = {at(s->second), s->second_quant.type,
                              (const int32_t*)at(s->second_zero_points),
                              s->second_zero_point_count};
  return weights;
}

/* Accumulators as real numbers: the result of a step that is not requantized. */
static void to_reals(const xqv_step* s, const int32_t* acc, float* y) {
  const float* unit = (const float*)at(s->multipliers);
  for (size_t row = 0; row < s->outer * s->length; ++row) {
    const float m = unit[s->multiplier_count == 1 ? 0 : row % s->length];
    for (size_t i = 0; i < s->inner; ++i) *y++ = (float)*acc++ * m;
  }
}

/* The stage of a step with its constants in place; `steps` holds it. */
static xq_stage stage_of(const xqv_step* s, xq_step* steps) {
  const float* constants = (const float*)at(s->stage_constants);
  for (size_t i = 0; i < s->stage_count; ++i) {
    steps[i] = s->stage[i];
    steps[i].constant = constants;
    if (constants != NULL) constants += steps[i].constants;
  }
  const xq_stage stage = {steps, s->stage_count, s->to.scale, NULL};
  return stage;
}

static size_t packed_size(const xqv_step* s) {
  switch (s->kind) {
    case XQV_CONV:
      return xq_conv_packed_size(&s->conv);
    case XQV_CONV_TRANSPOSE:
      return xq_conv_transpose_packed_size(&s->conv);
    default:
      return xq_gemm_packed_size(&s->gemm);
  }
}

static void* pack(const xqv_step* s, const xq_weights* w) {
  void* packed = allocate(packed_size(s));
  switch (s->kind) {
    case XQV_CONV:
      xq_conv_pack(&s->conv, w, packed);
      break;
    case XQV_CONV_TRANSPOSE:
      xq_conv_transpose_pack(&s->conv, w, packed);
      break;
    default:
      xq_gemm_pack_weights(&s->gemm, w, s->k_stride, s->n_stride, packed);
      break;
  }
  return packed;
}

static size_t weight_count(const xqv_step* s) {
  if (s->kind == XQV_GEMM) return s->gemm.k * s->gemm.n;
  const size_t* kernel = s->conv.kernel;
  return s->conv.in_channels * s->conv.out_channels / s->conv.groups * kernel[0] * kernel[1] *
         kernel[2];
}

/* The same with weights of 8 or 16 bits, whose bytes are packed apart. */
static xq_wide_weights pack_wide(const xqv_step* s, const xq_weights* w) {
  void* room = allocate(xq_split_weights_size(w, weight_count(s)));
  xq_weights planes[2];
  const size_t count = xq_split_weights(w, weight_count(s), planes, room);
  const xq_wide_weights packed = {pack(s, &planes[0]), count > 1 ? pack(s, &planes[1]) : NULL};
  free(room);
  return packed;
}

/* Products with a tensor of 16 bits. */
static void multiply_wide(const xqv_step* s, const xq_requant* to, void* y) {
  const xq_codes x = codes_of(s);
  const xq_weights w = weights_of(s);
  const int64_t* bias = (const int64_t*)at(s->bias);
  const xq_wide_result result = {to, s->to.type, s->to_float ? NULL : y, s->to_float ? y : NULL};
  xq_wide_weights packed = {NULL, NULL};
  void* workspace = NULL;
  if (s->kind != XQV_MATMUL) packed = pack_wide(s, &w);
  switch (s->kind) {
    case XQV_CONV:
      workspace = allocate(xq_wide_conv_workspace_size(&s->conv));
      xq_wide_conv(&s->conv, &x, &packed, bias, &result, workspace);
      break;
    case XQV_CONV_TRANSPOSE:
      workspace = allocate(xq_wide_conv_transpose_workspace_size(&s->conv));
      xq_wide_conv_transpose(&s->conv, &x, &packed, bias, &result, workspace);
      break;
    case XQV_GEMM:
      workspace = allocate(xq_wide_gemm_workspace_size(&s->gemm));
      xq_wide_gemm(&s->gemm, &x, &packed, bias, &result, workspace);
      break;
    default:
      workspace = allocate(xq_wide_matmul_workspace_size(&s->matmul, &w));
      xq_wide_matmul(&s->matmul, &x, &w, &result, workspace);
      break;
  }
  free((void*)packed.high);
  free((void*)packed.low);
  free(workspace);
}

/* Conv, ConvTranspose, Gemm, MatMul. */
static void multiply(const xqv_step* s, void* y) {
  const xq_codes x = codes_of(s);
  const xq_weights w = weights_of(s);
  const int32_t* bias = (const int32_t*)at(s->bias);
  xq_step steps[XQ_MAX_STEPS];
  const xq_stage stage = stage_of(s, steps);
  xq_requant to = {(const float*)at(s->multipliers),
                   s->multiplier_count,
                   s->to.zero_point,
                   s->to.qmin,
                   s->to.qmax,
                   NULL};
  if (stage.count > 0) to.stage = &stage;
  if (s->is_wide) {
    multiply_wide(s, &to, y);
    return;
  }
  const xq_type type = s->to.type;
  int32_t* acc = s->to_float ? allocate(s->outer * s->length * s->inner * sizeof(int32_t)) : NULL;
  void *packed = NULL, *workspace = NULL;
  switch (s->kind) {
    case XQV_CONV:
      packed = pack(s, &w);
      workspace = allocate(xq_conv_workspace_size(&s->conv));
      if (acc != NULL)
        xq_conv_s32(&s->conv, &x, packed, bias, acc, workspace);
      else
        xq_conv_q8(&s->conv, &x, packed, bias, &to, type, y, workspace);
      break;
    case XQV_CONV_TRANSPOSE:
      packed = pack(s, &w);
      workspace = allocate(xq_conv_transpose_workspace_size(&s->conv));
      if (acc != NULL)
        xq_conv_transpose_s32(&s->conv, &x, packed, bias, acc, workspace);
      else
        xq_conv_transpose_q8(&s->conv, &x, packed, bias, &to, type, y, workspace);
      break;
    case XQV_GEMM:
      packed = pack(s, &w);
      workspace = allocate(xq_gemm_workspace_size(&s->gemm));
      if (acc != NULL)
        xq_gemm_s32(&s->gemm, &x, packed, bias, acc, workspace);
      else
        xq_gemm_q8(&s->gemm, &x, packed, bias, &to, type, y, workspace);
      break;
    default:
      workspace = allocate(xq_matmul_workspace_size(&s->matmul));
      if (acc != NULL)
        xq_matmul_s32(&s->matmul, &x, &w, acc, workspace);
      else
        xq_matmul_q8(&s->matmul, &x, &w, &to, type, y, workspace);
      break;
  }
  if (acc != NULL) to_reals(s, acc, (float*)y);
  free(acc);
  free(packed);
  free(workspace);
}

static void binary(const xqv_step* s, void* y) {
  const xq_tensor a = {at(s->x), s->x_quant, s->x_shape};
  const xq_tensor b = {at(s->second), s->second_quant, s->second_shape};
  xq_binary((xq_binary_op)s->option, &a, &b, &s->to, y);
}

static void expression(const xqv_step* s, void* y) {
  const int64_t* table = (const int64_t*)at(s->table);
  xq_operand operands[XQ_MAX_OPERANDS];
  for (size_t i = 0; i < s->operand_count; ++i) {
    operands[i] = s->operands[i];
    operands[i].data = at((size_t)table[i]);
  }
  xq_expression(operands, s->operand_count, s->stage, s->stage_count, &s->to, y);
}

static void normalize(const xqv_step* s, void* y) {
  const float *gamma = (const float*)at(s->gamma), *beta = (const float*)at(s->beta);
  const size_t planes = s->option == XQV_GROUP_NORM ? s->inner / s->groups : 1;
  void* workspace = allocate(xq_norm_workspace_size(planes * s->length));
  switch ((xqv_normalization)s->option) {
    case XQV_LAYER_NORM:
      xq_layer_norm(at(s->x), s->outer, s->length, gamma, beta, s->epsilon, &s->x_quant, &s->to, y,
                    workspace);
      break;
    case XQV_RMS_NORM:
      xq_rms_norm(at(s->x), s->outer, s->length, gamma, s->epsilon, &s->x_quant, &s->to, y,
                  workspace);
      break;
    case XQV_INSTANCE_NORM:
      xq_instance_norm(at(s->x), s->outer, s->inner, s->length, gamma, beta, s->epsilon,
                       &s->x_quant, &s->to, y, workspace);
      break;
    case XQV_GROUP_NORM:
      xq_group_norm(at(s->x), s->outer, s->inner, s->length, s->groups, gamma, beta, s->epsilon,
                    &s->x_quant, &s->to, y, workspace);
      break;
  }
  free(workspace);
}

static void softmax(const xqv_step* s, void* y) {
  void* workspace = allocate(xq_softmax_workspace_size(s->length));
  if (s->option == 1)
    xq_log_softmax(at(s->x), s->outer, s->length, s->inner, &s->x_quant, &s->to, y, workspace);
  else if (s->option == 2)
    xq_hardmax(at(s->x), s->outer, s->length, s->inner, &s->x_quant, &s->to, y, workspace);
  else
    xq_softmax(at(s->x), s->outer, s->length, s->inner, &s->x_quant, &s->to, y, workspace);
  free(workspace);
}

static void resize(const xqv_step* s, void* y) {
  const size_t in[] = {s->resize[0].in, s->resize[1].in};
  const size_t out[] = {s->resize[0].out, s->resize[1].out};
  void* workspace = allocate(xq_resize_linear_workspace_size(in, out));
  size_t* index[2];
  float* weight[2];
  for (int i = 0; i < 2; ++i) {
    index[i] = allocate(2 * out[i] * sizeof(size_t));
    weight[i] = allocate(2 * out[i] * sizeof(float));
    xq_resize_linear_taps(&s->resize[i], index[i], weight[i]);
  }
  const xq_resize_taps row = {index[0], weight[0]}, column = {index[1], weight[1]};
  xq_resize_linear(at(s->x), s->outer, in, out, &row, &column, &s->x_quant, &s->to, y, workspace);
  for (int i = 0; i < 2; ++i) free(index[i]), free(weight[i]);
  free(workspace);
}

static void resize_separable(const xqv_step* s, void* y) {
  const size_t rank = s->x_shape.rank;
  void* workspace = allocate(xq_resize_separable_workspace_size(&s->rule, s->resize, rank));
  xq_resize_separable(&s->rule, s->resize, rank, at(s->x), &s->x_quant, &s->to, y, workspace);
  free(workspace);
}

/* One table, or one for each channel; with option 1 all channels read the same row. */
static void tables(const xqv_step* s, void* y) {
  const uint8_t *table = (const uint8_t*)at(s->second), *x = (const uint8_t*)at(s->x);
  for (size_t row = 0; row < s->outer * s->length; ++row) {
    const size_t from = s->option == 1 ? row / s->length : row;
    xq_table_apply(table + row % s->length * sizeof(xq_table), x + from * s->inner, s->inner,
                   (uint8_t*)y + row * s->inner);
  }
}

/* Operators that move elements. */
static void move(const xqv_step* s, void* y) {
  const int64_t* table = (const int64_t*)at(s->table);
  ptrdiff_t places[2 * XQ_MAX_RANK] = {0};
  const size_t rank = s->x_shape.rank;
  const size_t first = s->kind == XQV_MOVE ? 1 : 0;
  for (size_t i = first; i < s->table_count && i - first < 2 * XQ_MAX_RANK; ++i)
    places[i - first] = (ptrdiff_t)table[i];
  if (s->kind == XQV_PAD)
    xq_pad(at(s->x), &s->x_shape, places, places + rank, XQ_PAD_CONSTANT, s->option, s->to.type, y);
  else if (s->x != XQV_NONE)
    xq_move((const char*)at(s->x) + table[0], &s->x_shape, places, s->to.type, y);
}

/* x where it lies in one piece, else a copy that does. */
static void* moved_together(const xqv_step* s) {
  if (s->table_count == 0) return NULL;
  void* moved = allocate(xq_shape_elements(&s->x_shape) * xq_type_size(s->x_quant.type));
  xqv_step gather = *s;
  gather.kind = XQV_MOVE;
  gather.to = s->x_quant;
  move(&gather, moved);
  return moved;
}

static void vector_norm(const xqv_step* s, void* y) {
  const size_t rank = s->x_shape.rank;
  void* moved = moved_together(s);
  void* workspace = allocate(xq_norm_workspace_size(s->length));
  void* rows = moved == NULL ? y : allocate(s->y_bytes);
  xq_vector_norm((xq_divisor)s->option, moved == NULL ? at(s->x) : moved, s->outer, s->length,
                 s->inner, &s->x_quant, &s->to, rows, workspace);
  if (moved != NULL) {
    ptrdiff_t strides[XQ_MAX_RANK] = {0};
    const int64_t* table = (const int64_t*)at(s->table);
    for (size_t d = 0; d < rank; ++d) strides[d] = (ptrdiff_t)table[1 + rank + d];
    xq_move(rows, &s->second_shape, strides, s->to.type, y);
    free(rows);
  }
  free(moved);
  free(workspace);
}

static void sample(const xqv_step* s, void* y) {
  const int64_t* start = (const int64_t*)at(s->table);
  const int64_t* index = start + s->length + 1;
  const double* weight = (const double*)(const void*)(index + s->inner);
  const xq_samples samples = {s->length, start, index, weight, s->option};
  xq_sample(&samples, at(s->x), 1, s->outer, &s->x_quant, &s->to, y);
}

static void lrn(const xqv_step* s, void* y) {
  const float* reals = (const float*)at(s->gamma);
  const xq_lrn_window window = {s->groups, reals[0], reals[1], reals[2]};
  xq_lrn(&window, at(s->x), s->outer, s->length, s->inner, &s->x_quant, &s->to, y);
}

static void reduce(const xqv_step* s, void* y) {
  void* moved = moved_together(s);
  xq_reduce((xq_reduction)s->option, moved == NULL ? at(s->x) : moved, s->outer, s->length,
            s->inner, &s->x_quant, &s->to, y);
  free(moved);
}

static void concat(const xqv_step* s, void* y) {
  const int64_t* table = (const int64_t*)at(s->table);
  const size_t count = s->table_count / 2;
  xq_tensor* parts = allocate(count * sizeof(xq_tensor));
  size_t* length = allocate(count * sizeof(size_t));
  for (size_t i = 0; i < count; ++i) {
    memset(&parts[i], 0, sizeof(parts[i]));
    parts[i].data = at((size_t)table[2 * i]);
    parts[i].quant = s->x_quant;
    length[i] = (size_t)table[2 * i + 1];
  }
  xq_concat(parts, length, count, s->outer, s->inner, &s->to, y);
  free(parts);
  free(length);
}

static void resize_nearest(const xqv_step* s, void* y) {
  const int64_t* table = (const int64_t*)at(s->table);
  const size_t in[] = {s->resize[0].in, s->resize[1].in};
  const size_t out[] = {s->resize[0].out, s->resize[1].out};
  size_t* index = allocate(s->table_count * sizeof(size_t));
  for (size_t i = 0; i < s->table_count; ++i) index[i] = (size_t)table[i];
  xq_resize_nearest(at(s->x), s->outer, in, out, index, index + out[0], s->to.type, y);
  free(index);
}

static void scatter(const xqv_step* s, void* y) {
  const xq_tensor updates = {at(s->x), s->x_quant, {0, {0}}};
  const xq_tensor data = {at(s->second), s->second_quant, {0, {0}}};
  void* workspace = allocate(xq_scatter_workspace_size(s->outer * s->inner));
  xq_scatter((xq_scatter_op)s->option, s->second == XQV_NONE ? NULL : &data, s->outer, s->inner,
             &updates, (const int64_t*)at(s->table), s->table_count, &s->to, y, workspace);
  free(workspace);
}

static void quantize(const xqv_step* s, void* y) {
  const float* x = (const float*)at(s->x);
  if (s->multipliers == XQV_NONE)
    xq_quantize(x, s->length, &s->to, y);
  else
    xq_quantize_axis(x, s->outer, s->length, s->inner, (const float*)at(s->multipliers),
                     (const int32_t*)at(s->second_zero_points), s->to.type, y);
}

static void run(const xqv_step* s, void* y) {
  switch (s->kind) {
    case XQV_CONV:
    case XQV_CONV_TRANSPOSE:
    case XQV_GEMM:
    case XQV_MATMUL:
      multiply(s, y);
      break;
    case XQV_BINARY:
      binary(s, y);
      break;
    case XQV_EXPRESSION:
      expression(s, y);
      break;
    case XQV_AVERAGE_POOL:
      xq_average_pool(&s->pool, (xq_pool_count)s->option, at(s->x), &s->x_quant, &s->to, y);
      break;
    case XQV_LP_POOL:
      xq_lp_pool(&s->pool, s->option, at(s->x), &s->x_quant, &s->to, y);
      break;
    case XQV_REDUCE:
      reduce(s, y);
      break;
    case XQV_SOFTMAX:
      softmax(s, y);
      break;
    case XQV_NORMALIZATION:
      normalize(s, y);
      break;
    case XQV_RESIZE_LINEAR:
      resize(s, y);
      break;
    case XQV_RESIZE_SEPARABLE:
      resize_separable(s, y);
      break;
    case XQV_TABLE:
      tables(s, y);
      break;
    case XQV_MAX_POOL:
      xq_max_pool(&s->pool, at(s->x), &s->x_quant, &s->to, y);
      break;
    case XQV_CONCAT:
      concat(s, y);
      break;
    case XQV_MOVE:
    case XQV_PAD:
      move(s, y);
      break;
    case XQV_GATHER:
      xq_gather(at(s->x), s->outer, s->length, s->inner, (const int64_t*)at(s->table),
                s->table_count, s->to.type, y);
      break;
    case XQV_RESIZE_NEAREST:
      resize_nearest(s, y);
      break;
    case XQV_QUANTIZE:
      quantize(s, y);
      break;
    case XQV_SCATTER:
      scatter(s, y);
      break;
    case XQV_VECTOR_NORM:
      vector_norm(s, y);
      break;
    case XQV_SAMPLE:
      sample(s, y);
      break;
    case XQV_LRN:
      lrn(s, y);
      break;
    case XQV_WIDE_TABLE:
      xq_wide_table_apply(at(s->second), s->x_quant.type, s->to.type, at(s->x), s->length, y);
      break;
    case XQV_CUMSUM:
      xq_cumsum(at(s->x), s->outer, s->length, s->inner, s->option & 1, s->option & 2, &s->x_quant,
                &s->to, y);
      break;
  }
}

/* Whether the step gives the bytes of the vectors. */
static int replay(const xqv_step* s) {
  const unsigned char* wanted = at(s->y);
  unsigned char* y = allocate(s->y_bytes);
  memset(y, 0xA5, s->y_bytes);
  run(s, y);
  size_t differ = 0, first = 0;
  for (size_t i = s->y_bytes; i-- > 0;) {
    if (y[i] != wanted[i]) ++differ, first = i;
  }
  if (differ != 0)
    printf("%s: %lu of %lu bytes differ, first at %lu: %d, not %d\n", s->node,
           (unsigned long)differ, (unsigned long)s->y_bytes, (unsigned long)first, y[first],
           wanted[first]);
  free(y);
  return differ == 0;
}

int main(int argc, char** argv) {
  FILE* file = fopen(argc > 1 ? argv[1] : "vectors.bin", "rb");
  unsigned char* bytes = allocate(XQV_DATA_SIZE);
  if (file == NULL || fread(bytes, 1, XQV_DATA_SIZE, file) != XQV_DATA_SIZE) {
    fputs("vectors.bin cannot be read\n", stderr);
    return 2;
  }
  fclose(file);
  data = bytes;
  size_t equal = 0;
  for (size_t i = 0; i < XQV_STEPS; ++i) equal += (size_t)replay(&xqv_steps[i]);
  printf("%lu of %lu steps equal, kernels: %s\n", (unsigned long)equal, (unsigned long)XQV_STEPS,
         xq_int8_isa());
  free(bytes);
  return equal == XQV_STEPS ? 0 : 1;
}
