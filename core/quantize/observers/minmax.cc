#include "quantize/observers/method.h"

namespace xquant::quantize {
namespace {

Range choose_minmax(const TensorStats& stats, const MethodSettings&) {
  return {static_cast<double>(stats.min()), static_cast<double>(stats.max())};
}

}  // namespace

const Method kMinmax = {config::CalibrationType::kMinmax, choose_minmax};

}  // namespace xquant::quantize
