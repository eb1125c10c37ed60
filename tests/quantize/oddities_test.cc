#include "quantize/calibrate/oddities.h"

#include <gtest/gtest.h>

#include <limits>

#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

/// x -> Conv -> c -> Relu -> y, each tensor with values of its own in ten samples.
struct Fixture {
  SmallGraph g;
  Diagnostics diagnostics;
  ActivationStats stats;

  Fixture() {
    const ValueId c = conv(g, picture(g), "c");
    g.output(g.op("GlobalAveragePool", {c}, "y"));
    for (const char* name : {"x", "c", "y"}) {
      for (int sample = 0; sample < 10; ++sample) observe(name, {-1.0F, 1.0F}, sample);
    }
  }
  void observe(const std::string& name, const std::vector<float>& values, std::int64_t sample) {
    stats[g[name]].observe(values, sample);
  }
  std::span<const Diagnostic> report() {
    const Planned p(g);
    const SampleNames names{10, [](std::int64_t i) { return "img" + std::to_string(i) + ".png"; }};
    report_oddities(g.graph, stats, p.plan, names, diagnostics);
    return diagnostics.items();
  }
};

TEST(Oddities, OfOrdinaryDataAreNone) {
  Fixture f;
  EXPECT_TRUE(f.report().empty());
}

TEST(Oddities, NameWhereNonFiniteElementsAriseAndTheSample) {
  Fixture f;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  f.observe("c", {nan, 1.0F}, 4);
  f.observe("y", {nan}, 4);
  const auto notes = f.report();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].code, "XQ-CAL-001");
  EXPECT_EQ(notes[0].place.tensor, "c");
  EXPECT_EQ(notes[0].place.node, "c_node");
  EXPECT_NE(notes[0].message.find("sample 4 (img4.png)"), std::string::npos);
}

TEST(Oddities, NameDetectorsThatSawNothing) {
  const auto codes = [](float largest) {
    SmallGraph g;
    g.output(g.op("Sigmoid", {conv(g, picture(g), "c")}, "y"));
    const Planned p(g);
    ActivationStats stats;
    for (const plan::Group& group : p.plan.groups) {
      stats[group.root].observe(std::vector<float>{0.0F, largest}, 0);
    }
    Diagnostics diagnostics;
    report_oddities(g.graph, stats, p.plan, {1, nullptr}, diagnostics);
    std::vector<std::string> found;
    for (const Diagnostic& item : diagnostics.items()) {
      found.push_back(item.code + " " + item.place.tensor);
    }
    return found;
  };
  EXPECT_EQ(codes(0.003F), (std::vector<std::string>{"XQ-CAL-005 y"}));
  EXPECT_TRUE(codes(0.3F).empty());
}

TEST(Oddities, NameTensorsThatAreAlwaysZero) {
  Fixture f;
  f.stats[f.g["x"]] = TensorStats();
  f.observe("x", {0.0F}, 0);
  const auto notes = f.report();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].code, "XQ-CAL-002");
  EXPECT_EQ(notes[0].place.tensor, "x");
}

TEST(Oddities, DoNotCallTensorsZeroThatAreNeverFinite) {
  Fixture f;
  f.stats[f.g["y"]] = TensorStats();
  f.observe("c", {std::numeric_limits<float>::quiet_NaN()}, 0);
  f.observe("y", {std::numeric_limits<float>::quiet_NaN()}, 0);
  const auto notes = f.report();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].code, "XQ-CAL-001");
  EXPECT_EQ(notes[1].code, "XQ-CAL-002");
  EXPECT_EQ(notes[1].message, "The tensor has no finite element in any calibration sample.");
  EXPECT_EQ(notes[1].place.tensor, "y");
}

TEST(Oddities, NameTheSampleThatAloneSetsARange) {
  Fixture f;
  f.observe("c", {7.0F}, 3);
  f.observe("y", {-3.5F}, 3);
  const auto notes = f.report();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].code, "XQ-CAL-004");
  EXPECT_EQ(notes[0].message,
            "calibration sample 3 (img3.png) alone sets the range of 2 tensors, at most 4.0 times "
            "as wide as the other samples need.");
  EXPECT_EQ(notes[0].place.tensor, "c");
}

}  // namespace
}  // namespace xquant::quantize
