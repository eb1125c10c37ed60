#pragma once

#include <array>
#include <string>
#include <vector>

#include "runtime/kernel.h"

namespace xquant::runtime::ops {

/// What an Einsum loops over: first the labels of the result in its order, then those that are
/// summed, in order of first appearance.
struct EinsumLoops {
  static constexpr std::size_t kMostLabels = 32, kMostOperands = 16;
  using Counts = std::array<std::int64_t, kMostLabels>;

  std::size_t kept = 0;   ///< labels of the result
  std::size_t count = 0;  ///< all labels
  std::size_t operands = 0;
  Counts size{};
  /// Of each operand along each label; a label that occurs twice walks the diagonal.
  std::array<Counts, kMostOperands> strides{};
  /// Of each operand: whether the label occurs.
  std::array<std::array<bool, kMostLabels>, kMostOperands> has{};

  std::int64_t product(std::size_t from, std::size_t to) const;
};

/// The equation of an Einsum.
class EinsumEquation {
 public:
  /// Refuses what is no equation.
  explicit EinsumEquation(std::string text);
  /// For operands of these shapes; refuses those that do not fit. Does not allocate.
  EinsumLoops loops(const Operands& in) const;

 private:
  /// Terms of letters, an ellipsis as one '.'.
  std::vector<std::string> operands_;
  std::string result_;
};

}  // namespace xquant::runtime::ops
