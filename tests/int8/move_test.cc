#include <gtest/gtest.h>

#include <algorithm>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

namespace xquant::int8_test {
namespace {

TEST(Rescale, EqualsDequantizeQuantizeOrCopies) {
  Random random(90);
  for (const xq_type a : kTypes) {
    for (const xq_type b : kTypes) {
      for (const size_t n : {size_t{1}, size_t{67}, size_t{700}}) {
        const Coded x = random_coded(random, random_quant(random, a, -6, -3), n);
        xq_quant to =
            random.between(0, 3) == 0 && a == b ? x.quant : random_quant(random, b, -6, -3);
        if (random.between(0, 3) == 0) to.qmin = to.zero_point;
        with_every_isa([&] {
          Coded y(to, n);
          xq_rescale(x.data(), n, &x.quant, &to, y.data());
          for (size_t i = 0; i < n; ++i) ASSERT_EQ(y.at(i), quantized(x.real(i), to));
        });
      }
    }
  }
}

TEST(Concat, PutsRescaledInputsSideBySide) {
  Random random(91);
  const xq_quant to = xq_quant_of(XQ_S8, 0.04f, 7);
  const std::vector<size_t> length = {3, 0, 150, 1};
  const Coded parts[] = {random_coded(random, to, 2 * 3 * 5), random_coded(random, to, 0),
                         random_coded(random, random_quant(random, XQ_U8, -6, -4), 2 * 150 * 5),
                         random_coded(random, random_quant(random, XQ_S16, -10, -8), 2 * 1 * 5)};
  std::vector<xq_tensor> inputs;
  for (const Coded& part : parts) inputs.push_back({part.data(), part.quant, {}});
  Coded y(to, 2 * 154 * 5);
  xq_concat(inputs.data(), length.data(), 4, 2, 5, &to, y.data());
  for (size_t i = 0; i < y.size; ++i) {
    const size_t o = i / (154 * 5);
    size_t l = i / 5 % 154, part = 0;
    while (l >= length[part]) l -= length[part++];
    ASSERT_EQ(y.at(i), quantized(parts[part].real((o * length[part] + l) * 5 + i % 5), to));
  }
}

TEST(Move, TransposesSlicesExpandsAndFlips) {
  Random random(92);
  for (const xq_type type : kTypes) {
    const Coded x = random_coded(random, xq_quant_of(type, 1.0f, 0), 2 * 3 * 4);
    const auto element = [&](size_t a, size_t b, size_t c) { return x.at((a * 3 + b) * 4 + c); };
    Coded y(x.quant, 200);
    const xq_shape transposed = {3, {4, 2, 3}};
    const ptrdiff_t transpose[] = {1, 12, 4};
    xq_move(x.data(), &transposed, transpose, type, y.data());
    for (size_t i = 0; i < 24; ++i) ASSERT_EQ(y.at(i), element(i / 3 % 2, i % 3, i / 6));
    const xq_shape flipped = {2, {5, 2}};  // expanded 5 times, columns 3 and 1 of row (1, 2)
    const ptrdiff_t flip[] = {0, -2};
    const auto* last = static_cast<const char*>(x.data()) + 23 * xq_type_size(type);
    xq_move(last, &flipped, flip, type, y.data());
    for (size_t i = 0; i < 10; ++i) ASSERT_EQ(y.at(i), element(1, 2, i % 2 ? 1 : 3));
    const xq_shape scalar = {0, {}};
    xq_move(x.data(), &scalar, nullptr, type, y.data());
    ASSERT_EQ(y.at(0), x.at(0));
  }
}

TEST(Gather, CountsNegativeIndicesFromTheEnd) {
  Random random(93);
  for (const xq_type type : kTypes) {
    const Coded x = random_coded(random, xq_quant_of(type, 1.0f, 0), 2 * 3 * 5);
    const std::vector<int64_t> index = {2, -3, 0, -1};
    Coded y(x.quant, 2 * 4 * 5);
    xq_gather(x.data(), 2, 3, 5, index.data(), 4, type, y.data());
    for (size_t i = 0; i < y.size; ++i) {
      const int64_t at = index[i / 5 % 4];
      const auto row = static_cast<size_t>(at < 0 ? at + 3 : at);
      ASSERT_EQ(y.at(i), x.at((i / 20 * 3 + row) * 5 + i % 5));
    }
  }
}

// Index of the image for a padded position, or -1, by walking.
int64_t walked(int64_t p, int64_t n, xq_pad_mode mode) {
  if (mode == XQ_PAD_CONSTANT) return p >= 0 && p < n ? p : -1;
  if (mode == XQ_PAD_EDGE) return std::clamp<int64_t>(p, 0, n - 1);
  if (mode == XQ_PAD_REFLECT) return p < 0 ? -p : p >= n ? 2 * n - 2 - p : p;
  while (p < 0) p += n;
  return p % n;
}

TEST(Pad, FillsEverySideInEveryMode) {
  Random random(94);
  for (int i = 0; i < 200; ++i) {
    const xq_type type = kTypes[i % 4];
    const auto mode = static_cast<xq_pad_mode>(1 + i / 4 % 4);
    const auto pick = [&](int32_t low, int32_t high) { return random.between(low, high); };
    const xq_shape shape = {3,
                            {static_cast<size_t>(pick(1, 3)), static_cast<size_t>(pick(1, 4)),
                             static_cast<size_t>(pick(1, 9))}};
    ptrdiff_t begin[3], end[3];
    xq_shape out = shape;
    for (size_t d = 0; d < 3; ++d) {
      const auto n = static_cast<int32_t>(shape.dims[d]);
      const int32_t low = mode == XQ_PAD_CONSTANT ? -(n - 1) / 2 : 0;
      const int32_t high = mode == XQ_PAD_REFLECT ? n - 1 : 5;
      begin[d] = pick(low, high);
      end[d] = pick(low, high);
      out.dims[d] = static_cast<size_t>(n + begin[d] + end[d]);
    }
    const Coded x = random_coded(random, xq_quant_of(type, 1.0f, 0), xq_shape_elements(&shape));
    Coded y(x.quant, xq_shape_elements(&out));
    const int32_t code = xq_type_max(type) - 5;
    xq_pad(x.data(), &shape, begin, end, mode, code, type, y.data());
    for (size_t o = 0; o < y.size; ++o) {
      int64_t at = 0, rest = static_cast<int64_t>(o);
      int64_t index[3];
      for (size_t d = 3; d-- > 0;) {
        index[d] = rest % static_cast<int64_t>(out.dims[d]) - begin[d];
        rest /= static_cast<int64_t>(out.dims[d]);
      }
      bool constant = false;
      for (size_t d = 0; d < 3; ++d) {
        const int64_t source = walked(index[d], static_cast<int64_t>(shape.dims[d]), mode);
        constant = constant || source < 0;
        at = at * static_cast<int64_t>(shape.dims[d]) + source;
      }
      ASSERT_EQ(y.at(o), constant ? code : x.at(static_cast<size_t>(at))) << "mode " << mode;
    }
  }
}

// One update after the other onto reals.
std::vector<float> scattered(xq_scatter_op op, std::vector<float> reals, const Coded& updates,
                             const std::vector<int64_t>& index, size_t inner) {
  for (size_t i = 0; i < index.size() * inner; ++i) {
    if (index[i / inner] < 0) continue;
    float& at = reals[static_cast<size_t>(index[i / inner]) * inner + i % inner];
    const float update = updates.real(i);
    if (op == XQ_SCATTER_SET) at = update;
    if (op == XQ_SCATTER_ADD) at += update;
    if (op == XQ_SCATTER_MUL) at *= update;
    if (op == XQ_SCATTER_MIN) at = std::min(at, update);
    if (op == XQ_SCATTER_MAX) at = std::max(at, update);
  }
  return reals;
}

TEST(Scatter, CombinesUpdatesInTheirOrder) {
  Random random(94);
  for (size_t i = 0; i < 120; ++i) {
    const auto op = static_cast<xq_scatter_op>(1 + i % 5);
    const size_t runs = 1 + i % 7, inner = 1 + i * i % 300, count = i % 9;
    const xq_quant to = random_quant(random, kTypes[i / 5 % 4], -6, -3);
    const bool keeps_codes = i % 3 == 0;
    const Coded data = random_coded(
        random, keeps_codes ? to : random_quant(random, kTypes[i % 4], -6, -3), runs * inner);
    const Coded updates = random_coded(
        random, keeps_codes ? to : random_quant(random, kTypes[i / 4 % 4], -6, -3), count * inner);
    std::vector<int64_t> index;
    for (size_t k = 0; k < count; ++k)
      index.push_back(random.between(-1, static_cast<int32_t>(runs) - 1));
    for (const bool into_data : {true, false}) {
      std::vector<float> reals(runs * inner, 0.0f);
      for (size_t k = 0; into_data && k < reals.size(); ++k) reals[k] = data.real(k);
      reals = scattered(op, reals, updates, index, inner);
      with_every_isa([&] {
        const xq_tensor x = {data.data(), data.quant, {}}, u = {updates.data(), updates.quant, {}};
        auto workspace = aligned_memory(xq_scatter_workspace_size(runs * inner));
        Coded y(to, runs * inner);
        const size_t nans = xq_scatter(op, into_data ? &x : nullptr, runs, inner, &u, index.data(),
                                       count, &to, y.data(), workspace.data());
        ASSERT_EQ(nans, 0u);
        for (size_t k = 0; k < y.size; ++k) ASSERT_EQ(y.at(k), quantized(reals[k], to)) << i;
      });
    }
  }
}

}  // namespace
}  // namespace xquant::int8_test
