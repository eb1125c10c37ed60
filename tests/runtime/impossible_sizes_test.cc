#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "runtime/build_graph.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

/// Runs y = op(x, constants...) on x of that shape; the message of what it refuses.
std::string refusal(const std::string& op, const std::vector<Tensor>& constants,
                    const Attributes& attributes, std::int64_t opset = 13,
                    const Shape& shape = {1, 1, 4, 4}) {
  GraphBuilder builder;
  std::vector<std::string> operands = {"x"};
  for (const Tensor& constant : constants) {
    if (constant.type() == DataType::kUndefined) {
      operands.emplace_back();
      continue;
    }
    operands.push_back("c" + std::to_string(operands.size()));
    builder.constant(operands.back(), constant);
  }
  builder.node(op, operands, {"y"}, attributes);
  const Graph graph = builder.build({"y"});
  try {
    Executor executor(Program::compile(graph, {{"", opset}}));
    const std::vector<float> zeros(static_cast<std::size_t>(element_count(shape)), 0.0F);
    const Tensor x = Tensor::of<float>(shape, zeros);
    executor.run({&x, 1});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-RT-003") << error.what();
    return error.message();
  }
  return "";
}

using Ints = std::vector<std::int64_t>;
constexpr std::int64_t kHuge = std::int64_t{1} << 62;

Tensor kernel() { return Tensor::of<float>({1, 1, 2, 2}, std::vector<float>(4, 1.0F)); }

TEST(ImpossibleSizes, OfWindowsAreRefused) {
  for (const std::string attribute : {"kernel_shape", "strides", "dilations", "pads"}) {
    for (const std::int64_t size : {kHuge, -kHuge, std::int64_t{1} << 40}) {
      const bool pads = attribute == "pads";
      Attributes attributes{{"kernel_shape", Ints{2, 2}}};
      attributes[attribute] = pads ? Ints{0, size, 0, size} : Ints{1, size};
      EXPECT_NE(refusal("MaxPool", {}, attributes), "") << attribute << size;
      if (attribute == "kernel_shape") continue;
      attributes["kernel_shape"] = Ints{2, 2};
      EXPECT_NE(refusal("Conv", {kernel()}, attributes), "") << attribute << size;
      EXPECT_NE(refusal("ConvTranspose", {kernel()}, attributes), "") << attribute << size;
    }
  }
  for (const std::int64_t size : {kHuge, -kHuge, std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_NE(refusal("ConvTranspose", {kernel()}, {{"output_shape", Ints{4, size}}}), "") << size;
  }
  EXPECT_EQ(refusal("ConvTranspose", {kernel()}, {{"output_shape", Ints{4, 4}}}), "");
  // Countable, but it would take forever.
  EXPECT_NE(refusal("ConvTranspose", {kernel()}, {{"strides", Ints{1, 1 << 19}}}), "");
}

TEST(ImpossibleSizes, OfScaledImagesAreRefused) {
  for (const float scale : {std::numeric_limits<float>::infinity(), 3e38F, -3e38F,
                            std::numeric_limits<float>::quiet_NaN()}) {
    const Tensor scales = Tensor::of<float>({4}, std::vector<float>{1, 1, 1, scale});
    EXPECT_NE(refusal("Resize", {Tensor(), scales}, {}), "") << scale;
  }
}

TEST(ImpossibleSizes, OfImagesWithoutElementsAreRefused) {
  const Tensor sizes = Tensor::of<std::int64_t>({4}, Ints{1, 1, 4, 4});
  const auto resize = [&](const std::string& mode, const Shape& from) {
    return refusal("Resize", {{}, {}, sizes}, {{"mode", mode}}, 13, from);
  };
  for (const std::string mode : {"nearest", "linear", "cubic"}) {
    EXPECT_NE(resize(mode, {1, 1, 4, 0}), "") << mode;
    EXPECT_EQ(resize(mode, {1, 1, 4, 2}), "") << mode;
  }
}

TEST(ImpossibleSizes, OfPartsWhoseEndsAreNotGivenAreRefused) {
  const Tensor none = Tensor::of<std::int64_t>({0}, std::vector<std::int64_t>{});
  const Tensor one = Tensor::of<std::int64_t>({1}, {1});
  EXPECT_NE(refusal("Slice", {none, one}, {}), "");
  EXPECT_NE(refusal("Slice", {one, none}, {}), "");
  EXPECT_EQ(refusal("Slice", {none, none}, {}), "");
}

TEST(ImpossibleSizes, OfPadsAreRefused) {
  for (const std::int64_t size : {std::numeric_limits<std::int64_t>::max(), -kHuge}) {
    const Tensor pads = Tensor::of<std::int64_t>({8}, Ints{0, 0, 0, size, 0, 0, 0, size});
    EXPECT_EQ(refusal("Pad", {pads}, {}), "pads of that size are not supported.");
  }
}

TEST(ImpossibleSizes, OfFiltersAreRefused) {
  const auto resize = [](float scale) {
    const Tensor scales = Tensor::of<float>({4}, std::vector<float>{1, 1, 1, scale});
    const Attributes attributes{{"mode", std::string("linear")}, {"antialias", std::int64_t{1}}};
    return refusal("Resize", {Tensor(), scales}, attributes, 18);
  };
  EXPECT_EQ(resize(0.5F), "");
  EXPECT_NE(resize(1e-45F), "");
}

TEST(ImpossibleSizes, OfConstantsToPadWithAreRefused) {
  const Tensor pads = Tensor::of<std::int64_t>({8}, Ints{0, 0, 1, 1, 0, 0, 1, 1});
  EXPECT_EQ(refusal("Pad", {pads, Tensor::scalar<float>(1)}, {}), "");
  for (const Tensor& fill : {Tensor::scalar<std::int8_t>(1), Tensor::scalar<double>(1)}) {
    EXPECT_NE(refusal("Pad", {pads, fill}, {}), "");
  }
}

TEST(ImpossibleSizes, OfReshapesWhoseElementsOverflowAreRefused) {
  // Their product is 16 in 64 bits that wrap.
  const std::vector<std::int64_t> wrapping{kHuge + 1, 16, kHuge + 1};
  EXPECT_NE(refusal("Reshape", {Tensor::of<std::int64_t>({3}, wrapping)}, {}), "");
}

TEST(ImpossibleSizes, OfKeysAndValuesThatDoNotFitAreRefused) {
  // Q is [1, 1, 4, 4]: one head of size 4.
  const auto ones = [](const Shape& shape) {
    return Tensor::of<float>(
        shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)), 1.0F));
  };
  const Tensor fitting = ones({1, 1, 4, 4});
  EXPECT_EQ(refusal("Attention", {fitting, fitting}, {}, 23), "");
  EXPECT_NE(refusal("Attention", {ones({0, 1, 4, 4}), fitting}, {}, 23), "");
  EXPECT_NE(refusal("Attention", {fitting, ones({0, 1, 4, 4})}, {}, 23), "");
  EXPECT_NE(refusal("Attention", {ones({1, 2, 4, 4}), fitting}, {}, 23), "");
  EXPECT_NE(refusal("Attention",
                    {fitting, fitting, Tensor(), ones({1, 1, 2, 4}), ones({1, 1, 1, 4})}, {}, 23),
            "");
}

TEST(ImpossibleSizes, OfBlocksAreRefusedAndLargeOnesAreOne) {
  for (const std::int64_t size : {kHuge, std::int64_t{1} << 32, std::int64_t{1} << 40}) {
    // The area of 2^32 by 2^32 is 0 in 64 bits that wrap: a division by zero.
    EXPECT_NE(refusal("DepthToSpace", {}, {{"blocksize", size}}), "") << size;
    EXPECT_NE(refusal("SpaceToDepth", {}, {{"blocksize", size}}), "") << size;
  }
  const Tensor scale = Tensor::of<float>({1, 1, 1, 4}, {0.1F, 0.2F, 0.3F, 0.4F});
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t block : {std::int64_t{4}, std::int64_t{5}, kHuge, most}) {
    const Attributes attributes{{"axis", std::int64_t{2}}, {"block_size", block}};
    EXPECT_EQ(refusal("QuantizeLinear", {scale}, attributes, 21), "") << block;
  }
}

TEST(ImpossibleSizes, OfRepeatsAreRefused) {
  // 4 times 2^62 + 1 is 4 in 64 bits that wrap.
  for (const std::int64_t repeats : {kHuge, kHuge + 1, -kHuge}) {
    const Tensor all = Tensor::of<std::int64_t>({4}, {1, 1, 1, repeats});
    EXPECT_NE(refusal("Tile", {all}, {}), "") << repeats;
  }
}

TEST(ImpossibleSizes, OfSamplesAreRefused) {
  const Tensor rois = Tensor::of<float>({1, 4}, {0, 0, 3, 3});
  const Tensor batch = Tensor::of<std::int64_t>({1}, {0});
  EXPECT_EQ(refusal("RoiAlign", {rois, batch}, {{"sampling_ratio", std::int64_t{4}}}, 16), "");
  for (const std::int64_t ratio : {std::int64_t{1} << 31, kHuge})  // would take forever
    EXPECT_NE(refusal("RoiAlign", {rois, batch}, {{"sampling_ratio", ratio}}, 16), "") << ratio;
}

TEST(ImpossibleSizes, OfNegativePadsAreRefused) {
  // As ONNX Runtime does; integer kernels take sizes without a sign.
  const Attributes pads{{"kernel_shape", Ints{2, 2}}, {"pads", Ints{0, -1, 0, 1}}};
  for (const std::string pool : {"MaxPool", "AveragePool"})
    EXPECT_NE(refusal(pool, {}, pads), "") << pool;
  for (const std::string conv : {"Conv", "ConvTranspose"})
    EXPECT_NE(refusal(conv, {kernel()}, pads), "") << conv;
}

TEST(ImpossibleTypes, OfABiasAreRefused) {
  const Tensor bias = Tensor::of<std::int32_t>({1}, {1});
  for (const std::string conv : {"Conv", "ConvTranspose"})
    EXPECT_NE(refusal(conv, {kernel(), bias}, {}), "") << conv;
}

}  // namespace
}  // namespace xquant::runtime
