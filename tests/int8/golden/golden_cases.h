#pragma once

#include <string>
#include <vector>

#include "int8/vectors/format.h"

// The golden vectors: what the scalar implementation, the definition, answers to them.
namespace xquant::int8_test {

std::vector<int8::VectorCase> golden_cases();

// Names, shapes, offsets and checksums of the cases of `file` = write_vectors(cases), for people
// and for programs that do not read the binary format.
std::string golden_manifest(const std::vector<int8::VectorCase>& cases, const int8::Bytes& file);

}  // namespace xquant::int8_test
