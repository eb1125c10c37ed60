#include <stdio.h>

#include "int8/xq_int8.h"

/* 2 * 3 - 4 * 5 = -14, halved. */
int main(void) {
  const xq_gemm shape = {1, 1, 2};
  const int8_t x[2] = {2, 4};
  const int8_t w[2] = {3, -5};
  const float multiplier = 0.5f;
  const xq_requant to = {&multiplier, 1, 0, -128, 127, NULL};
  _Alignas(XQ_ALIGNMENT) char packed[4096];
  _Alignas(XQ_ALIGNMENT) char workspace[8192];
  int8_t y = 0;
  if (xq_gemm_packed_size(&shape) > sizeof(packed)) return 2;
  if (xq_gemm_workspace_size(&shape) > sizeof(workspace)) return 2;
  xq_gemm_pack(&shape, w, 1, 1, packed);
  xq_gemm_s8(&shape, x, 0, packed, NULL, &to, &y, workspace);
  printf("%s: %d\n", xq_int8_isa(), y);
  return y == -7 ? 0 : 1;
}
