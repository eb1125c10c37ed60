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

}  // namespace
}  // namespace xquant::runtime
