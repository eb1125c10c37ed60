#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/files.h"
#include "config/config.h"
#include "data/preprocess.h"
#include "graph/graph.h"
#include "graph/tensor.h"

namespace xquant::data {

/// What the model says of one of its inputs.
struct InputSpec {
  std::string name;
  DataType type = DataType::kFloat;
  DeclaredShape shape{};
};

/// The calibration samples of a configuration. A sample is what one run of the model takes: one
/// tensor for each input, in the order of the specs, batch axis included.
class CalibrationSet {
 public:
  /// Opens the list files and checks everything that can be checked without reading the data:
  /// Error(kConfig) for what the configuration says, Error(kData) for lists. files must outlive the
  /// set.
  static CalibrationSet open(const config::Config& config, std::span<const InputSpec> specs,
                             Files& files, Diagnostics& diagnostics);

  CalibrationSet(CalibrationSet&&) noexcept;
  CalibrationSet& operator=(CalibrationSet&&) noexcept;
  ~CalibrationSet();

  /// How the pictures of an input become its elements; nullptr when it is not fed by pictures.
  const Preprocess* preprocess(std::size_t input) const;

  /// Number of samples, at most calibration_step.
  std::int64_t size() const;
  /// Files that make up one sample of an input.
  std::int64_t batch_size() const;

  /// The path of the sample's first file as the list names it; "" for zeros. For messages.
  std::string file_of(std::int64_t index) const;

  struct RawFile {
    std::string path;
    std::string bytes;
    Place place;  ///< list file and line
  };
  /// The undecoded files of one sample, for each input.
  struct RawSample {
    std::vector<std::vector<RawFile>> inputs;
  };

  /// Reads the files of a sample; to be called on the thread that may use files. Throws
  /// Error(kData) naming every file of the sample that cannot be read, with its line in the list.
  RawSample read(std::int64_t index);
  /// Decodes and preprocesses; pure and thread-safe. Throws Error(kData) likewise.
  std::vector<Tensor> decode(const RawSample& sample) const;

 private:
  struct State;
  explicit CalibrationSet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace xquant::data
