#include "runtime/conv/tap_panels.h"

#include <algorithm>

#include "runtime/gemm/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/conv/tap_panels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::conv::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// A panel whose columns lie in one row of the block.
HWY_NOINLINE void whole(const float* from, const uint32_t* offsets, size_t kc, float* panel) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t k = 0; k < kc; ++k, panel += 2 * lanes) {
    const float* tap = from + offsets[k];
    hn::StoreU(hn::LoadU(d, tap), d, panel);
    hn::StoreU(hn::LoadU(d, tap + lanes), d, panel + lanes);
  }
}

/// A panel over the ends of rows: n columns, of which `first` are of the row at `from`, then
/// `columns` of each row behind it; zeros where there are none. In whole vectors: what they write
/// beyond a row is overwritten by the next row, or by the next tap.
HWY_NOINLINE void pieces(const float* from, const uint32_t* offsets, size_t kc, size_t n,
                         size_t first, size_t columns, size_t pitch, float* panel) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d), width = 2 * lanes;
  for (size_t k = 0; k < kc; ++k, panel += width) {
    const float* tap = from + offsets[k];
    size_t end = first < n ? first : n;
    for (size_t j = 0; j < n;) {
      for (size_t i = j; i < end; i += lanes) hn::StoreU(hn::LoadU(d, tap + (i - j)), d, panel + i);
      tap += j == 0 ? first + pitch - columns : pitch;
      j = end;
      end = j + columns < n ? j + columns : n;
    }
    for (size_t i = n; i < width; i += lanes) hn::StoreU(hn::Zero(d), d, panel + i);
  }
}

}  // namespace xquant::runtime::conv::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::conv {

HWY_EXPORT(whole);
HWY_EXPORT(pieces);

std::size_t TapPanels::slack() { return gemm::tile_columns(); }

void TapPanels::pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
                     float* panel) const {
  const std::size_t row = j0 / columns_, column = j0 % columns_;
  const float* from = padded_ + row * pitch_ + column;
  const std::size_t first = columns_ - column;
  if (columns == gemm::tile_columns() && columns <= first) {
    HWY_DYNAMIC_DISPATCH(whole)(from, offsets_ + k0, kc, panel);
  } else {
    HWY_DYNAMIC_DISPATCH(pieces)
    (from, offsets_ + k0, kc, columns, first, columns_, pitch_, panel);
  }
}

}  // namespace xquant::runtime::conv
#endif
