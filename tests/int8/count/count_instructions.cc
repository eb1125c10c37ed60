// count_instructions int8|scalar|float repeats: that many products of 16x256 by 256x128. Two runs
// with different repeats differ by the instructions of the products alone.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "int8/xq_int8.h"
#include "runtime/gemm/gemm.h"

namespace {

constexpr size_t kRows = 16, kColumns = 128, kDepth = 256;

void run_int8(int repeats) {
  const xq_gemm shape = {kRows, kColumns, kDepth};
  const std::vector<int8_t> x(kRows * kDepth, 3), w(kDepth * kColumns, -2);
  std::vector<uint64_t> packed(xq_gemm_packed_size(&shape) / 8 + 1);
  std::vector<uint64_t> workspace(xq_gemm_workspace_size(&shape) / 8 + 1);
  std::vector<int8_t> y(kRows * kColumns);
  const std::vector<float> multiplier(kColumns, 0.01f);
  const xq_requant to = {multiplier.data(), kColumns, 3, -128, 127, nullptr};
  xq_gemm_pack(&shape, w.data(), kColumns, 1, packed.data());
  for (int i = 0; i < repeats; ++i) {
    xq_gemm_s8(&shape, x.data(), 5, packed.data(), nullptr, &to, y.data(), workspace.data());
  }
}

void run_float(int repeats) {
  namespace gemm = xquant::runtime::gemm;
  const std::vector<float> x(kRows * kDepth, 3.0f), w(kDepth * kColumns, -2.0f);
  std::vector<float> packed(kRows * kDepth), y(kRows * kColumns);
  std::vector<float> scratch(gemm::tile_scratch_floats());
  const gemm::PackedColumns columns({w.data(), kDepth, kColumns, kColumns, 1});
  for (int i = 0; i < repeats; ++i) {
    gemm::pack_rows({x.data(), kRows, kDepth, kDepth, 1}, packed.data());
    gemm::multiply({kRows, kColumns, kDepth, packed.data(), y.data(), kColumns}, columns, scratch);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int repeats = std::atoi(argv[2]);
  if (std::strcmp(argv[1], "float") == 0) {
    run_float(repeats);
  } else {
    if (std::strcmp(argv[1], "scalar") == 0) xq_int8_select("scalar");
    run_int8(repeats);
  }
  return 0;
}
