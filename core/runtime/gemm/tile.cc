#include "runtime/gemm/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/gemm/tile.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "runtime/bounded.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::gemm::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t columns() { return 2 * hn::Lanes(hn::ScalableTag<float>()); }

// How to come from one row of b to the next; `More` is what that needs. Functions take it as it is:
// a struct would be passed through memory.

/// One behind the other: a packed panel, whose addresses the compiler knows.
struct Dense {
  using More = size_t;  ///< not used
  static HWY_INLINE const float* row(const float* b, size_t) { return b; }
  static HWY_INLINE void advance(const float*& b, size_t&) {
    b += 2 * hn::Lanes(hn::ScalableTag<float>());
  }
};

/// At a fixed distance.
struct Strided {
  using More = size_t;  ///< the distance
  static HWY_INLINE const float* row(const float* b, size_t) { return b; }
  static HWY_INLINE void advance(const float*& b, size_t& step) { b += step; }
};

/// At given offsets from b.
struct Taps {
  using More = const uint32_t*;  ///< the offsets
  static HWY_INLINE const float* row(const float* b, const uint32_t* offsets) {
    return b + *offsets;
  }
  static HWY_INLINE void advance(const float*&, const uint32_t*& offsets) { ++offsets; }
};

/// Add(Mul()) and never MulAdd: that would round once on some targets and twice on others.
template <size_t kRows, class Rows>
HWY_INLINE void one_tile(size_t kc, const float* HWY_RESTRICT a, const float* b,
                         typename Rows::More more, float* HWY_RESTRICT c, size_t ldc, Start start,
                         const float* bias, Bounds bounds) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto c00 = hn::Zero(d), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00,
       c31 = c00;
  if (start == Start::kFromC) {
    c00 = hn::LoadU(d, c), c01 = hn::LoadU(d, c + lanes);
    if constexpr (kRows > 1) c10 = hn::LoadU(d, c + ldc), c11 = hn::LoadU(d, c + ldc + lanes);
    if constexpr (kRows > 2)
      c20 = hn::LoadU(d, c + 2 * ldc), c21 = hn::LoadU(d, c + 2 * ldc + lanes);
    if constexpr (kRows > 3)
      c30 = hn::LoadU(d, c + 3 * ldc), c31 = hn::LoadU(d, c + 3 * ldc + lanes);
  }
  const auto step = [&](const float* HWY_RESTRICT row, const float* HWY_RESTRICT x) HWY_ATTR {
    const auto b0 = hn::LoadU(d, row), b1 = hn::LoadU(d, row + lanes);
    auto factor = hn::Set(d, x[0]);
    c00 = hn::Add(c00, hn::Mul(factor, b0)), c01 = hn::Add(c01, hn::Mul(factor, b1));
    if constexpr (kRows > 1) {
      factor = hn::Set(d, x[1]);
      c10 = hn::Add(c10, hn::Mul(factor, b0)), c11 = hn::Add(c11, hn::Mul(factor, b1));
    }
    if constexpr (kRows > 2) {
      factor = hn::Set(d, x[2]);
      c20 = hn::Add(c20, hn::Mul(factor, b0)), c21 = hn::Add(c21, hn::Mul(factor, b1));
    }
    if constexpr (kRows > 3) {
      factor = hn::Set(d, x[3]);
      c30 = hn::Add(c30, hn::Mul(factor, b0)), c31 = hn::Add(c31, hn::Mul(factor, b1));
    }
  };
  // Not unrolled: V8 would schedule one accumulator's products of several k in a row, which keeps
  // more vectors alive than there are registers.
  for (; kc > 0; --kc, a += kRows, Rows::advance(b, more)) step(Rows::row(b, more), a);
  const auto low = hn::Set(d, bounds.low), high = hn::Set(d, bounds.high);
  const auto store = [&](size_t row, auto left, auto right) HWY_ATTR {
    if (bias != nullptr) {
      const auto offset = hn::Set(d, bias[row]);
      left = hn::Add(left, offset), right = hn::Add(right, offset);
    }
    hn::StoreU(runtime::HWY_NAMESPACE::bounded(left, low, high), d, c + row * ldc);
    hn::StoreU(runtime::HWY_NAMESPACE::bounded(right, low, high), d, c + row * ldc + lanes);
  };
  store(0, c00, c01);
  if constexpr (kRows > 1) store(1, c10, c11);
  if constexpr (kRows > 2) store(2, c20, c21);
  if constexpr (kRows > 3) store(3, c30, c31);
}

/// Has the caches fetch `step` floats, or those that are left.
HWY_INLINE void fetch(const float*& from, size_t& left, size_t step) {
  constexpr size_t kLine = 64 / sizeof(float);
  if (step > left) step = left;
  for (size_t i = 0; i < step; i += kLine) {
#if HWY_ARCH_WASM
    // There is no instruction for that: a load whose result nobody uses.
    const float value = from[i];
    asm volatile("" : : "r"(value));
#else
    hwy::Prefetch(from + i);
#endif
  }
  from += step, left -= step;
}

/// One noinline function for each number of rows and kind of b: it is called often, so that V8
/// tiers it up.
template <size_t kRows, class Rows>
HWY_NOINLINE void tile_rows(size_t kc, const float* a, const float* b, typename Rows::More more,
                            float* c, size_t ldc, Start start, const Finish& finish,
                            const Repeat& repeat) {
  const float* bias = finish.bias;
  const Bounds bounds = finish.bounds;
  const size_t a_step = repeat.a, b_step = repeat.b, c_step = repeat.c;
  const size_t bias_step = bias != nullptr ? repeat.bias : 0;
  const float* ahead = repeat.ahead;
  size_t ahead_left = repeat.ahead_size;
  for (size_t count = repeat.count; count > 0; --count) {
    if (ahead_left > 0) fetch(ahead, ahead_left, repeat.ahead_step);
    one_tile<kRows, Rows>(kc, a, b, more, c, ldc, start, bias, bounds);
    a += a_step, b += b_step, c += c_step, bias += bias_step;
  }
}

template <class Rows>
HWY_INLINE void any_rows(size_t count, size_t kc, const float* a, const float* b,
                         typename Rows::More more, float* c, size_t ldc, Start start,
                         const Finish& finish, const Repeat& repeat) {
  switch (count) {
    case 1:
      return tile_rows<1, Rows>(kc, a, b, more, c, ldc, start, finish, repeat);
    case 2:
      return tile_rows<2, Rows>(kc, a, b, more, c, ldc, start, finish, repeat);
    case 3:
      return tile_rows<3, Rows>(kc, a, b, more, c, ldc, start, finish, repeat);
    default:
      return tile_rows<4, Rows>(kc, a, b, more, c, ldc, start, finish, repeat);
  }
}

void tile(size_t rows, size_t kc, const float* a, const float* b, size_t ldb, float* c, size_t ldc,
          Start start, const Finish& finish, const Repeat& repeat) {
  if (ldb == columns()) return any_rows<Dense>(rows, kc, a, b, 0, c, ldc, start, finish, repeat);
  any_rows<Strided>(rows, kc, a, b, ldb, c, ldc, start, finish, repeat);
}

void tap_tile(size_t rows, size_t kc, const float* a, const float* b, const uint32_t* offsets,
              float* c, size_t ldc, const Finish& finish, const Repeat& repeat) {
  any_rows<Taps>(rows, kc, a, b, offsets, c, ldc, Start::kZero, finish, repeat);
}

HWY_NOINLINE void copy_rows(const float* from, size_t step, size_t kc, float* panel) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t k = 0; k < kc; ++k, from += step, panel += 2 * lanes) {
    hn::StoreU(hn::LoadU(d, from), d, panel);
    hn::StoreU(hn::LoadU(d, from + lanes), d, panel + lanes);
  }
}

HWY_NOINLINE void interleave(const float* from, size_t step, size_t n, float* to) {
  static_assert(kTileRows == 4);
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const float *r0 = from, *r1 = r0 + step, *r2 = r1 + step, *r3 = r2 + step;
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreInterleaved4(hn::LoadU(d, r0 + i), hn::LoadU(d, r1 + i), hn::LoadU(d, r2 + i),
                          hn::LoadU(d, r3 + i), d, to + 4 * i);
  }
  for (; i < n; ++i) {
    to[4 * i] = r0[i], to[4 * i + 1] = r1[i], to[4 * i + 2] = r2[i], to[4 * i + 3] = r3[i];
  }
}

}  // namespace xquant::runtime::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::gemm {

HWY_EXPORT(columns);
HWY_EXPORT(tile);
HWY_EXPORT(tap_tile);
HWY_EXPORT(copy_rows);
HWY_EXPORT(interleave);

std::size_t tile_columns() { return HWY_DYNAMIC_DISPATCH(columns)(); }
void copy_panel(const float* from, std::size_t step, std::size_t kc, float* panel) {
  HWY_DYNAMIC_DISPATCH(copy_rows)(from, step, kc, panel);
}
void interleave_rows(const float* from, std::size_t step, std::size_t n, float* to) {
  HWY_DYNAMIC_DISPATCH(interleave)(from, step, n, to);
}
TileFunction tile_function() { return HWY_DYNAMIC_POINTER(tile); }
TapTileFunction tap_tile_function() { return HWY_DYNAMIC_POINTER(tap_tile); }

}  // namespace xquant::runtime::gemm
#endif
