#include "int8/oracle.h"

#include <algorithm>
#include <bit>

namespace xquant::int8_test {
namespace {

constexpr int kFloatBits = 24;
// Above every bound that a result is clamped to.
constexpr int64_t kHuge = int64_t{1} << 32;

// (mantissa + rest) * 2^exponent, where 0 <= rest < 1 and rest > 0 exactly when `more`.
struct Exact {
  uint64_t mantissa;
  int exponent;
  bool more;
};

// Divides by 2^shift, halves to even.
uint64_t shift_right_half_even(uint64_t mantissa, int shift, bool more) {
  if (shift == 0) return mantissa;
  if (shift > 63) return 0;
  const uint64_t kept = mantissa >> shift;
  const uint64_t dropped = mantissa & ((uint64_t{1} << shift) - 1);
  const uint64_t half = uint64_t{1} << (shift - 1);
  const bool above = dropped > half || (dropped == half && more);
  const bool tie = dropped == half && !more;
  return kept + (above || (tie && kept % 2 == 1) ? 1 : 0);
}

// The nearest value of 24 significant bits. Below 2^-126 a float has fewer, which cannot matter:
// such a value rounds to the integer 0 either way.
Exact rounded_to_float(Exact v) {
  const int excess = static_cast<int>(std::bit_width(v.mantissa)) - kFloatBits;
  if (excess <= 0) return v;  // callers give quotients more than 24 bits, so `more` is false here
  return {shift_right_half_even(v.mantissa, excess, v.more), v.exponent + excess, false};
}

int64_t rounded_to_integer(Exact v) {
  if (v.mantissa == 0) return 0;
  if (v.exponent >= 0) {
    if (v.exponent > 32 || v.mantissa >= static_cast<uint64_t>(kHuge)) return kHuge;
    return std::min(kHuge, static_cast<int64_t>(v.mantissa << std::min(v.exponent, 31)));
  }
  return static_cast<int64_t>(shift_right_half_even(v.mantissa, -v.exponent, v.more));
}

// |v| of a finite float.
Exact magnitude(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v) & 0x7FFFFFFFu;
  const uint32_t fraction = bits & 0x7FFFFFu;
  const int biased = static_cast<int>(bits >> 23);
  if (biased == 0) return {fraction, -149, false};
  return {fraction | 0x800000u, biased - 150, false};
}

int32_t clamp_around(int64_t v, int32_t zero_point, int32_t qmin, int32_t qmax) {
  return static_cast<int32_t>(
      std::clamp<int64_t>(v, int64_t{qmin} - zero_point, int64_t{qmax} - zero_point) + zero_point);
}

int32_t wrapped(int64_t v) { return static_cast<int32_t>(static_cast<uint32_t>(v)); }

}  // namespace

int32_t exact_requantize(int32_t acc, float multiplier, int32_t zero_point, int32_t qmin,
                         int32_t qmax) {
  const uint64_t size = static_cast<uint64_t>(acc < 0 ? -int64_t{acc} : int64_t{acc});
  const Exact a = rounded_to_float({size, 0, false});
  const Exact m = magnitude(multiplier);
  const Exact product = rounded_to_float({a.mantissa * m.mantissa, a.exponent + m.exponent, false});
  const int64_t whole = rounded_to_integer(product);
  return clamp_around(acc < 0 ? -whole : whole, zero_point, qmin, qmax);
}

int32_t exact_quantize(float x, float scale, int32_t zero_point, int32_t qmin, int32_t qmax) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t absolute = bits & 0x7FFFFFFFu;
  const bool negative = bits >> 31 != 0;
  if (absolute > 0x7F800000u) return zero_point;
  if (absolute == 0x7F800000u) return negative ? qmin : qmax;
  Exact n = magnitude(x);
  Exact d = magnitude(scale);
  if (n.mantissa == 0) return clamp_around(0, zero_point, qmin, qmax);
  // Both to 24 bits, so that the quotient of 62 by 24 bits has at least 38.
  for (Exact* v : {&n, &d}) {
    while (v->mantissa >> 23 == 0) {
      v->mantissa <<= 1;
      --v->exponent;
    }
  }
  const uint64_t shifted = n.mantissa << 38;
  const Exact ratio = {shifted / d.mantissa, n.exponent - d.exponent - 38,
                       shifted % d.mantissa != 0};
  const int64_t whole = rounded_to_integer(rounded_to_float(ratio));
  return clamp_around(negative ? -whole : whole, zero_point, qmin, qmax);
}

std::vector<int32_t> exact_gemm(const xq_gemm& shape, const std::vector<int8_t>& x, int32_t zx,
                                const std::vector<int8_t>& w, const std::vector<int32_t>& bias) {
  std::vector<int32_t> y(shape.m * shape.n);
  for (size_t i = 0; i < shape.m; ++i) {
    for (size_t j = 0; j < shape.n; ++j) {
      int64_t sum = bias.empty() ? 0 : bias[j];
      for (size_t k = 0; k < shape.k; ++k) {
        sum += int64_t{x[i * shape.k + k] - zx} * w[k * shape.n + j];
      }
      y[i * shape.n + j] = wrapped(sum);
    }
  }
  return y;
}

std::vector<int32_t> exact_conv2d(const xq_conv2d& c, const std::vector<int8_t>& x, int32_t zx,
                                  const std::vector<int8_t>& w, const std::vector<int32_t>& bias) {
  const auto out = [](size_t in, size_t pads, size_t kernel, size_t dilation, size_t stride) {
    return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
  };
  const size_t height = out(c.in_height, c.pad_top + c.pad_bottom, c.kernel_height,
                            c.dilation_height, c.stride_height);
  const size_t width =
      out(c.in_width, c.pad_left + c.pad_right, c.kernel_width, c.dilation_width, c.stride_width);
  const size_t in_group = c.in_channels / c.groups;
  const size_t out_group = c.out_channels / c.groups;
  std::vector<int32_t> y;
  for (size_t i = 0; i < c.batch * c.out_channels * height * width; ++i) {
    const size_t ox = i % width;
    const size_t oy = i / width % height;
    const size_t oc = i / width / height % c.out_channels;
    const size_t image = i / width / height / c.out_channels;
    int64_t sum = bias.empty() ? 0 : bias[oc];
    for (size_t t = 0; t < in_group * c.kernel_height * c.kernel_width; ++t) {
      const size_t kx = t % c.kernel_width;
      const size_t ky = t / c.kernel_width % c.kernel_height;
      const size_t ic = oc / out_group * in_group + t / c.kernel_width / c.kernel_height;
      const int64_t ix = static_cast<int64_t>(ox * c.stride_width + kx * c.dilation_width) -
                         static_cast<int64_t>(c.pad_left);
      const int64_t iy = static_cast<int64_t>(oy * c.stride_height + ky * c.dilation_height) -
                         static_cast<int64_t>(c.pad_top);
      if (ix < 0 || iy < 0 || ix >= static_cast<int64_t>(c.in_width) ||
          iy >= static_cast<int64_t>(c.in_height)) {
        continue;
      }
      const size_t at =
          ((image * c.in_channels + ic) * c.in_height + static_cast<size_t>(iy)) * c.in_width +
          static_cast<size_t>(ix);
      sum += int64_t{x[at] - zx} * w[oc * in_group * c.kernel_height * c.kernel_width + t];
    }
    y.push_back(wrapped(sum));
  }
  return y;
}

int64_t exact_divide(Wide v, int shift, xq_rounding rounding) {
  if (shift == 0) return static_cast<int64_t>(v);
  const Wide whole = Wide{1} << shift;
  Wide down = v / whole;  // towards zero
  if (down * whole > v) --down;
  const Wide twice = (v - down * whole) * 2;
  const bool tie = twice == whole;
  const bool up = rounding == XQ_HALF_UP || (rounding == XQ_HALF_AWAY && v > 0) ||
                  (rounding == XQ_HALF_EVEN && down % 2 != 0);
  return static_cast<int64_t>(down + (twice > whole || (tie && up) ? 1 : 0));
}

}  // namespace xquant::int8_test
