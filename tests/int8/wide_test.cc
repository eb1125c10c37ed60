#include <gtest/gtest.h>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/product_oracle.h"

// Products of 16 bits against sums in int64.
namespace xquant::int8_test {
namespace {

size_t volume(const size_t n[3]) { return n[0] * n[1] * n[2]; }

// The packed planes of weights.
struct Packed {
  std::vector<uint64_t> planes[2];
  bool is_wide = false;
  xq_wide_weights view() const { return {planes[0].data(), is_wide ? planes[1].data() : nullptr}; }
};

template <typename Pack>
Packed pack(const Weights& w, size_t n, size_t bytes, const Pack& pack_plane) {
  const xq_weights weights = w.view();
  auto room = aligned_memory(xq_split_weights_size(&weights, n));
  xq_weights planes[2];
  Packed packed;
  packed.is_wide = xq_split_weights(&weights, n, planes, room.data()) == 2;
  for (int p = 0; p <= packed.is_wide; ++p) {
    packed.planes[p] = aligned_memory(bytes);
    pack_plane(planes[p], packed.planes[p].data());
  }
  return packed;
}

// What a random product is made of, and its results by the definition.
struct Case {
  Codes x;
  int32_t zx;
  Weights w;
  std::vector<int64_t> bias;
  std::vector<float> multiplier;
  xq_type type;
  int32_t zy;
  xq_step leaky = {XQ_STEP_UNARY, {XQ_LEAKY_RELU, 0.25f, 0}, XQ_ADD, 0, 0, nullptr, 0, 0};
  xq_stage stage = {&leaky, 1, 0.5f, nullptr};
  bool has_stage;

  Case(Random& random, size_t x_size, size_t w_size, size_t outputs, bool may_have_bias)
      : x(random_codes(random, x_size, random_wide_type(random))),
        zx(random_zero_point(random, x.type)),
        w(random_weights(random, w_size, outputs, random_wide_type(random))) {
    const int32_t most = xq_type_size(w.codes.type) == 2 ? 2'000'000'000 : 900'000;
    const bool has_bias = may_have_bias && random.between(0, 2) != 0;
    for (size_t i = 0; has_bias && i < outputs; ++i)
      bias.push_back(int64_t{16} * random.between(-most, most));
    type = random_wide_type(random);
    zy = random_zero_point(random, type);
    const int bits = 8 * static_cast<int>(xq_type_size(x.type) + xq_type_size(w.codes.type) -
                                          xq_type_size(type));
    multiplier = random.positives(random.between(0, 1) ? outputs : 1, -bits - 8, -bits - 2);
    has_stage = random.between(0, 2) == 0;
  }

  xq_requant to() const {
    return {multiplier.data(), multiplier.size(), zy,
            xq_type_min(type), xq_type_max(type), has_stage ? &stage : nullptr};
  }
  const int64_t* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }

  float real(int64_t acc, size_t channel) const {
    const float r = static_cast<float>(acc) * multiplier[multiplier.size() == 1 ? 0 : channel];
    return has_stage && r < 0 ? 0.25f * r : r;
  }
  int32_t code(float real) const {
    return exact_quantize(real, has_stage ? 0.5f : 1.0f, zy, xq_type_min(type), xq_type_max(type));
  }
};

// Runs a product into codes and into real numbers. channel(i): of element i.
template <typename Run, typename Channel>
void expect_results(const Case& c, const std::vector<int64_t>& sums, const Run& run,
                    const Channel& channel) {
  const xq_requant to = c.to();
  Guarded<float> real(sums.size(), 3);
  const xq_wide_result reals = {&to, c.type, nullptr, real.data()};
  run(reals);
  ASSERT_TRUE(real.intact());
  const bool is_byte = xq_type_size(c.type) == 1;
  Guarded<uint8_t> bytes(sums.size(), 5);
  Guarded<uint16_t> words(sums.size(), 5);
  const xq_wide_result codes = {&to, c.type,
                                is_byte ? static_cast<void*>(bytes.data()) : words.data(), nullptr};
  run(codes);
  ASSERT_TRUE(bytes.intact() && words.intact());
  for (size_t i = 0; i < sums.size(); ++i) {
    const float expected = c.real(sums[i], channel(i));
    ASSERT_EQ(real.data()[i], expected) << i;
    const int32_t code = c.code(expected);
    if (is_byte)
      ASSERT_EQ(bytes.data()[i], static_cast<uint8_t>(code)) << i;
    else
      ASSERT_EQ(words.data()[i], static_cast<uint16_t>(code)) << i;
  }
}

void expect_gemm(Random& random, const xq_gemm& shape) {
  const Case c(random, shape.m * shape.k, shape.k * shape.n, shape.n, true);
  const std::vector<int64_t> sums = gemm_sums(shape, c.x, c.zx, c.w, c.bias);
  with_every_isa([&] {
    const Packed packed = pack(c.w, shape.k * shape.n, xq_gemm_packed_size(&shape),
                               [&](const xq_weights& plane, void* to) {
                                 xq_gemm_pack_weights(&shape, &plane, shape.n, 1, to);
                               });
    auto workspace = aligned_memory(xq_wide_gemm_workspace_size(&shape));
    const xq_codes x = c.x.view(c.zx);
    const xq_wide_weights w = packed.view();
    expect_results(
        c, sums,
        [&](const xq_wide_result& result) {
          xq_wide_gemm(&shape, &x, &w, c.bias_or_null(), &result, workspace.data());
        },
        [&](size_t i) { return i % shape.n; });
  });
}

void expect_conv(Random& random, const xq_conv& conv, bool transposed) {
  const Case c(random, conv.batch * conv.in_channels * volume(conv.in),
               conv.out_channels * (conv.in_channels / conv.groups) * volume(conv.kernel),
               conv.out_channels, true);
  const std::vector<int64_t> sums =
      (transposed ? conv_transpose_sums : conv_sums)(conv, c.x, c.zx, c.w, c.bias);
  with_every_isa([&] {
    const Packed packed =
        pack(c.w, c.w.codes.bytes.size() / xq_type_size(c.w.codes.type),
             (transposed ? xq_conv_transpose_packed_size : xq_conv_packed_size)(&conv),
             [&](const xq_weights& plane, void* to) {
               (transposed ? xq_conv_transpose_pack : xq_conv_pack)(&conv, &plane, to);
             });
    auto workspace = aligned_memory(
        (transposed ? xq_wide_conv_transpose_workspace_size : xq_wide_conv_workspace_size)(&conv));
    const xq_codes x = c.x.view(c.zx);
    const xq_wide_weights w = packed.view();
    const size_t plane = sums.size() / conv.batch / conv.out_channels;
    expect_results(
        c, sums,
        [&](const xq_wide_result& result) {
          (transposed ? xq_wide_conv_transpose : xq_wide_conv)(&conv, &x, &w, c.bias_or_null(),
                                                               &result, workspace.data());
        },
        [&](size_t i) { return i / plane % conv.out_channels; });
  });
}

TEST(Wide, GemmEqualsSumsInInt64) {
  Random random(400);
  for (size_t tail = 1; tail <= 67; ++tail) {
    const auto size = [&] { return static_cast<size_t>(random.between(1, 40)); };
    ASSERT_NO_FATAL_FAILURE(expect_gemm(random, {tail, size(), size()}));
    ASSERT_NO_FATAL_FAILURE(expect_gemm(random, {size(), tail, size()}));
    ASSERT_NO_FATAL_FAILURE(expect_gemm(random, {size(), size(), tail}));
  }
  ASSERT_NO_FATAL_FAILURE(expect_gemm(random, {130, 300, 33}));
}

TEST(Wide, ConvEqualsSumsInInt64) {
  Random random(401);
  const auto size = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  for (int i = 0; i < 60; ++i) {
    const bool transposed = i % 2 == 1;
    const size_t groups = size(1, 3);
    const size_t in_group = i % 6 < 2 ? 1 : size(1, 14);
    xq_conv conv{};
    conv.batch = size(1, 2);
    conv.in_channels = groups * in_group;
    conv.out_channels = groups * size(1, 9);
    conv.groups = groups;
    for (size_t d = 0; d < 3; ++d) {
      const bool used = d > 0;
      conv.kernel[d] = used ? size(1, 3) : 1;
      conv.stride[d] = used ? size(1, 2) : 1;
      conv.dilation[d] = 1;
      conv.in[d] = used ? size(3, 20) : 1;
      const size_t most = transposed ? (conv.kernel[d] - 1) / 2 : conv.kernel[d] - 1;
      conv.pad_begin[d] = conv.pad_end[d] = used ? most : 0;
    }
    SCOPED_TRACE(i);
    ASSERT_NO_FATAL_FAILURE(expect_conv(random, conv, transposed));
  }
}

// Winograd's filtering, which symmetric weights of 8 bits may take.
TEST(Wide, ConvOf3x3EqualsSumsInInt64) {
  Random random(402);
  for (int i = 0; i < 6; ++i) {
    const xq_conv conv = {1,         16,        16,        1,         {1, 13, 18}, {1, 3, 3},
                          {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, {0, 0, 0}};
    ASSERT_NO_FATAL_FAILURE(expect_conv(random, conv, false));
  }
}

TEST(Wide, MatMulEqualsSumsInInt64) {
  Random random(403);
  for (int i = 0; i < 40; ++i) {
    const auto size = [&](int32_t most) { return static_cast<size_t>(random.between(1, most)); };
    xq_matmul shape = {size(9), size(40), size(30), 1, {}, {}};
    const size_t batch = size(3);
    shape.a_batch[0] = i % 3 == 0 ? 1 : batch;
    shape.b_batch[0] = i % 3 == 1 ? 1 : batch;
    const xq_gemm one = {shape.m, shape.n, shape.k};
    const size_t a_size = shape.m * shape.k, b_size = shape.k * shape.n;
    const Case c(random, shape.a_batch[0] * a_size, shape.b_batch[0] * b_size, shape.n, false);
    const auto matrix = [](const Codes& codes, size_t size, size_t i) {
      const auto bytes = static_cast<ptrdiff_t>(size * xq_type_size(codes.type));
      const auto first = codes.bytes.begin() + static_cast<ptrdiff_t>(i) * bytes;
      return Codes{{first, first + bytes}, codes.type};
    };
    std::vector<int64_t> sums;
    for (size_t k = 0; k < batch; ++k) {
      const Codes a = matrix(c.x, a_size, shape.a_batch[0] == 1 ? 0 : k);
      const Weights b{matrix(c.w.codes, b_size, shape.b_batch[0] == 1 ? 0 : k), c.w.zero_points};
      const std::vector<int64_t> part = gemm_sums(one, a, c.zx, b, {});
      sums.insert(sums.end(), part.begin(), part.end());
      if (shape.a_batch[0] == 1 && shape.b_batch[0] == 1) break;
    }
    with_every_isa([&] {
      const xq_codes a = c.x.view(c.zx);
      const xq_weights b = c.w.view();
      auto workspace = aligned_memory(xq_wide_matmul_workspace_size(&shape, &b));
      expect_results(
          c, sums,
          [&](const xq_wide_result& result) {
            xq_wide_matmul(&shape, &a, &b, &result, workspace.data());
          },
          [&](size_t i) { return i % shape.n; });
    });
  }
}

// 33025 products of 65535 * 65535 need 48 bits; float keeps 24 of them.
TEST(Wide, IsExactAtTheDeepestSum) {
  const xq_gemm shape = {1, 1, XQ_MAX_DEPTH_ASYMMETRIC};
  const std::vector<uint16_t> x(shape.k, 0), w(shape.k, 0);
  const int32_t zero = 65535;
  const xq_codes codes = {x.data(), XQ_U16, zero};
  const xq_weights weights = {w.data(), XQ_U16, &zero, 1};
  const float one = 1.0f;
  const xq_requant to = {&one, 1, 0, 0, 0, nullptr};
  const int64_t sum = int64_t{65535} * 65535 * XQ_MAX_DEPTH_ASYMMETRIC;
  for (const int64_t bias : {-sum, -sum + 1, int64_t{1}}) {
    with_every_isa([&] {
      auto room = aligned_memory(xq_split_weights_size(&weights, shape.k));
      xq_weights planes[2];
      ASSERT_EQ(xq_split_weights(&weights, shape.k, planes, room.data()), 2u);
      auto high = aligned_memory(xq_gemm_packed_size(&shape)), low = high;
      xq_gemm_pack_weights(&shape, &planes[0], 1, 1, high.data());
      xq_gemm_pack_weights(&shape, &planes[1], 1, 1, low.data());
      const xq_wide_weights packed = {high.data(), low.data()};
      auto workspace = aligned_memory(xq_wide_gemm_workspace_size(&shape));
      float real = -1;
      const xq_wide_result result = {&to, XQ_S16, nullptr, &real};
      xq_wide_gemm(&shape, &codes, &packed, &bias, &result, workspace.data());
      EXPECT_EQ(real, static_cast<float>(sum + bias));
    });
  }
}

}  // namespace
}  // namespace xquant::int8_test
