#pragma once

#include <vector>

#include "runtime/executor.h"

namespace xquant::integer {

/// Prints what the operators of a program take in a run, in microseconds and the best of many runs:
/// one line for each kind (convolutions by window), then one for each operator. Nodes that run
/// together are one operator.
void print_operator_times(const Graph& graph, runtime::Executor& executor,
                          const std::vector<runtime::TensorView>& inputs);

}  // namespace xquant::integer
