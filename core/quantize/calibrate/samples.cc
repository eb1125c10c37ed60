#include "quantize/calibrate/samples.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/cancellation.h"
#include "base/sha256.h"

namespace xquant::quantize {
namespace {

/// Decoded samples are kept up to this many bytes; beyond it they are decoded anew in every pass.
constexpr std::size_t kCacheBudget = std::size_t{256} * 1024 * 1024;

constexpr std::string_view kGoesOn = " The run goes on without this sample.";

Diagnostic unreadable(const Error& error) {
  return {Severity::kWarning, error.code(), error.message() + std::string(kGoesOn), error.place(),
          error.fix()};
}

std::size_t total_bytes(const std::vector<Tensor>& tensors) {
  std::size_t bytes = 0;
  for (const Tensor& tensor : tensors) bytes += tensor.bytes().size();
  return bytes;
}

}  // namespace

Samples::Samples(data::CalibrationSet set, ThreadPool& pool, Monitor& monitor,
                 Diagnostics& diagnostics)
    : set_(std::move(set)), pool_(pool), monitor_(monitor), diagnostics_(diagnostics) {
  slots_.resize(static_cast<std::size_t>(set_.size()));
}

bool Samples::is_skipped(std::int64_t sample) const {
  const State state = slots_[static_cast<std::size_t>(sample)].state;
  return state == State::kUnreadable || state == State::kElsewhere;
}

bool Samples::is_settled(std::int64_t sample) const {
  return slots_[static_cast<std::size_t>(sample)].state == State::kCached || is_skipped(sample);
}

void Samples::restrict_to(data::Shard shard) {
  for (std::int64_t sample = 0; sample < count(); ++sample) {
    if (shard.takes(sample)) continue;
    slots_[static_cast<std::size_t>(sample)].state = State::kElsewhere;
    ++elsewhere_;
  }
  if (elsewhere_ < count()) return;
  throw Error(ErrorKind::kUsage, "XQ-CLI-015",
              "Shard " + std::to_string(shard.number) + "/" + std::to_string(shard.of) +
                  " has no sample: there are only " + std::to_string(count()) + ".",
              {}, "Use at most " + std::to_string(count()) + " shards.");
}

void Samples::note_digest(std::int64_t sample, const data::CalibrationSet::RawSample& raw) {
  if (!keeps_digests_ || digests_.contains(sample)) return;
  Sha256 hash;
  for (const auto& files : raw.inputs) {
    for (const auto& file : files) {
      hash.update(std::to_string(file.bytes.size()) + "\n");
      hash.update(file.bytes);
    }
  }
  digests_[sample] = hash.hex();
}

void Samples::read(std::int64_t begin, std::int64_t end) {
  for (std::int64_t sample = begin; sample < end; ++sample) {
    Slot& slot = slots_[static_cast<std::size_t>(sample)];
    if (is_settled(sample)) continue;
    cancellation_point();
    try {
      slot.raw = set_.read(sample);
      note_digest(sample, slot.raw);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData && error.kind() != ErrorKind::kIo) throw;
      slot.failure = unreadable(error);
    }
  }
}

std::vector<Tensor> Samples::take(std::int64_t sample) {
  Slot& slot = slots_[static_cast<std::size_t>(sample)];
  if (slot.state == State::kCached) return slot.cached;
  if (!slot.failure.code.empty()) return {};
  try {
    slot.fresh = set_.decode(slot.raw);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    slot.failure = unreadable(error);
  }
  slot.raw = {};
  return slot.fresh;
}

void Samples::settle(std::int64_t begin, std::int64_t end) {
  for (std::int64_t sample = begin; sample < end; ++sample) {
    Slot& slot = slots_[static_cast<std::size_t>(sample)];
    if (is_settled(sample)) continue;
    if (!slot.failure.code.empty()) {
      slot.state = State::kUnreadable;
      digests_.erase(sample);
      diagnostics_.add(std::move(slot.failure));
      ++skipped_;
      continue;
    }
    const std::size_t bytes = total_bytes(slot.fresh);
    const bool fits = cached_bytes_ + bytes <= kCacheBudget;
    slot.state = fits ? State::kCached : State::kReadable;
    if (fits) {
      cached_bytes_ += bytes;
      slot.cached = std::move(slot.fresh);
    }
    slot.fresh.clear();
  }
}

void Samples::require_any() const {
  if (skipped_ + elsewhere_ < count()) return;
  // Nobody sees the notes of a run that stops: the first of them goes into the error.
  std::string message = "Calibration input data finds 0 items. None of the " +
                        std::to_string(count() - elsewhere_) + " samples could be read.";
  const auto first = std::ranges::find_if(
      diagnostics_.items(), [](const Diagnostic& note) { return note.message.ends_with(kGoesOn); });
  if (first == diagnostics_.items().end())
    throw Error(ErrorKind::kData, "XQ-DAT-001", message, {}, "Give a list of readable files.");
  message += " The first: " + first->message.substr(0, first->message.size() - kGoesOn.size());
  throw Error(ErrorKind::kData, "XQ-DAT-001", message, first->place, first->fix);
}

std::vector<Tensor> Samples::first() {
  for (std::int64_t sample = 0; sample < count(); ++sample) {
    if (is_skipped(sample)) continue;
    read(sample, sample + 1);
    std::vector<Tensor> inputs = take(sample);
    settle(sample, sample + 1);
    if (!is_skipped(sample)) return inputs;
  }
  require_any();
  return {};
}

void Samples::for_each(std::string_view phase, const Body& body) {
  const std::int64_t chunk = 4 * pool_.size();
  for (std::int64_t begin = 0; begin < count(); begin += chunk) {
    monitor_.step({phase, begin, count()});
    const std::int64_t end = std::min(begin + chunk, count());
    read(begin, end);
    pool_.run(end - begin, [&](std::int64_t offset, int worker) {
      const std::int64_t sample = begin + offset;
      if (is_skipped(sample)) return;
      cancellation_point();
      const std::vector<Tensor> inputs = take(sample);
      if (!inputs.empty()) body(sample, inputs, worker);
    });
    settle(begin, end);
  }
  require_any();
  monitor_.step({phase, count(), count()});
}

}  // namespace xquant::quantize
