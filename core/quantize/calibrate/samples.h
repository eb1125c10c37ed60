#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/monitor.h"
#include "base/thread_pool.h"
#include "data/calibration_set.h"
#include "data/shard.h"
#include "graph/tensor.h"

namespace xquant::quantize {

/// The calibration samples as the stages see them: streamed, decoded once as far as the budget
/// goes, shared out to threads. A sample that cannot be read is named in the diagnostics once and
/// left out of every pass.
class Samples {
 public:
  /// The referenced objects must outlive this one.
  Samples(data::CalibrationSet set, ThreadPool& pool, Monitor& monitor, Diagnostics& diagnostics);

  /// Upper bound of sample indices, unreadable samples included.
  std::int64_t count() const { return set_.size(); }
  std::int64_t skipped() const { return skipped_; }
  /// The path of the sample's first file; "" when there is none.
  std::string file_of(std::int64_t sample) const { return set_.file_of(sample); }
  /// How the pictures of an input become its elements; nullptr when it is not fed by pictures.
  const data::Preprocess* preprocess(std::size_t input) const { return set_.preprocess(input); }
  /// Leaves the samples of other shards out. To be called before the first sample is read.
  void restrict_to(data::Shard shard);
  /// From now on the files of every sample that is read are hashed. Likewise.
  void keep_digests() { keeps_digests_ = true; }
  /// SHA-256 of the files of the readable samples that were read.
  const std::map<std::int64_t, std::string>& digests() const { return digests_; }
  int workers() const { return pool_.size(); }

  /// The first readable sample. Throws Error(kData) when there is none.
  std::vector<Tensor> first();

  using Body = std::function<void(std::int64_t sample, std::span<const Tensor> inputs, int worker)>;
  /// Calls body for every readable sample, several at a time; progress is reported under phase.
  /// Throws Error(kData) when no sample is readable.
  void for_each(std::string_view phase, const Body& body);

 private:
  enum class State : std::uint8_t { kUnknown, kCached, kReadable, kUnreadable, kElsewhere };

  bool is_skipped(std::int64_t sample) const;
  /// Reads the files of samples [begin, end) that are not cached.
  void read(std::int64_t begin, std::int64_t end);
  std::vector<Tensor> take(std::int64_t sample);
  void settle(std::int64_t begin, std::int64_t end);
  /// Whether there is nothing to read for the sample, now or ever.
  bool is_settled(std::int64_t sample) const;
  void note_digest(std::int64_t sample, const data::CalibrationSet::RawSample& raw);
  void require_any() const;

  struct Slot {
    State state = State::kUnknown;
    std::vector<Tensor> cached;
    data::CalibrationSet::RawSample raw;
    std::vector<Tensor> fresh;  ///< decoded in this pass, not yet in the cache
    Diagnostic failure;
  };

  data::CalibrationSet set_;
  ThreadPool& pool_;
  Monitor& monitor_;
  Diagnostics& diagnostics_;
  std::vector<Slot> slots_;
  std::size_t cached_bytes_ = 0;
  std::int64_t skipped_ = 0;
  std::int64_t elsewhere_ = 0;
  bool keeps_digests_ = false;
  std::map<std::int64_t, std::string> digests_;
};

}  // namespace xquant::quantize
