#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "int8/every_isa.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

// Every function that takes a run of elements, at every length from 1 to 67 and at addresses that
// are aligned to nothing but the element: the scalar bytes, and not a byte beside them.
namespace xquant::int8_test {
namespace {

const xq_quant kFrom = {XQ_S8, 0.037f, -9, -128, 127};
const xq_quant kTo = {XQ_U8, 0.05f, 77, 0, 255};

// n input bytes, n output bytes.
using Function = std::function<void(const int8_t* x, size_t n, uint8_t* y)>;

void expect_scalar_bytes(const Function& run) {
  Random random(160);
  for (size_t n = 1; n <= 67; ++n) {
    for (size_t shift = 0; shift < 4; ++shift) {
      Guarded<int8_t> x(n, shift);
      for (size_t i = 0; i < n; ++i) x.data()[i] = random.s8();
      std::vector<uint8_t> expected(n);
      const std::string before = xq_int8_isa();
      ASSERT_TRUE(xq_int8_select("scalar"));
      run(x.data(), n, expected.data());
      ASSERT_TRUE(xq_int8_select(before.c_str()));
      with_every_isa([&] {
        Guarded<uint8_t> y(n, 3 - shift);
        run(x.data(), n, y.data());
        ASSERT_TRUE(y.intact() && x.intact()) << "length " << n;
        ASSERT_EQ(std::memcmp(y.data(), expected.data(), n), 0) << "length " << n;
      });
    }
  }
}

TEST(Tails, Rescale) {
  expect_scalar_bytes(
      [](const int8_t* x, size_t n, uint8_t* y) { xq_rescale(x, n, &kFrom, &kTo, y); });
}

TEST(Tails, Unary) {
  const xq_unary_function f = {XQ_GELU, 1.0f, 0.0f};
  expect_scalar_bytes(
      [&](const int8_t* x, size_t n, uint8_t* y) { xq_unary(&f, x, n, &kFrom, &kTo, y); });
}

TEST(Tails, BinaryWithItselfAndWithOneElement) {
  for (const xq_binary_op op : {XQ_ADD, XQ_MUL, XQ_DIV}) {
    expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
      const xq_tensor t = {x, kFrom, {1, {n}}};
      xq_binary(op, &t, &t, &kTo, y);
    });
    expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
      const xq_tensor t = {x, kFrom, {1, {n}}}, one = {x + n / 2, kFrom, {0, {}}};
      xq_binary(op, &one, &t, &kTo, y);
    });
  }
}

TEST(Tails, Softmax) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_softmax_workspace_size(n));
    xq_softmax(x, 1, n, 1, &kFrom, &kTo, y, workspace.data());
  });
}

TEST(Tails, LogSoftmax) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_softmax_workspace_size(n));
    xq_log_softmax(x, 1, n, 1, &kFrom, &kTo, y, workspace.data());
  });
}

TEST(Tails, Norms) {
  const float one = 1.5f, zero = 0.25f;
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_norm_workspace_size(n));
    xq_layer_norm(x, 1, n, nullptr, nullptr, 1e-5f, &kFrom, &kTo, y, workspace.data());
  });
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_norm_workspace_size(n));
    xq_rms_norm(x, 1, n, nullptr, 1e-5f, &kFrom, &kTo, y, workspace.data());
  });
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_norm_workspace_size(n));
    xq_instance_norm(x, 1, 1, n, &one, &zero, 1e-5f, &kFrom, &kTo, y, workspace.data());
  });
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    auto workspace = aligned_memory(xq_norm_workspace_size(n));
    xq_group_norm(x, 1, 1, n, 1, &one, &zero, 1e-5f, &kFrom, &kTo, y, workspace.data());
  });
}

TEST(Tails, TablesAndLines) {
  xq_table table, clip;
  const xq_unary_function tanh = {XQ_TANH, 1.0f, 0.0f}, bounds = {XQ_CLIP, -1.0f, 2.0f};
  xq_unary_table(&tanh, &kFrom, &kTo, table);
  xq_unary_table(&bounds, &kFrom, &kTo, clip);
  expect_scalar_bytes(
      [&](const int8_t* x, size_t n, uint8_t* y) { xq_table_apply(table, x, n, y); });
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    xq_line line;
    if (xq_line_of(clip, &line))
      xq_line_apply(&line, x, n, y);
    else
      xq_table_apply(clip, x, n, y);
  });
}

// Into and out of floats; the requantization of accumulators by one scale and by fixed point.
TEST(Tails, CodesAndNumbers) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    std::vector<float> reals(n + 1);  // not aligned to a vector
    xq_dequantize(x, n, &kFrom, reals.data() + 1);
    xq_quantize(reals.data() + 1, n, &kTo, y);
  });
  const float multiplier = 0.031f;
  const int32_t fixed = 1 << 30, shift = -4;
  const auto accumulators = [](const int8_t* x, size_t n) {
    std::vector<int32_t> acc(n);
    for (size_t i = 0; i < n; ++i) acc[i] = x[i] * 37;
    return acc;
  };
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    const xq_requant to = {&multiplier, 1, 77, 0, 255, nullptr};
    xq_requantize_s32_u8(accumulators(x, n).data(), 1, 1, n, &to, y);
  });
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    const xq_fixed to = {&fixed, &shift, 1, XQ_HALF_EVEN, XQ_ONE_ROUNDING, 77, 0, 255};
    xq_requantize_fixed(accumulators(x, n).data(), 1, 1, n, &to, XQ_U8, y);
  });
}

TEST(Tails, Resizes) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    const size_t in[] = {1, n}, out[] = {1, n};
    const xq_resize_axis row = {1, 1, 1.0, 1.0, XQ_HALF_PIXEL};
    const xq_resize_axis column = {n, n, 0.7, static_cast<double>(n) * 0.7, XQ_ASYMMETRIC};
    std::vector<size_t> rows(2), columns(2 * n);
    std::vector<float> row_weights(2), column_weights(2 * n);
    xq_resize_linear_taps(&row, rows.data(), row_weights.data());
    xq_resize_linear_taps(&column, columns.data(), column_weights.data());
    const xq_resize_taps r = {rows.data(), row_weights.data()};
    const xq_resize_taps c = {columns.data(), column_weights.data()};
    auto workspace = aligned_memory(xq_resize_linear_workspace_size(in, out));
    xq_resize_linear(x, 1, in, out, &r, &c, &kFrom, &kTo, y, workspace.data());
  });
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    const size_t in[] = {1, n}, out[] = {1, n}, row = 0;
    std::vector<size_t> columns(n);
    for (size_t i = 0; i < n; ++i) columns[i] = n - 1 - i / 2;
    xq_resize_nearest(x, 1, in, out, &row, columns.data(), XQ_S8, y);
  });
}

TEST(Tails, ConcatAndGather) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    const size_t first = n / 3, length[] = {first, n - first};
    const xq_tensor inputs[] = {{x, kFrom, {0, {}}}, {x + first, kTo, {0, {}}}};
    xq_concat(inputs, length, 2, 1, 1, &kTo, y);
  });
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    std::vector<int64_t> index(n);
    for (size_t i = 0; i < n; ++i)
      index[i] = i % 2 == 0 ? static_cast<int64_t>(i) : -static_cast<int64_t>(i);
    xq_gather(x, 1, n, 1, index.data(), n, XQ_S8, y);
  });
}

TEST(Tails, PoolsOfStrideOne) {
  for (const bool average : {false, true}) {
    expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
      const xq_pool pool = {1,         {1, 1, n}, {1, 1, n}, {1, 1, 3},
                            {1, 1, 1}, {1, 1, 1}, {0, 0, 1}, {0, 0, 1}};
      if (average) {
        xq_average_pool(&pool, XQ_COUNT_PADDED, x, &kFrom, &kTo, y);
      } else {
        xq_max_pool(&pool, x, &kFrom, &kTo, y);
      }
    });
  }
}

TEST(Tails, ReduceOverColumns) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    xq_reduce(XQ_REDUCE_MEAN, x, 1, 1, n, &kFrom, &kTo, y);
  });
}

TEST(Tails, MovesBackwardsAndPads) {
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    const xq_shape shape = {1, {n}};
    const ptrdiff_t back = -1;
    xq_move(x + n - 1, &shape, &back, XQ_S8, y);
  });
  expect_scalar_bytes([](const int8_t* x, size_t n, uint8_t* y) {
    const xq_shape shape = {1, {n}};
    const ptrdiff_t begin = static_cast<ptrdiff_t>(n / 3), end = -begin;
    xq_pad(x, &shape, &begin, &end, XQ_PAD_CONSTANT, 5, XQ_S8, y);
  });
}

// One row times one column each, a convolution of one line and its transposed one, depthwise.
TEST(Tails, Products) {
  const float multiplier = 0.01f;
  const xq_requant to = {&multiplier, 1, 100, 0, 255, nullptr};
  const std::vector<uint8_t> w(9, 130);
  const int32_t zero = 127;
  const xq_weights weights = {w.data(), XQ_U8, &zero, 1};
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    const xq_matmul shape = {n, 1, 1, 0, {}, {}};
    auto workspace = aligned_memory(xq_matmul_workspace_size(&shape));
    const xq_codes a = {x, XQ_S8, 5};
    xq_matmul_q8(&shape, &a, &weights, &to, XQ_U8, y, workspace.data());
  });
  for (const size_t channels : {size_t{1}, size_t{2}}) {  // 1: depthwise, 2: a product
    expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
      const size_t width = n / channels;
      const xq_conv conv = {1,         channels,  channels,  1, {1, 1, width}, {1, 1, 1}, {1, 1, 1},
                            {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {}};
      std::memset(y, 0, n);
      if (width == 0) return;
      auto packed = aligned_memory(xq_conv_packed_size(&conv));
      auto workspace = aligned_memory(xq_conv_workspace_size(&conv));
      xq_conv_pack(&conv, &weights, packed.data());
      const xq_codes a = {x, XQ_S8, 5};
      xq_conv_q8(&conv, &a, packed.data(), nullptr, &to, XQ_U8, y, workspace.data());
    });
  }
  expect_scalar_bytes([&](const int8_t* x, size_t n, uint8_t* y) {
    const xq_conv conv = {1,         1,         1,         1,         {1, 1, n}, {1, 1, 3},
                          {1, 1, 1}, {1, 1, 1}, {0, 0, 1}, {0, 0, 1}, {}};
    auto packed = aligned_memory(xq_conv_transpose_packed_size(&conv));
    auto workspace = aligned_memory(xq_conv_transpose_workspace_size(&conv));
    xq_conv_transpose_pack(&conv, &weights, packed.data());
    const xq_codes a = {x, XQ_S8, 5};
    xq_conv_transpose_q8(&conv, &a, packed.data(), nullptr, &to, XQ_U8, y, workspace.data());
  });
}

}  // namespace
}  // namespace xquant::int8_test
