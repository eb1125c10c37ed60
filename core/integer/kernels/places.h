#pragma once

#include <memory>

#include "runtime/kernel.h"

namespace xquant::integer::kernels {

/// Attribute of nodes of kDomain, and of Places: the operand of Trilu (its diagonal), CenterCropPad
/// and MaxUnpool (a shape), Col2Im (image and block), or the shape of the zeros of a Scatter.
inline constexpr const char* kPlaces = "xq_places";

/// Where an operator puts the elements of its moving operand: runs of them, one after the other.
/// Scatter, MaxUnpool, Col2Im, CenterCropPad, Trilu.
class Places {
 public:
  virtual ~Places() = default;

  /// Operands of any Places.
  struct In {
    runtime::TensorView moving{};
    runtime::TensorView data{};     ///< what they are put into; absent: zeros
    runtime::TensorView indices{};  ///< of Scatter and MaxUnpool
  };

  /// Shape of the result; refuses operands that do not fit.
  virtual Shape result(const In& in) const = 0;
  /// Elements of a run.
  virtual std::int64_t run(const In&) const { return 1; }
  /// The run of the result for each run of the moving operand; -1: it is left out.
  virtual void fill(const In& in, std::int64_t* index) const = 0;
};

/// For one of those operators, whatever its domain.
std::unique_ptr<Places> places_of(const Node& node);

}  // namespace xquant::integer::kernels
