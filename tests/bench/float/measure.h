#pragma once

#include <string>

namespace xquant::bench {

/// Multiply and add in registers, as many at a time as the machine's widest vectors and 8
/// accumulators allow: what no kernel that keeps both roundings can pass. Seconds for that many
/// steps.
double peak_seconds(std::size_t steps);
/// Floating-point operations in one step.
double peak_operations();

/// Milliseconds for "nodes N": compiling and planning a graph of so many. Nanoseconds for each
/// element of "map OPERATOR SIZE", of arguments between -SIZE and SIZE. GFLOP/s of "peak", "gemm N"
/// or "conv C_IN C_OUT SIZE KERNEL STRIDE GROUPS" on one thread; the best of several.
double gigaflops(const std::string& what);

}  // namespace xquant::bench
