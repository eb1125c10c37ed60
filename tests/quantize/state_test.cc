#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/sha256.h"
#include "quantize/state/calibration_state.h"

namespace xquant::quantize {
namespace {

TensorStats stats_of(int sample) {
  TensorStats stats;
  std::vector<float> values{0.0F, -0.0F};
  for (int i = 1; i < 50; ++i)
    values.push_back(std::sin(static_cast<float>(i + 7 * sample)) * static_cast<float>(sample + 1));
  if (sample == 2) values.push_back(std::numeric_limits<float>::infinity());
  stats.observe(values, sample);
  return stats;
}

/// The state of some samples of a list of six, as one pass would give it.
CalibrationState state_of(const std::vector<int>& samples) {
  CalibrationState state{.model = "m", .preprocessing = "p", .listed = 6};
  state.traced_sample = samples[0];
  CalibrationState::Observed& x = state.tensors["x"];
  x.type = DataType::kFloat;
  x.shape = {1, samples[0] + 10};
  state.tensors["i"] = {.type = DataType::kInt64, .shape = {3}};
  for (const int sample : samples) {
    state.samples[sample] = "digest " + std::to_string(sample);
    x.stats.merge(stats_of(sample));
  }
  return state;
}

std::string refusal(const CalibrationState& a, const CalibrationState& b) {
  try {
    merge(a, b);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.message();
  }
  return "";
}

TEST(CalibrationState, SurvivesItsFile) {
  const std::string bytes = serialize(state_of({0, 1, 2}));
  EXPECT_TRUE(serialize(parse_calibration_state(bytes, "a.xqcal")) == bytes);
}

TEST(CalibrationState, OfShardsMergesToThatOfOnePass) {
  const std::string whole = serialize(state_of({0, 1, 2, 3, 4, 5}));
  const CalibrationState even = state_of({0, 2, 4});
  const CalibrationState odd = state_of({1, 3, 5});
  EXPECT_TRUE(serialize(merge(even, odd)) == whole);
  EXPECT_TRUE(serialize(merge(odd, even)) == whole);
  const CalibrationState three = merge(state_of({5}), merge(state_of({1, 2}), state_of({0, 3, 4})));
  EXPECT_TRUE(serialize(three) == whole);
}

TEST(CalibrationState, IsNotMergedWithWhatDoesNotBelongToIt) {
  const CalibrationState state = state_of({0, 1});
  CalibrationState other = state_of({2});
  EXPECT_EQ(refusal(state, other), "");
  other.model = "n";
  EXPECT_NE(refusal(state, other).find("different models"), std::string::npos);
  other = state_of({2});
  other.preprocessing = "q";
  EXPECT_NE(refusal(state, other).find("preprocessing differs"), std::string::npos);
  other = state_of({2});
  other.listed = 7;
  EXPECT_NE(refusal(state, other).find("a list of 6 samples, the other of 7"), std::string::npos);
  EXPECT_NE(refusal(state, state_of({1})).find("sample 1 is in both"), std::string::npos);
}

TEST(CalibrationState, ThatIsDamagedIsRefused) {
  const std::string bytes = serialize(state_of({0}));
  const auto message = [](const std::string& changed) -> std::string {
    try {
      parse_calibration_state(changed, "a.xqcal");
    } catch (const Error& error) {
      EXPECT_EQ(error.place().file, "a.xqcal");
      return error.message();
    }
    return "";
  };
  EXPECT_EQ(message("something else"), "This is no calibration state of xquant.");
  for (std::size_t at = 5; at < bytes.size(); at += 7) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(message(changed), "The calibration state is damaged or incomplete.") << at;
    EXPECT_EQ(message(bytes.substr(0, at)), "The calibration state is damaged or incomplete.")
        << at;
  }
}

TEST(CalibrationState, WithExtremesThatAreNoNumbersIsRefused) {
  const CalibrationState state = state_of({0, 1});
  const float largest = state.tensors.at("x").stats.largest().value();
  std::string bytes = serialize(state);
  constexpr std::size_t kDigest = 64;
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&largest), sizeof(float)));
  ASSERT_NE(at, std::string::npos);
  for (const float wrong : {NAN, INFINITY}) {
    bytes.resize(bytes.size() - kDigest);
    bytes.replace(at, sizeof(float), reinterpret_cast<const char*>(&wrong), sizeof(float));
    bytes += sha256(bytes);
    try {
      parse_calibration_state(bytes, "a.xqcal");
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "The calibration state holds an extreme that is no number.");
    }
  }
}

}  // namespace
}  // namespace xquant::quantize
