#include "quantize/tune/gradient/backward.h"

namespace xquant::quantize {

std::unique_ptr<Backward> make_backward(const BackwardSetup& setup) {
  using Family = std::unique_ptr<Backward> (*)(const BackwardSetup&);
  static constexpr Family kFamilies[] = {
      convolution_backward, product_backward, activation_backward, arithmetic_backward,
      movement_backward,    pooling_backward, reduction_backward,  normalization_backward,
  };
  if (!setup.node.domain.empty()) return nullptr;
  for (const Family family : kFamilies) {
    if (auto backward = family(setup)) return backward;
  }
  return nullptr;
}

}  // namespace xquant::quantize
