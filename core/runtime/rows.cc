#include "runtime/rows.h"

#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/rows.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE void copy_floats(const float* from, float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  if (i < n) hn::StoreN(hn::LoadN(d, from + i, n - i), d, to + i, n - i);
}

HWY_INLINE void zero_floats(float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Zero(d), d, to + i);
  if (i < n) hn::StoreN(hn::Zero(d), d, to + i, n - i);
}

/// Fewer bytes than twice those of Word, not fewer than one: two copies that may share some.
template <class Word>
HWY_INLINE void copy_ends(const uint8_t* from, uint8_t* to, size_t bytes) {
  Word first, last;
  std::memcpy(&first, from, sizeof(Word));
  std::memcpy(&last, from + bytes - sizeof(Word), sizeof(Word));
  std::memcpy(to, &first, sizeof(Word));
  std::memcpy(to + bytes - sizeof(Word), &last, sizeof(Word));
}

HWY_NOINLINE void copy(const uint8_t* from, uint8_t* to, size_t bytes) {
  const hn::CappedTag<uint8_t, 32> d;
  const size_t lanes = hn::Lanes(d);
  if (bytes >= lanes) {
    size_t i = 0;
    for (; i + lanes <= bytes; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    if (i < bytes) hn::StoreU(hn::LoadU(d, from + bytes - lanes), d, to + bytes - lanes);
  } else if (bytes > 16) {
    const hn::Full128<uint8_t> d16;
    hn::StoreU(hn::LoadU(d16, from), d16, to);
    hn::StoreU(hn::LoadU(d16, from + bytes - 16), d16, to + bytes - 16);
  } else if (bytes >= 8) {
    copy_ends<uint64_t>(from, to, bytes);
  } else if (bytes >= 4) {
    copy_ends<uint32_t>(from, to, bytes);
  } else {
    for (size_t i = 0; i < bytes; ++i) to[i] = from[i];
  }
}

template <class T>
HWY_INLINE void double_elements(const T* from, T* to, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, from + i);
    hn::StoreInterleaved2(v, v, d, to + 2 * i);
  }
  for (; i < n; ++i) to[2 * i] = to[2 * i + 1] = from[i];
}

#define XQ_DOUBLE(bits)                                                                      \
  HWY_NOINLINE void double##bits(const uint##bits##_t* from, uint##bits##_t* to, size_t n) { \
    double_elements(from, to, n);                                                            \
  }
XQ_DOUBLE(8)
XQ_DOUBLE(16)
XQ_DOUBLE(32)
XQ_DOUBLE(64)
#undef XQ_DOUBLE

HWY_NOINLINE void zeros(float* to, size_t n) { zero_floats(to, n); }

/// Pairs [begin, end) of a row that lie inside it. Vectors, the last of which ends with them;
/// false: there are less than one.
template <bool kEven, bool kOdd, class D>
HWY_INLINE bool split_pairs(D d, const float* row, size_t begin, size_t end, float* even,
                            float* odd) {
  const size_t lanes = hn::Lanes(d);
  if (end - begin < lanes) return false;
  const auto at = [&](size_t i) HWY_ATTR {
    hn::Vec<D> left, right;
    hn::LoadInterleaved2(d, row + 2 * i, left, right);
    if constexpr (kEven) hn::StoreU(left, d, even + i);
    if constexpr (kOdd) hn::StoreU(right, d, odd + i);
  };
  for (size_t i = begin; i + lanes <= end; i += lanes) at(i);
  if ((end - begin) % lanes != 0) at(end - lanes);
  return true;
}

/// kEven, kOdd: which of the two are wanted.
template <bool kEven, bool kOdd>
HWY_NOINLINE void split_wanted(const float* from, const SplitRows& s, float* even, float* odd) {
  const auto n = static_cast<ptrdiff_t>(s.n), width = static_cast<ptrdiff_t>(s.width);
  // Pairs in [begin, end) lie inside with both halves.
  const ptrdiff_t before = s.first < 0 ? (1 - s.first) / 2 : 0;
  const ptrdiff_t begin = before < width ? before : width;
  const ptrdiff_t inside = n > s.first ? (n - s.first) / 2 : 0;
  const ptrdiff_t end = inside < begin ? begin : inside < width ? inside : width;
  const auto first = static_cast<size_t>(begin), last = static_cast<size_t>(end);
  for (size_t r = 0; r < s.rows; ++r, from += s.step) {
    const float* row = from + s.first;
    const auto one_by_one = [&](ptrdiff_t i, ptrdiff_t until) HWY_ATTR {
      for (; i < until; ++i) {
        const ptrdiff_t x = s.first + 2 * i;
        if constexpr (kEven) even[i] = x >= 0 && x < n ? row[2 * i] : 0.0f;
        if constexpr (kOdd) odd[i] = x + 1 >= 0 && x + 1 < n ? row[2 * i + 1] : 0.0f;
      }
    };
    one_by_one(0, begin);
    if (!split_pairs<kEven, kOdd>(hn::ScalableTag<float>(), row, first, last, even, odd) &&
        !split_pairs<kEven, kOdd>(hn::CappedTag<float, 4>(), row, first, last, even, odd))
      one_by_one(begin, end);
    one_by_one(end, width);
    if constexpr (kEven) even += s.width;
    if constexpr (kOdd) odd += s.width;
  }
}

HWY_NOINLINE void split(const float* from, const SplitRows& s, float* even, float* odd) {
  if (even != nullptr && odd != nullptr) return split_wanted<true, true>(from, s, even, odd);
  if (even != nullptr) return split_wanted<true, false>(from, s, even, odd);
  split_wanted<false, true>(from, s, even, odd);
}

/// One row, and nothing beside it.
HWY_INLINE void pad_row(const float* from, const PaddedRows& p, float* to) {
  const size_t right = p.left + p.n;
  zero_floats(to, p.left);
  copy_floats(from, to + p.left, p.n);
  zero_floats(to + right, p.width - right);
}

/// Rows of at most a vector: each is a vector of `from` that begins where the padding does, without
/// what is padding.
template <class D>
HWY_INLINE void pad_narrow(D d, const float* from, size_t from_step, const PaddedRows& p,
                           float* to) {
  const size_t lanes = hn::Lanes(d);
  const auto inside = hn::AndNot(hn::FirstN(d, p.left), hn::FirstN(d, p.left + p.n));
  const size_t rows = p.rows, width = p.width, left = p.left;
  // Rows [begin, end) read and write nothing outside.
  size_t begin = 0;
  while (begin < rows && begin * from_step < left) ++begin;
  const size_t readable = (rows - 1) * from_step + p.n + left;
  size_t end = rows;
  while (end > begin &&
         ((end - 1) * from_step + lanes > readable || (rows - end + 1) * width < lanes))
    --end;
  size_t r = 0;
  for (; r < begin && r < rows; ++r, from += from_step, to += width) pad_row(from, p, to);
  for (; r < end; ++r, from += from_step, to += width)
    hn::StoreU(hn::IfThenElseZero(inside, hn::LoadU(d, from - left)), d, to);
  for (; r < rows; ++r, from += from_step, to += width) pad_row(from, p, to);
}

/// Whole vectors, which may go beyond the end of a row as long as they stay inside all rows: what
/// they spill there is written again afterwards.
HWY_NOINLINE void pad(const float* from, size_t from_step, const PaddedRows& p, float* to) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  // Longer vectors cross lines of the cache more often.
  const hn::CappedTag<float, 8> short_d;
  if (p.width <= hn::Lanes(short_d)) return pad_narrow(short_d, from, from_step, p, to);
  if (p.width <= lanes) return pad_narrow(d, from, from_step, p, to);
  const auto whole = [&](size_t n) { return (n + lanes - 1) / lanes * lanes; };
  const size_t n_whole = whole(p.n), left_whole = whole(p.left);
  const size_t right = p.left + p.n;
  const size_t zeros_whole = whole(p.width - right);
  const float* const from_end = from + (p.rows - 1) * from_step + p.n;
  float* const to_end = to + p.rows * p.width;
  for (size_t r = 0; r < p.rows; ++r, from += from_step, to += p.width) {
    const size_t room = static_cast<size_t>(to_end - to);
    if (from + n_whole <= from_end && left_whole <= room && p.left + n_whole <= room &&
        right + zeros_whole <= room) {
      for (size_t i = 0; i < p.left; i += lanes) hn::StoreU(hn::Zero(d), d, to + i);
      for (size_t i = 0; i < p.n; i += lanes)
        hn::StoreU(hn::LoadU(d, from + i), d, to + p.left + i);
      for (size_t i = right; i < p.width; i += lanes) hn::StoreU(hn::Zero(d), d, to + i);
    } else {
      pad_row(from, p, to);
    }
  }
}

}  // namespace xquant::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime {

HWY_EXPORT(copy);
HWY_EXPORT(zeros);
HWY_EXPORT(split);
HWY_EXPORT(pad);

void copy_row(const void* from, void* to, std::size_t bytes) {
  HWY_DYNAMIC_DISPATCH(copy)(static_cast<const std::uint8_t*>(from), static_cast<std::uint8_t*>(to),
                             bytes);
}
#define XQ_DOUBLE(bits)                                                                      \
  HWY_EXPORT(double##bits);                                                                  \
  void double_row(const std::uint##bits##_t* from, std::uint##bits##_t* to, std::size_t n) { \
    HWY_DYNAMIC_DISPATCH(double##bits)(from, to, n);                                         \
  }
XQ_DOUBLE(8)
XQ_DOUBLE(16)
XQ_DOUBLE(32)
XQ_DOUBLE(64)
#undef XQ_DOUBLE
void fill_zeros(float* to, std::size_t n) { HWY_DYNAMIC_DISPATCH(zeros)(to, n); }
void split_rows(const float* from, const SplitRows& layout, float* even, float* odd) {
  HWY_DYNAMIC_DISPATCH(split)(from, layout, even, odd);
}
void pad_rows(const float* from, std::size_t from_step, const PaddedRows& layout, float* to) {
  if (layout.rows > 0) HWY_DYNAMIC_DISPATCH(pad)(from, from_step, layout, to);
}

}  // namespace xquant::runtime
#endif
