#include "runtime/gemm/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/gemm/tile.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::gemm::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t columns() { return 2 * hn::Lanes(hn::ScalableTag<float>()); }

/// Rows of b one after the other: a packed panel, whose addresses the compiler knows.
struct Dense {
  static constexpr bool kUnrolls = true;
  const float* next;
  HWY_INLINE const float* row(size_t k) const {
    return next + k * 2 * hn::Lanes(hn::ScalableTag<float>());
  }
  HWY_INLINE void advance(size_t count) { next = row(count); }
  HWY_INLINE void skip(size_t floats) { next += floats; }
};

/// Rows of b at a fixed distance.
struct Strided {
  static constexpr bool kUnrolls = false;  // four addresses to compute cost more than the loop
  const float* next;
  size_t step;
  HWY_INLINE const float* row(size_t k) const { return next + k * step; }
  HWY_INLINE void advance(size_t count) { next += count * step; }
  HWY_INLINE void skip(size_t floats) { next += floats; }
};

/// Rows of b at given offsets.
struct Taps {
  static constexpr bool kUnrolls = true;
  const float* b;
  const uint32_t* offsets;
  HWY_INLINE const float* row(size_t k) const { return b + offsets[k]; }
  HWY_INLINE void advance(size_t count) { offsets += count; }
  HWY_INLINE void skip(size_t floats) { b += floats; }
};

/// Add(Mul()) and never MulAdd: that would round once on some targets and twice on others.
template <size_t kRows, class Rows>
HWY_INLINE void one_tile(size_t kc, const float* HWY_RESTRICT a, Rows rows, float* HWY_RESTRICT c,
                         size_t ldc, Start start, const float* bias) {
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
  // Four at a time: what decides is the number of instructions beside the arithmetic.
  size_t k = 0;
  for (; Rows::kUnrolls && k + 4 <= kc; k += 4, a += 4 * kRows, rows.advance(4)) {
    step(rows.row(0), a);
    step(rows.row(1), a + kRows);
    step(rows.row(2), a + 2 * kRows);
    step(rows.row(3), a + 3 * kRows);
  }
  for (; k < kc; ++k, a += kRows, rows.advance(1)) step(rows.row(0), a);
  const auto store = [&](size_t row, auto left, auto right) HWY_ATTR {
    if (bias != nullptr) {
      const auto offset = hn::Set(d, bias[row]);
      left = hn::Add(left, offset), right = hn::Add(right, offset);
    }
    hn::StoreU(left, d, c + row * ldc);
    hn::StoreU(right, d, c + row * ldc + lanes);
  };
  store(0, c00, c01);
  if constexpr (kRows > 1) store(1, c10, c11);
  if constexpr (kRows > 2) store(2, c20, c21);
  if constexpr (kRows > 3) store(3, c30, c31);
}

/// One noinline function for each number of rows and kind of b: it is called often, so that V8
/// tiers it up.
template <size_t kRows, class Rows>
HWY_NOINLINE void tile_rows(size_t kc, const float* a, Rows rows, float* c, size_t ldc, Start start,
                            const float* bias, Repeat repeat) {
  for (; repeat.count > 0; --repeat.count) {
    one_tile<kRows>(kc, a, rows, c, ldc, start, bias);
    a += repeat.a, c += repeat.c;
    if (bias != nullptr) bias += repeat.bias;
    rows.skip(repeat.b);
  }
}

template <class Rows>
HWY_INLINE void any_rows(size_t count, size_t kc, const float* a, Rows rows, float* c, size_t ldc,
                         Start start, const float* bias, const Repeat& repeat) {
  switch (count) {
    case 1:
      return tile_rows<1>(kc, a, rows, c, ldc, start, bias, repeat);
    case 2:
      return tile_rows<2>(kc, a, rows, c, ldc, start, bias, repeat);
    case 3:
      return tile_rows<3>(kc, a, rows, c, ldc, start, bias, repeat);
    default:
      return tile_rows<4>(kc, a, rows, c, ldc, start, bias, repeat);
  }
}

void tile(size_t rows, size_t kc, const float* a, const float* b, size_t ldb, float* c, size_t ldc,
          Start start, const float* bias, const Repeat& repeat) {
  if (ldb == columns()) return any_rows(rows, kc, a, Dense{b}, c, ldc, start, bias, repeat);
  any_rows(rows, kc, a, Strided{b, ldb}, c, ldc, start, bias, repeat);
}

void tap_tile(size_t rows, size_t kc, const float* a, const float* b, const uint32_t* offsets,
              float* c, size_t ldc, const float* bias, const Repeat& repeat) {
  any_rows(rows, kc, a, Taps{b, offsets}, c, ldc, Start::kZero, bias, repeat);
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
