#pragma once

#include <cstddef>
#include <cstdint>

// The float executor for a benchmark, behind C functions: the same for a program and for a
// WebAssembly module. One model at a time. A function that fails returns a negative number;
// engine_error() says why.
extern "C" {

/// Reads, simplifies and compiles a model out of the bytes of its file.
int engine_load(const char* bytes, std::size_t size);
/// The next graph input: ONNX's element type, dimensions, elements. Copied.
int engine_input(int type, const std::int32_t* dims, int rank, const char* bytes, std::size_t size);
/// Seconds that this many runs take. More than one thread: samples in parallel when there are as
/// many as threads, inside the operators otherwise.
double engine_run(int samples, int threads);
/// JSON: compile and first-run milliseconds, bytes of arena, live set, scratch and weights.
const char* engine_report();
/// A hash of every value of a run, the same wherever the bits are; or what differs with fused
/// operators or threads.
const char* engine_hash(int threads);
/// JSON: a list of [operator, value, milliseconds] in the order of execution.
const char* engine_profile(int threads);
/// GFLOP/s of one thread: "peak" (multiply and add in registers), "gemm N", or
/// "conv C_IN C_OUT SIZE KERNEL STRIDE GROUPS". Nanoseconds for each element: "map OP SIZE", on
/// numbers in [-SIZE, SIZE). Milliseconds: "nodes N", a graph of so many compiled and planned.
double engine_shape(const char* what);
const char* engine_error();
}
