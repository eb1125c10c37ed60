#include "report/bins.h"

#include <algorithm>
#include <cstddef>

namespace xquant::report {
namespace {

constexpr std::size_t kBins = std::tuple_size_v<Bins>;
/// Neighbours often fall into one bin; their counts go to different tables, so that an increment
/// need not wait for the one before it. Values that are not finite have a bin of their own.
constexpr std::size_t kTables = 4;
constexpr std::size_t kChunk = 512;  // a multiple of kTables

}  // namespace

void count_into(Bins& bins, std::span<const float> values, float low, float high) {
  const double start = static_cast<double>(low);
  const double width = (static_cast<double>(high) - start) / static_cast<double>(kBins);
  if (!(width > 0)) {
    bins[0] += values.size();
    return;
  }
  const double per_unit = 1.0 / width;
  std::uint64_t tables[kTables][kBins + 1] = {};
  std::int32_t at[kChunk];
  for (std::size_t begin = 0; begin < values.size(); begin += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - begin);
    const float* from = values.data() + begin;
    for (std::size_t i = 0; i < count; ++i) {
      const float value = from[i];
      const double bin = (static_cast<double>(value) - start) * per_unit;
      const double inside = bin < 0.0 ? 0.0 : bin > 31.0 ? 31.0 : bin;
      at[i] = static_cast<std::int32_t>(value - value == 0.0F ? inside : 32.0);
    }
    std::size_t i = 0;
    for (; i + kTables <= count; i += kTables) {
      for (std::size_t t = 0; t < kTables; ++t) ++tables[t][at[i + t]];
    }
    for (; i < count; ++i) ++tables[0][at[i]];
  }
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    for (std::size_t t = 0; t < kTables; ++t) bins[bin] += tables[t][bin];
  }
}

}  // namespace xquant::report
