#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace xquant::int8 {

// What became of the golden vectors on this machine.
struct VectorReport {
  std::string isa;             // the implementation that ran, xq_int8_isa()
  size_t cases = 0;            // read and run
  size_t mismatches = 0;       // cases with any differing byte; a damaged file counts as one more
  std::string first_mismatch;  // case, byte, expected and computed value; empty when all agree
};

// Runs every case of a golden-vector file (format.h) on the active implementation and compares
// all bytes. Needs no files, no exceptions and no test framework, so that a browser page or a
// board's own test program can call it.
VectorReport check_vectors(const uint8_t* data, size_t size);

}  // namespace xquant::int8
