#include "int8/product_oracle.h"

namespace xquant::int8_test {
namespace {

int32_t wrapped(int64_t v) { return static_cast<int32_t>(static_cast<uint32_t>(v)); }

std::vector<int32_t> wrapped(const std::vector<int64_t>& sums) {
  std::vector<int32_t> acc;
  for (const int64_t v : sums) acc.push_back(wrapped(v));
  return acc;
}

// Calls body(z, y, x) for all positions.
template <typename Body>
void each(const size_t n[3], const Body& body) {
  for (size_t z = 0; z < n[0]; ++z) {
    for (size_t y = 0; y < n[1]; ++y) {
      for (size_t x = 0; x < n[2]; ++x) {
        const size_t at[3] = {z, y, x};
        body(at);
      }
    }
  }
}

size_t flat(const size_t n[3], const size_t at[3]) { return (at[0] * n[1] + at[1]) * n[2] + at[2]; }

size_t volume(const size_t n[3]) { return n[0] * n[1] * n[2]; }

}  // namespace

Codes random_codes(Random& random, size_t n, xq_type type) {
  Codes codes{std::vector<uint8_t>(n * xq_type_size(type)), type};
  for (uint8_t& b : codes.bytes) {
    b = static_cast<uint8_t>(random.s8()) ^ static_cast<uint8_t>(type == XQ_U8 ? 0x80 : 0);
  }
  return codes;
}

xq_type random_type(Random& random) { return random.between(0, 1) == 0 ? XQ_S8 : XQ_U8; }

xq_type random_wide_type(Random& random) {
  return static_cast<xq_type>(random.between(XQ_S8, XQ_U16));
}

int32_t random_zero_point(Random& random, xq_type type) {
  const bool is_centred = random.between(0, 3) == 0;
  if (xq_type_size(type) == 2)
    return is_centred ? xq_type_min(type) + 32768
                      : random.between(xq_type_min(type), xq_type_max(type));
  const int32_t s8 = is_centred ? 0 : random.s8();
  return type == XQ_U8 ? s8 + 128 : s8;
}

Weights random_weights(Random& random, size_t n, size_t outputs) {
  return random_weights(random, n, outputs, random_type(random));
}

Weights random_weights(Random& random, size_t n, size_t outputs, xq_type type) {
  Weights w{random_codes(random, n, type), {}};
  const int32_t kind = random.between(0, 2);
  const size_t count = kind == 2 ? outputs : static_cast<size_t>(kind);
  for (size_t i = 0; i < count; ++i) w.zero_points.push_back(random_zero_point(random, type));
  return w;
}

std::vector<int64_t> gemm_sums(const xq_gemm& shape, const Codes& x, int32_t zx, const Weights& w,
                               const std::vector<int64_t>& bias) {
  std::vector<int64_t> y(shape.m * shape.n);
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t row = i / shape.n, j = i % shape.n;
    y[i] = bias.empty() ? 0 : bias[j];
    for (size_t k = 0; k < shape.k; ++k) {
      y[i] += (x.at(row * shape.k + k) - zx) * (w.codes.at(k * shape.n + j) - w.zero_point(j));
    }
  }
  return y;
}

std::vector<int64_t> conv_sums(const xq_conv& c, const Codes& x, int32_t zx, const Weights& w,
                               const std::vector<int64_t>& bias) {
  size_t out[3];
  for (size_t d = 0; d < 3; ++d) {
    out[d] = (c.in[d] + c.pad_begin[d] + c.pad_end[d] - (c.kernel[d] - 1) * c.dilation[d] - 1) /
                 c.stride[d] +
             1;
  }
  const size_t in_group = c.in_channels / c.groups, out_group = c.out_channels / c.groups;
  std::vector<int64_t> y;
  for (size_t p = 0; p < c.batch * c.out_channels; ++p) {
    const size_t image = p / c.out_channels, oc = p % c.out_channels;
    each(out, [&](const size_t o[3]) {
      int64_t sum = bias.empty() ? 0 : bias[oc];
      for (size_t ic = 0; ic < in_group; ++ic) {
        const size_t plane = image * c.in_channels + oc / out_group * in_group + ic;
        each(c.kernel, [&](const size_t k[3]) {
          size_t at[3];
          for (size_t d = 0; d < 3; ++d) {
            at[d] = o[d] * c.stride[d] + k[d] * c.dilation[d] - c.pad_begin[d];  // wraps below 0
            if (at[d] >= c.in[d]) return;
          }
          const size_t weight = (oc * in_group + ic) * volume(c.kernel) + flat(c.kernel, k);
          sum += (x.at(plane * volume(c.in) + flat(c.in, at)) - zx) *
                 (w.codes.at(weight) - w.zero_point(oc));
        });
      }
      y.push_back(sum);
    });
  }
  return y;
}

std::vector<int64_t> conv_transpose_sums(const xq_conv& c, const Codes& x, int32_t zx,
                                         const Weights& w, const std::vector<int64_t>& bias) {
  size_t out[3];
  for (size_t d = 0; d < 3; ++d) {
    out[d] = (c.in[d] - 1) * c.stride[d] + (c.kernel[d] - 1) * c.dilation[d] + 1 +
             c.output_padding[d] - c.pad_begin[d] - c.pad_end[d];
  }
  const size_t in_group = c.in_channels / c.groups, out_group = c.out_channels / c.groups;
  std::vector<int64_t> y(c.batch * c.out_channels * volume(out));
  for (size_t i = 0; i < y.size(); ++i) {
    y[i] = bias.empty() ? 0 : bias[i / volume(out) % c.out_channels];
  }
  for (size_t p = 0; p < c.batch * c.in_channels; ++p) {
    const size_t image = p / c.in_channels, ic = p % c.in_channels;
    for (size_t r = 0; r < out_group; ++r) {
      const size_t oc = ic / in_group * out_group + r;
      each(c.in, [&](const size_t i[3]) {
        const int64_t value = x.at(p * volume(c.in) + flat(c.in, i)) - zx;
        each(c.kernel, [&](const size_t k[3]) {
          size_t o[3];
          for (size_t d = 0; d < 3; ++d) {
            o[d] = i[d] * c.stride[d] + k[d] * c.dilation[d] - c.pad_begin[d];
            if (o[d] >= out[d]) return;
          }
          const size_t weight = (ic * out_group + r) * volume(c.kernel) + flat(c.kernel, k);
          y[(image * c.out_channels + oc) * volume(out) + flat(out, o)] +=
              value * (w.codes.at(weight) - w.zero_point(oc));
        });
      });
    }
  }
  return y;
}

std::vector<int32_t> exact_gemm(const xq_gemm& shape, const Codes& x, int32_t zx, const Weights& w,
                                const std::vector<int32_t>& bias) {
  return wrapped(gemm_sums(shape, x, zx, w, {bias.begin(), bias.end()}));
}

std::vector<int32_t> exact_conv(const xq_conv& conv, const Codes& x, int32_t zx, const Weights& w,
                                const std::vector<int32_t>& bias) {
  return wrapped(conv_sums(conv, x, zx, w, {bias.begin(), bias.end()}));
}

std::vector<int32_t> exact_conv_transpose(const xq_conv& conv, const Codes& x, int32_t zx,
                                          const Weights& w, const std::vector<int32_t>& bias) {
  return wrapped(conv_transpose_sums(conv, x, zx, w, {bias.begin(), bias.end()}));
}

}  // namespace xquant::int8_test
