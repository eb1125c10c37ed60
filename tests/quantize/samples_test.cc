#include "quantize/calibrate/samples.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "data/job.h"

namespace xquant::quantize {
namespace {

/// Samples of one input "x" of shape [1, 2] from .npy files of which some cannot be read.
struct Fixture {
  data::Job job{};
  Monitor monitor{};
  ThreadPool pool;
  Diagnostics diagnostics{};

  explicit Fixture(int threads) : pool(threads) {
    job.specs = {{"x", DataType::kFloat, {1, 2}}};
    job.files.put("list.txt", "a.npy\nbroken.npy\nmissing.npy\nb.npy\n");
    job.files.put("a.npy", data::npy("<f4", "(1, 2)", data::bytes_of<float>({1, 2})));
    job.files.put("broken.npy", "this is no array");
    job.files.put("b.npy", data::npy("<f4", "(1, 2)", data::bytes_of<float>({3, 4})));
  }
  Samples open() {
    return {job.open(R"({"file_type": "npy", "data_list_path": "list.txt"})"), pool, monitor,
            diagnostics};
  }
};

std::map<std::int64_t, std::vector<float>> all(Samples& samples) {
  std::map<std::int64_t, std::vector<float>> seen;
  std::mutex mutex;
  samples.for_each("test", [&](std::int64_t sample, std::span<const Tensor> inputs, int) {
    const std::lock_guard lock(mutex);
    seen[sample] = data::values<float>(inputs[0]);
  });
  return seen;
}

TEST(Samples, LeaveOutWhatCannotBeReadAndNameItOnce) {
  for (const int threads : {1, 3}) {
    Fixture f(threads);
    Samples samples = f.open();
    const std::map<std::int64_t, std::vector<float>> expected{{0, {1, 2}}, {3, {3, 4}}};
    EXPECT_EQ(all(samples), expected);
    EXPECT_EQ(all(samples), expected);
    EXPECT_EQ(samples.skipped(), 2);
    ASSERT_EQ(f.diagnostics.items().size(), 2U);
    EXPECT_NE(f.diagnostics.items()[0].to_string().find("broken.npy"), std::string::npos);
    EXPECT_NE(f.diagnostics.items()[1].to_string().find("missing.npy"), std::string::npos);
  }
}

TEST(Samples, GiveTheFirstReadableOne) {
  Fixture f(1);
  f.job.files.put("list.txt", "missing.npy\nb.npy\n");
  Samples samples = f.open();
  EXPECT_EQ(data::values<float>(samples.first()[0]), (std::vector<float>{3, 4}));
  EXPECT_EQ(all(samples).size(), 1U);
  EXPECT_EQ(f.diagnostics.items().size(), 1U);
}

TEST(Samples, OfWhichNoneCanBeReadStopTheRun) {
  Fixture f(2);
  f.job.files.put("list.txt", "missing.npy\nbroken.npy\n");
  Samples samples = f.open();
  try {
    samples.first();
    FAIL() << "there is a first sample";
  } catch (const Error& error) {
    EXPECT_EQ(
        error.message(),
        "Calibration input data finds 0 items. None of the 2 samples could be read. The first: "
        "Cannot read 'missing.npy': no such file.");
    EXPECT_EQ(error.kind(), ErrorKind::kData);
  }
  EXPECT_THROW(all(samples), Error);
}

TEST(Samples, StopWhenTheCallerCancels) {
  class Stop : public Monitor {
    bool cancelled() override { return true; }
  } stop;
  Fixture f(2);
  Samples samples(f.job.open(R"({"file_type": "npy", "data_list_path": "list.txt"})"), f.pool, stop,
                  f.diagnostics);
  EXPECT_THROW(all(samples), Error);
}

}  // namespace
}  // namespace xquant::quantize
