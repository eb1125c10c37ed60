#include "int8/real_oracle.h"

namespace xquant::int8_test {

int32_t Coded::at(size_t i) const {
  switch (quant.type) {
    case XQ_S8:
      return reinterpret_cast<const int8_t*>(storage.data())[i];
    case XQ_U8:
      return reinterpret_cast<const uint8_t*>(storage.data())[i];
    case XQ_S16:
      return reinterpret_cast<const int16_t*>(storage.data())[i];
    default:
      return storage[i];
  }
}

void Coded::set(size_t i, int32_t code) {
  if (xq_type_size(quant.type) == 1) {
    reinterpret_cast<uint8_t*>(storage.data())[i] = static_cast<uint8_t>(code);
  } else {
    storage[i] = static_cast<uint16_t>(code);
  }
}

xq_quant random_quant(Random& random, xq_type type, int low, int high) {
  const float scale = random.positive(low, high);
  return xq_quant_of(type, scale, random.between(xq_type_min(type), xq_type_max(type)));
}

Coded random_coded(Random& random, const xq_quant& quant, size_t n) {
  Coded x(quant, n);
  for (size_t i = 0; i < n; ++i) {
    const int32_t kind = random.between(0, 9);
    const int32_t low = xq_type_min(quant.type), high = xq_type_max(quant.type);
    x.set(i, kind == 0 ? low : kind == 1 ? high : random.between(low, high));
  }
  return x;
}

}  // namespace xquant::int8_test
