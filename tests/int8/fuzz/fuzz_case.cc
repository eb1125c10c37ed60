#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {

// Half of them products: most of what differs from one instruction set to the next is there.
int8::VectorCase fuzz_case(ByteSource& source) {
  switch (source.between(0, 7)) {
    case 0:
      return fuzz_codes(source);
    case 1:
      return fuzz_move(source);
    case 2:
      return fuzz_pool(source);
    case 3:
      return fuzz_real(source);
    default:
      return fuzz_product(source);
  }
}

}  // namespace xquant::int8_test
