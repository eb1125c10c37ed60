#pragma once

#include <string>

#include "results.h"

namespace xquant::wasm {

/// What became of the int8 library's golden vectors here; every case is compared without tolerance.
struct VectorReportValue {
  std::string isa;  ///< the implementation that ran: "wasm", ...
  double cases = 0;
  double mismatches = 0;
  std::string firstMismatch;  ///< "" when all agree
};

/// bytes: a golden-vector file.
VectorReportValue check_int8_vectors(const Bytes& bytes);

}  // namespace xquant::wasm
