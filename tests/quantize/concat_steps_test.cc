#include "quantize/calibrate/concat_steps.h"

#include <gtest/gtest.h>

#include <map>

#include "quantize/params.h"
#include "quantize/planned.h"

namespace xquant::quantize {
namespace {

const Attributes kChannels{{"axis", std::int64_t{1}}};

/// The scale of every tensor that has one, after sharing; `highs` are the ranges before, from 0 on,
/// by the names of the groups' roots (1 for the rest).
std::map<std::string, float> scales_after(const SmallGraph& g, const Planned& p,
                                          const std::map<std::string, double>& highs) {
  std::vector<plan::Group> groups = p.plan.groups;
  for (plan::Group& group : groups) {
    const auto high = highs.find(g.graph.value(group.root).name);
    group.params = asymmetric_params({0, high == highs.end() ? 1.0 : high->second});
  }
  share_concat_steps(g.graph, p.plan, groups);
  std::map<std::string, float> scales;
  for (const auto& [value, group] : p.plan.group_of) {
    scales[g.graph.value(value).name] = groups[index(group)].params.scales[0];
  }
  return scales;
}

float step(double high) { return asymmetric_params({0, high}).scales[0]; }

TEST(ConcatSteps, AreThoseOfOperandsThatNothingElseReads) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId alone = conv(g, x, "alone");
  const ValueId moved = g.op("MaxPool", {conv(g, x, "moved")}, "pooled",
                             {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  const ValueId read = conv(g, x, "read");
  const ValueId fine = conv(g, x, "fine");
  const ValueId known = g.op("Softmax", {conv(g, x, "logits")}, "known");
  const ValueId cat = g.op("Concat", {alone, moved, read, fine, known}, "cat", kChannels);
  g.output(cat);
  g.output(conv(g, read, "beside"));
  g.output(conv(g, conv(g, x, "single"), "after"));
  const Planned p(g);
  const auto scales = scales_after(g, p, {{"cat", 1.8}, {"fine", 0.85}, {"after", 1.8}});
  EXPECT_EQ(scales.at("cat"), step(1.8));
  EXPECT_EQ(scales.at("alone"), step(1.8));
  EXPECT_EQ(scales.at("moved"), step(1.8)) << "only the movement's result reaches the Concat";
  EXPECT_EQ(scales.at("pooled"), step(1.8));
  EXPECT_EQ(scales.at("read"), step(1)) << "a convolution reads it too";
  EXPECT_EQ(scales.at("fine"), step(0.85)) << "its first rounding costs little";
  EXPECT_EQ(scales.at("single"), step(1)) << "its reader is no Concat";
  EXPECT_EQ(scales.at("known"), step(1)) << "the graph says its range";
}

TEST(ConcatSteps, OfOutputsAndFloatReadersStay) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId shown = conv(g, x, "shown");
  const ValueId elsewhere = conv(g, x, "elsewhere");
  g.output(g.op("Concat", {shown, elsewhere}, "cat", kChannels));
  g.output(shown);
  g.output(g.op("Erf", {elsewhere}, "float"));
  const Planned p(g);
  const auto scales = scales_after(g, p, {{"cat", 1.8}});
  EXPECT_EQ(scales.at("shown"), step(1));
  EXPECT_EQ(scales.at("elsewhere"), step(1));
}

TEST(ConcatSteps, LeaveWhatTheUserCalibratesInAnotherWay) {
  SmallGraph g;
  const ValueId x = picture(g);
  g.output(g.op("Concat", {conv(g, x, "own"), conv(g, x, "a")}, "cat", kChannels));
  Planned p(g);
  p.plan.groups[index(p.plan.group_of.at(g["own"]))].rule = {config::CalibrationType::kKl};
  const auto scales = scales_after(g, p, {{"cat", 1.8}});
  EXPECT_EQ(scales.at("own"), step(1));
  EXPECT_EQ(scales.at("a"), step(1.8));
}

TEST(ConcatSteps, GoByTheLastOfTwo) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId inner = g.op("Concat", {conv(g, x, "a"), conv(g, x, "b")}, "inner", kChannels);
  g.output(g.op("Concat", {inner, conv(g, x, "c")}, "outer", kChannels));
  const Planned p(g);
  const auto scales = scales_after(g, p, {{"inner", 1.5}, {"outer", 1.8}});
  for (const char* name : {"a", "b", "c", "inner"}) EXPECT_EQ(scales.at(name), step(1.8)) << name;
}

TEST(ConcatSteps, AreNotAskedOfAnOperandOfTwoConcats) {
  SmallGraph g;
  const ValueId x = picture(g);
  const ValueId both = conv(g, x, "both");
  g.output(g.op("Concat", {both, conv(g, x, "a")}, "one", kChannels));
  g.output(g.op("Concat", {both, conv(g, x, "b")}, "two", kChannels));
  const Planned p(g);
  const auto scales = scales_after(g, p, {{"one", 1.5}, {"two", 1.8}});
  EXPECT_EQ(scales.at("both"), step(1));
  EXPECT_EQ(scales.at("a"), step(1.5));
  EXPECT_EQ(scales.at("b"), step(1.8));
}

}  // namespace
}  // namespace xquant::quantize
