#pragma once

#include <array>
#include <memory>

#include "integer/kernels/codes.h"

namespace xquant::integer::kernels {

/// An operand beside the one that is sampled: real numbers, as they are or as codes, or integers.
struct SampleOperand {
  runtime::TensorView view{};
  xq_quant quant{};  ///< of codes

  double real(std::int64_t i) const;
};

/// The samples of a group, as xq_samples has them, output after output.
class SampleWriter {
 public:
  SampleWriter(std::int64_t* start, std::int64_t* index, double* weight)
      : start_(start), index_(index), weight_(weight) {
    *start_ = 0;
  }
  void add(std::int64_t index, double weight) {
    index_[count_] = index;
    weight_[count_++] = weight;
  }
  void end_output() { *++start_ = count_; }

  /// Instead: so many samples for each of the outputs, set in any order.
  void resize(std::int64_t outputs, std::int64_t each) {
    for (std::int64_t o = 1; o <= outputs; ++o) start_[o] = o * each;
  }
  void set(std::int64_t at, std::int64_t index, double weight) {
    index_[at] = index;
    weight_[at] = weight;
  }

 private:
  std::int64_t* start_;
  std::int64_t* index_;
  double* weight_;
  std::int64_t count_ = 0;
};

/// Which elements an operator weighs for each element of its result: GridSample, RoiAlign,
/// MaxRoiPool, RotaryEmbedding. In groups, of which each has some planes of the operand that are
/// read alike.
class Sampler {
 public:
  virtual ~Sampler() = default;

  struct In {
    runtime::TensorView x{};
    std::array<SampleOperand, 3> more{};
  };
  struct Groups {
    std::int64_t count, planes, elements, outputs;
    std::int64_t most;  ///< samples of a group, whatever the operands hold
  };

  /// Shape of the result; refuses operands that do not fit.
  virtual Shape result(const In& in) const = 0;
  virtual Groups groups(const In& in) const = 0;
  /// Where the planes of a group begin in x.
  virtual std::int64_t first(const In& in, std::int64_t group) const = 0;
  virtual void fill(const In& in, std::int64_t group, SampleWriter& samples) const = 0;
  /// Instead of their sum.
  virtual bool takes_largest() const { return false; }
};

/// For one of those operators; opset: of the model.
std::unique_ptr<Sampler> sampler_of(const Node& node, std::int64_t opset);

}  // namespace xquant::integer::kernels
