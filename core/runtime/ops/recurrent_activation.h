#pragma once

#include <string>
#include <vector>

#include "runtime/kernel.h"

namespace xquant::runtime::ops {

/// An activation function of RNN, GRU and LSTM with its parameters.
class RecurrentActivation {
 public:
  /// The functions of all directions: those that the node names, else the defaults repeated.
  /// activation_alpha and activation_beta are used up in order by the functions that take them.
  static std::vector<RecurrentActivation> read(const Node& node, std::vector<std::string> defaults,
                                               std::size_t directions);

  void apply(float* x, std::size_t n) const;
  void apply(double* x, std::size_t n) const;

 private:
  enum class Kind {
    kRelu,
    kTanh,
    kSigmoid,
    kAffine,
    kLeakyRelu,
    kThresholdedRelu,
    kScaledTanh,
    kHardSigmoid,
    kElu,
    kSoftsign,
    kSoftplus,
  };
  struct Description;
  static const Description& describe(const std::string& name);
  template <typename T>
  void apply_typed(T* x, std::size_t n) const;

  Kind kind_ = Kind::kTanh;
  float alpha_ = 0, beta_ = 0;
};

}  // namespace xquant::runtime::ops
