#pragma once

#include <string>

#include "hwy/highway.h"

namespace xquant::runtime {

/// Runs the function once for each instruction set that this machine has and that was compiled in.
template <typename Function>
void on_every_target(Function&& function) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    function(std::string(hwy::TargetName(target)));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace xquant::runtime
