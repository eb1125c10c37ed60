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

/// Which elements an operator weighs for each element of its result: GridSample, RoiAlign,
/// RotaryEmbedding. In groups, of which each has some planes of the operand that are read alike.
class Sampler {
 public:
  virtual ~Sampler() = default;

  struct In {
    runtime::TensorView x{};
    std::array<SampleOperand, 3> more{};
  };
  struct Groups {
    std::int64_t count, planes, elements, outputs, taps;
  };

  /// Shape of the result; refuses operands that do not fit.
  virtual Shape result(const In& in) const = 0;
  virtual Groups groups(const In& in) const = 0;
  /// Where the planes of a group begin in x.
  virtual std::int64_t first(const In& in, std::int64_t group) const = 0;
  /// [outputs, taps] of a group, as xq_samples has them.
  virtual void fill(const In& in, std::int64_t group, std::int64_t* index,
                    double* weight) const = 0;
};

/// For one of those operators; opset: of the model.
std::unique_ptr<Sampler> sampler_of(const Node& node, std::int64_t opset);

}  // namespace xquant::integer::kernels
