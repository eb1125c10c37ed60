// Counts heap allocations: after the first two runs there are none.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "runtime/build_graph.h"
#include "runtime/executor.h"
#include "runtime/random.h"

namespace {

std::atomic<int> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (bytes + alignment) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, rounded)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace xquant::runtime {
namespace {

TEST(Executor, AllocatesNothingFromTheThirdRunOn) {
  Random random(13);
  const std::vector<std::int64_t> ones{1, 1, 1, 1}, kernel{2, 2};
  const Graph graph = GraphBuilder()
                          .constant("w", random.tensor({8, 3, 3, 3}))
                          .constant("d", random.tensor({8, 1, 3, 3}))
                          .constant("fc", random.tensor({10, 8}))
                          .node("Conv", {"x", "w"}, {"a"}, {{"pads", ones}})
                          .node("Relu", {"a"}, {"b"})
                          .node("Conv", {"b", "d"}, {"c"}, {{"group", std::int64_t{8}}})
                          .node("Add", {"c", "c"}, {"e"})
                          .node("MaxPool", {"e"}, {"f"}, {{"kernel_shape", kernel}})
                          .node("GlobalAveragePool", {"f"}, {"g"})
                          .node("Flatten", {"g"}, {"h"})
                          .node("Gemm", {"h", "fc"}, {"i"}, {{"transB", std::int64_t{1}}})
                          .node("MatMul", {"i", "m"}, {"k"})
                          .node("Softmax", {"k"}, {"y"})
                          .build({"y"});
  Executor executor(Program::compile(graph, {{"", 13}}));
  const Tensor x = random.tensor({1, 3, 12, 12}), m = random.tensor({3, 10, 4});
  const TensorView inputs[] = {view_of(x), view_of(m)};
  for (int i = 0; i < 2; ++i) executor.run_views(inputs);
  const int before = allocations;
  executor.run_views(inputs);
  EXPECT_EQ(allocations, before);
}

TEST(Executor, AllocatesNothingForOperatorsWithScratchMemory) {
  Random random(14);
  const std::vector<std::int64_t> two{2, 2}, four{0, 1, 2, 3};
  const Graph graph =
      GraphBuilder()
          .constant("up", random.tensor({4, 4, 2, 2}))
          .constant("scales", Tensor::of<float>({4}, std::vector<float>{1, 1, 1.5f, 1.5f}))
          .constant("grid", random.tensor({1, 6, 6, 2}))
          .constant("one", Tensor::scalar(std::int64_t{1}))
          .constant("three", Tensor::of<std::int64_t>({1}, std::vector<std::int64_t>{3}))
          .constant("rows", Tensor::of<std::int64_t>({4, 1}, four))
          .node("ConvTranspose", {"x", "up"}, {"a"}, {{"strides", two}})
          .node("Resize", {"a", "", "scales"}, {"b"}, {{"mode", std::string("linear")}})
          .node("GridSample", {"b", "grid"}, {"c"})
          .node("LRN", {"c"}, {"d"}, {{"size", std::int64_t{3}}})
          .node("LpPool", {"d"}, {"e"}, {{"kernel_shape", two}, {"p", std::int64_t{3}}})
          .node("Einsum", {"e", "e"}, {"f"}, {{"equation", std::string("bchw,bchv->bcwv")}})
          .node("Einsum", {"f"}, {"g"}, {{"equation", std::string("...ij->...ji")}})
          .node("CumSum", {"g", "one"}, {"h"})
          .node("TopK", {"h", "three"}, {"i", "j"})
          .node("Squeeze", {"i"}, {"k"})
          .node("ScatterND", {"k", "rows", "k"}, {"l"})
          .node("Squeeze", {"j"}, {"j2"})
          .node("GatherElements", {"l", "j2"}, {"m"}, {{"axis", std::int64_t{1}}})
          .node("Sin", {"m"}, {"n"})
          .node("LpNormalization", {"n"}, {"o"})
          .node("Trilu", {"o"}, {"y"})
          .build({"y"});
  Executor executor(Program::compile(graph, {{"", 20}}));
  const Tensor x = random.tensor({1, 4, 3, 3});
  const TensorView inputs[] = {view_of(x)};
  for (int i = 0; i < 2; ++i) executor.run_views(inputs);
  const int before = allocations;
  executor.run_views(inputs);
  EXPECT_EQ(allocations, before);
}

TEST(Executor, AllocatesNothingForHalfPrecisionAndRecurrentOperators) {
  Random random(17);
  const std::int64_t half = static_cast<std::int64_t>(DataType::kFloat16);
  const Graph graph =
      GraphBuilder()
          .constant("w", random.tensor({8, 3, 3, 3}))
          .constant("wi", random.tensor({1, 20, 8}))
          .constant("wr", random.tensor({1, 20, 5}))
          .constant("axes", Tensor::of<std::int64_t>({1}, std::vector<std::int64_t>{0}))
          .node("Cast", {"x"}, {"xh"}, {{"to", half}})
          .node("Cast", {"w"}, {"wh"}, {{"to", half}})
          .node("Conv", {"xh", "wh"}, {"a"})
          .node("Softmax", {"a"}, {"b"})
          .node("GlobalMaxPool", {"b"}, {"c"})
          .node("CastLike", {"c", "x"}, {"d"})
          .node("Flatten", {"d"}, {"e"})
          .node("Unsqueeze", {"e", "axes"}, {"f"})
          .node("LSTM", {"f", "wi", "wr"}, {"y"})
          .build({"y"});
  Executor executor(Program::compile(graph, {{"", 15}}));
  const Tensor x = random.tensor({1, 3, 12, 12});
  const TensorView inputs[] = {view_of(x)};
  for (int i = 0; i < 2; ++i) executor.run_views(inputs);
  const int before = allocations;
  executor.run_views(inputs);
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace xquant::runtime
