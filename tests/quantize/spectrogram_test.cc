#include "quantize/policy/spectrogram.h"

#include <gtest/gtest.h>

#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

constexpr const char* kReason =
    "it is part of a spectrogram, whose logarithm eight bits do not hold";

ValueId number(SmallGraph& g, const std::string& name, float value) {
  return g.graph.add_constant(name, Tensor::scalar<float>(value));
}

/// Two filters, their squares added, a mel matrix, a bound; then what the test adds, then a Conv.
struct Audio {
  SmallGraph g;
  ValueId mel;

  explicit Audio(bool activation = false) {
    ValueId x = picture(g);
    if (activation) x = g.op("Relu", {conv(g, x, "before")}, "relu");
    const Attributes last{{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}};
    const ValueId re = g.op("Transpose", {conv(g, x, "re")}, "moved", last);
    const ValueId im = g.op("Transpose", {conv(g, x, "im")}, "moved_too", last);
    const ValueId power =
        g.op("Add", {g.op("Mul", {re, re}, "re2"), g.op("Mul", {im, im}, "im2")}, "power");
    const std::vector<float> bands(8, 0.25F);
    mel = g.op("MatMul", {power, g.constant("bands", {2, 4}, bands)}, "mel");
  }
  void finish(ValueId last) {
    const ValueId back = g.op("Reshape", {last, g.integers("shape", {1, 2, 4, -1})}, "back");
    g.output(conv(g, back, "y"));
  }
};

TEST(Spectrogram, StaysFloatUpToItsLogarithm) {
  Audio audio;
  SmallGraph& g = audio.g;
  audio.finish(g.op("Log", {g.op("Max", {audio.mel, number(g, "floor", 1e-6F)}, "bound")}, "log"));
  const Planned p(g);
  for (const char* value : {"re", "im", "moved", "re2", "power", "mel"}) {
    EXPECT_FALSE(p.is_quantized(value)) << value;
  }
  EXPECT_EQ(p.reason("re"), kReason);
  EXPECT_EQ(p.reason("mel"), kReason);
  EXPECT_TRUE(p.is_quantized("y"));
}

TEST(Spectrogram, MayTakeItsMatricesFromConstants) {
  SmallGraph g;
  const ValueId x = picture(g);
  // What a large constant is computed from stays in the graph: no initializer, and yet no data.
  const ValueId zeros = g.op("ConstantOfShape", {g.integers("size", {3})}, "zeros");
  const ValueId ends =
      g.op("Concat", {zeros, g.constant("one", {1}, {1.0F})}, "ends", {{"axis", std::int64_t{0}}});
  const ValueId window = g.op("Reshape", {ends, g.integers("column", {4, 1})}, "window");
  const ValueId part = g.op("MatMul", {x, window}, "part");
  g.output(conv(g, g.op("Log", {g.op("Mul", {part, part}, "power")}, "log"), "y"));
  EXPECT_EQ(spectrogram_nodes(g.graph).size(), 2U);
}

TEST(Spectrogram, WithoutLogarithmIsQuantized) {
  Audio audio;
  audio.finish(audio.g.op("Sqrt", {audio.mel}, "root"));
  EXPECT_TRUE(spectrogram_nodes(audio.g.graph).empty());
}

TEST(Spectrogram, IsNoneBehindAnActivation) {
  Audio audio(true);
  audio.finish(audio.g.op("Log", {audio.mel}, "log"));
  EXPECT_TRUE(spectrogram_nodes(audio.g.graph).empty());
}

TEST(Spectrogram, IsNoneWhereNothingIsSquared) {
  SmallGraph g;
  g.output(g.op("Log", {conv(g, picture(g), "c")}, "y"));
  EXPECT_TRUE(spectrogram_nodes(g.graph).empty());
}

}  // namespace
}  // namespace xquant::quantize
