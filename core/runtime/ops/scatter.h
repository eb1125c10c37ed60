#pragma once

#include <string>

#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// What happens to the element that an update meets (attribute reduction).
enum class ScatterReduction { kNone, kAdd, kMultiply, kMinimum, kMaximum };

inline ScatterReduction scatter_reduction(const std::string& name) {
  if (name == "none") return ScatterReduction::kNone;
  if (name == "add") return ScatterReduction::kAdd;
  if (name == "mul") return ScatterReduction::kMultiply;
  if (name == "min") return ScatterReduction::kMinimum;
  if (name == "max") return ScatterReduction::kMaximum;
  refuse("reduction '" + name + "' is not known.");
}

/// Calls function(merge) with a functor merge(so far, update) of the element type.
template <typename T, typename Function>
void with_merge(ScatterReduction reduction, Function&& function) {
  switch (reduction) {
    case ScatterReduction::kNone:
      return function([](T, T update) { return update; });
    case ScatterReduction::kAdd:
      return function([](T so_far, T update) { return add(so_far, update); });
    case ScatterReduction::kMultiply:
      return function([](T so_far, T update) { return multiply(so_far, update); });
    case ScatterReduction::kMinimum:
      return function([](T so_far, T update) { return minimum(so_far, update); });
    case ScatterReduction::kMaximum:
      return function([](T so_far, T update) { return maximum(so_far, update); });
  }
}

}  // namespace xquant::runtime::ops
