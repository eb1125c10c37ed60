// libFuzzer: every implementation of the machine must return the scalar one's bytes, on any
// operator, shape, zero point and data; under the sanitizers.
#include <cstdio>
#include <cstdlib>

#include "int8/fuzz/fuzz_case.h"
#include "int8/vectors/run_case.h"

using xquant::int8::Bytes;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  xquant::int8_test::ByteSource source(data, size);
  const xquant::int8::VectorCase c = xquant::int8_test::fuzz_case(source);
  xq_int8_select("scalar");
  const std::optional<Bytes> expected = xquant::int8::run_case(c);
  if (!expected) {
    std::fprintf(stderr, "the fuzzer built a case that contradicts its shape\n");
    std::abort();
  }
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  for (const xq_isa& isa : table) {
    if (!isa.available) continue;
    xq_int8_select(isa.name);
    if (xquant::int8::run_case(c) == expected) continue;
    std::fprintf(stderr, "%s differs from scalar in %s\n", isa.name, operator_name(c.op));
    std::abort();
  }
  return 0;
}
