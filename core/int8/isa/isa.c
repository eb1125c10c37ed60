#include <stdatomic.h>
#include <string.h>

#include "int8/isa/kernels.h"
#include "int8/require.h"
#include "int8/xq_int8.h"

/* Fastest first. The IME of SpacemiT's cores goes before RVV, once a compiler and an emulator can
 * show that it is right. */
static const xq_kernels* const kCompiled[] = {
#ifdef XQ_BUILD_AVX512_VNNI
    &xq_kernels_avx512_vnni,
#endif
#ifdef XQ_BUILD_AVX2
    &xq_kernels_avx2,
#endif
#ifdef XQ_BUILD_WASM_SIMD128
    &xq_kernels_wasm_simd128,
#endif
#ifdef XQ_BUILD_RVV
    &xq_kernels_rvv,
#endif
    &xq_kernels_scalar,
};
enum { kCompiledCount = sizeof(kCompiled) / sizeof(kCompiled[0]) };

static _Atomic(const xq_kernels*) active;

/* Two threads that arrive here first both store the same pointer. */
const xq_kernels* xq_active(void) {
  const xq_kernels* chosen = atomic_load_explicit(&active, memory_order_acquire);
  if (chosen != NULL) return chosen;
  size_t i = 0;
  while (!kCompiled[i]->is_available()) ++i; /* ends: scalar is always available */
  atomic_store_explicit(&active, kCompiled[i], memory_order_release);
  return kCompiled[i];
}

uint32_t xq_kernels_id(const xq_kernels* kernels) {
  uint32_t hash = 2166136261u; /* FNV-1a of the name */
  for (const char* c = kernels->name; *c != '\0'; ++c) hash = (hash ^ (uint8_t)*c) * 16777619u;
  return hash;
}

const char* xq_int8_isa(void) { return xq_active()->name; }

size_t xq_int8_isa_table(xq_isa* table, size_t capacity) {
  XQ_REQUIRE(table != NULL || capacity == 0);
  for (size_t i = 0; i < kCompiledCount && i < capacity; ++i) {
    table[i].name = kCompiled[i]->name;
    table[i].available = kCompiled[i]->is_available();
    table[i].active = kCompiled[i] == xq_active();
  }
  return kCompiledCount;
}

int xq_int8_select(const char* name) {
  XQ_REQUIRE(name != NULL);
  for (size_t i = 0; i < kCompiledCount; ++i) {
    if (strcmp(kCompiled[i]->name, name) == 0 && kCompiled[i]->is_available()) {
      atomic_store_explicit(&active, kCompiled[i], memory_order_release);
      return 1;
    }
  }
  return 0;
}
