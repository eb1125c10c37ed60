// The file: "XQCAL", a version, then numbers as LEB128 and strings with their length in front, at
// the end the SHA-256 of all before. Histograms are written sparsely.
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"
#include "quantize/state/calibration_state.h"

namespace xquant::quantize {
namespace {

constexpr std::string_view kMagic = "XQCAL";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kDigest = 64;

class Writer {
 public:
  std::string bytes{kMagic};

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }
  /// Zero has one form, so that equal states have equal bytes.
  void real(float value) {
    const auto bits = value == 0.0F ? 0U : std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
  }
  void extreme(const Extreme& value) {
    real(value.value());
    signed_number(value.sample());
    real(value.others());
  }
  /// Pairs of (bins skipped, count), then (0, 0).
  void side(std::span<const std::uint64_t> counts) {
    std::uint64_t skipped = 0;
    for (const std::uint64_t count : counts) {
      if (count == 0) {
        ++skipped;
        continue;
      }
      number(skipped);
      number(count);
      skipped = 0;
    }
    number(0);
    number(0);
  }
  void stats(const TensorStats& stats) {
    extreme(stats.largest());
    extreme(stats.lowest());
    number(stats.non_finite());
    if (stats.non_finite() > 0) signed_number(stats.first_non_finite());
    signed_number(stats.histogram().exponent());
    number(stats.histogram().zeros());
    side(stats.histogram().positive());
    side(stats.histogram().negative());
  }
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::kData, "XQ-CAL-010", what, {.file = file_},
                "Write it anew with xquant calibrate.");
  }
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) refuse("The calibration state ends too early.");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    refuse("The calibration state holds a number that is too long.");
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string text() { return std::string(take(number())); }
  float real() {
    std::uint32_t bits = 0;
    int shift = 0;
    for (const char byte : take(4)) {
      bits |= std::uint32_t{static_cast<std::uint8_t>(byte)} << shift;
      shift += 8;
    }
    return std::bit_cast<float>(bits);
  }
  Extreme extreme() {
    const float value = real();
    const std::int64_t sample = signed_number();
    const float others = real();
    // Less than infinity, or -infinity where there is none; no number is neither.
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (!(value < kInfinity && others < kInfinity))
      refuse("The calibration state holds an extreme that is no number.");
    return Extreme::of(value, sample, others);
  }
  std::vector<std::uint64_t> side() {
    std::vector<std::uint64_t> counts;
    std::size_t at = 0;
    for (;;) {
      const std::uint64_t skipped = number();
      const std::uint64_t count = number();
      if (count == 0) return counts;
      if (counts.empty()) counts.assign(Histogram::kBins, 0);
      if (skipped >= Histogram::kBins - at) refuse("The calibration state has too many bins.");
      at += skipped;
      counts[at++] = count;
    }
  }
  TensorStats stats() {
    const Extreme largest = extreme();
    const Extreme lowest = extreme();
    const std::uint64_t non_finite = number();
    const std::int64_t first =
        non_finite > 0 ? signed_number() : std::numeric_limits<std::int64_t>::max();
    const auto exponent = static_cast<int>(signed_number());
    const std::uint64_t zeros = number();
    std::vector<std::uint64_t> positive = side();
    std::vector<std::uint64_t> negative = side();
    return TensorStats::of(
        largest, lowest, non_finite, first,
        Histogram::of(exponent, zeros, std::move(positive), std::move(negative)));
  }

 private:
  std::string_view bytes_;
  const std::string& file_;
};

}  // namespace

std::string serialize(const CalibrationState& state) {
  Writer out;
  out.number(kVersion);
  out.text(state.model);
  out.text(state.preprocessing);
  out.signed_number(state.listed);
  out.number(state.samples.size());
  for (const auto& [sample, digest] : state.samples) {
    out.signed_number(sample);
    out.text(digest);
  }
  out.signed_number(state.traced_sample);
  out.number(state.tensors.size());
  for (const auto& [name, observed] : state.tensors) {
    out.text(name);
    out.number(static_cast<std::uint64_t>(observed.type));
    out.number(observed.shape.size());
    for (const std::int64_t dim : observed.shape) out.signed_number(dim);
    if (observed.type == DataType::kFloat) out.stats(observed.stats);
  }
  out.bytes += sha256(out.bytes);
  return std::move(out.bytes);
}

CalibrationState parse_calibration_state(std::string_view bytes, const std::string& file) {
  Reader in(bytes, file);
  if (!bytes.starts_with(kMagic)) in.refuse("This is no calibration state of xquant.");
  if (bytes.size() < kMagic.size() + kDigest ||
      sha256(bytes.substr(0, bytes.size() - kDigest)) != bytes.substr(bytes.size() - kDigest)) {
    in.refuse("The calibration state is damaged or incomplete.");
  }
  in.take(kMagic.size());
  if (in.number() != kVersion) in.refuse("The calibration state is of another version of xquant.");
  CalibrationState state;
  state.model = in.text();
  state.preprocessing = in.text();
  state.listed = in.signed_number();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    const std::int64_t sample = in.signed_number();
    state.samples[sample] = in.text();
  }
  state.traced_sample = in.signed_number();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    CalibrationState::Observed& observed = state.tensors[in.text()];
    observed.type = static_cast<DataType>(in.number());
    for (std::uint64_t dims = in.number(); dims > 0; --dims) {
      observed.shape.push_back(in.signed_number());
    }
    if (observed.type == DataType::kFloat) observed.stats = in.stats();
  }
  return state;
}

}  // namespace xquant::quantize
