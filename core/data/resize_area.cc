#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "data/resize.h"
#include "data/rounding.h"

namespace xquant::data {
namespace {

std::size_t row_size(const Image& image) {
  return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
}

const std::uint8_t* row(const Image& image, int y) {
  return image.pixels.data() + static_cast<std::size_t>(y) * row_size(image);
}

/// How one axis is scaled. The ratio is inverted twice, as the original does: 1 / (3 / 21) is 7,
/// but the double nearest to 1 / (3 / 147) is not 49, and then the general path is taken.
struct Axis {
  Axis(int source_size, int target_size)
      : source(source_size),
        target(target_size),
        inverse(static_cast<double>(target_size) / source_size),
        scale(1.0 / inverse) {}
  bool is_integer() const {
    return std::abs(scale - std::nearbyint(scale)) < std::numeric_limits<double>::epsilon();
  }
  int factor() const { return static_cast<int>(std::nearbyint(scale)); }

  int source;
  int target;
  double inverse;
  double scale;  ///< source pixels for one target pixel
};

Image blank(int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channels));
  return image;
}

// ---- both factors are whole numbers: the mean of a block

Image average_blocks(const Image& image, int factor_x, int factor_y, int width, int height) {
  Image result = blank(width, height, image.channels);
  const int count = factor_x * factor_y;
  const float reciprocal = 1.0f / static_cast<float>(count);
  // Only blocks of 2 x 2 round halves up; all others, 1 x 4 too, to even.
  const bool halves_up = factor_x == 2 && factor_y == 2;
  std::uint8_t* out = result.pixels.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < image.channels; ++c) {
        int sum = 0;
        for (int v = 0; v < factor_y; ++v) {
          const std::uint8_t* in = row(image, y * factor_y + v) + x * factor_x * image.channels + c;
          for (int u = 0; u < factor_x; ++u) sum += in[u * image.channels];
        }
        *out++ = halves_up ? static_cast<std::uint8_t>((sum + 2) >> 2)
                           : saturate_to_byte(static_cast<float>(sum) * reciprocal);
      }
    }
  }
  return result;
}

// ---- shrinking in general: pixels weighted by how much of them a target pixel covers

struct Share {
  int source;
  int target;
  float weight;
};

/// Weights along one axis, ordered by target, then source. Coverage below 1/1000 of a pixel is left
/// out.
std::vector<Share> coverage(const Axis& axis) {
  constexpr double kNegligible = 1e-3;
  std::vector<Share> shares;
  for (int target = 0; target < axis.target; ++target) {
    const double begin = target * axis.scale;
    const double end = begin + axis.scale;
    const double width = std::min(axis.scale, axis.source - begin);
    const int last = std::min(static_cast<int>(std::floor(end)), axis.source - 1);
    const int first = std::min(static_cast<int>(std::ceil(begin)), last);
    if (first - begin > kNegligible) {
      shares.push_back({first - 1, target, static_cast<float>((first - begin) / width)});
    }
    for (int source = first; source < last; ++source) {
      shares.push_back({source, target, static_cast<float>(1.0 / width)});
    }
    if (end - last > kNegligible) {
      const double covered = std::min(std::min(end - last, 1.0), width);
      shares.push_back({last, target, static_cast<float>(covered / width)});
    }
  }
  return shares;
}

void shrink_row(const std::uint8_t* in, int channels, const std::vector<Share>& shares,
                std::vector<float>& out) {
  std::fill(out.begin(), out.end(), 0.0f);
  for (const Share& share : shares) {
    for (int c = 0; c < channels; ++c) {
      out[static_cast<std::size_t>(share.target * channels + c)] +=
          static_cast<float>(in[share.source * channels + c]) * share.weight;
    }
  }
}

Image average_areas(const Image& image, const Axis& horizontal, const Axis& vertical) {
  Image result = blank(horizontal.target, vertical.target, image.channels);
  const std::vector<Share> columns = coverage(horizontal);
  const std::size_t size = row_size(result);
  std::vector<float> shrunk(size);
  std::vector<float> sum(size);
  int target = -1;
  const auto finish_row = [&] {
    if (target < 0) return;
    std::uint8_t* out = result.pixels.data() + static_cast<std::size_t>(target) * size;
    std::transform(sum.begin(), sum.end(), out, saturate_to_byte);
  };
  for (const Share& share : coverage(vertical)) {
    shrink_row(row(image, share.source), image.channels, columns, shrunk);
    if (share.target != target) {
      finish_row();
      target = share.target;
      for (std::size_t i = 0; i < size; ++i) sum[i] = share.weight * shrunk[i];
    } else {
      for (std::size_t i = 0; i < size; ++i) sum[i] += share.weight * shrunk[i];
    }
  }
  finish_row();
  return result;
}

// ---- otherwise two taps along each axis, in fixed point

constexpr int kUnit = 2048;  ///< 1.0 with 11 fractional bits

struct Taps {
  int first;
  int second;
  int first_weight;
  int second_weight;
};

/// A target pixel that lies inside one source pixel copies it; one that straddles an edge mixes
/// both sides by the areas covered.
std::vector<Taps> straddle(const Axis& axis, bool clamp_weight) {
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(axis.target));
  for (int target = 0; target < axis.target; ++target) {
    int source = static_cast<int>(std::floor(target * axis.scale));
    float part = static_cast<float>((target + 1) - (source + 1) * axis.inverse);
    part = part <= 0.0f ? 0.0f : part - std::floor(part);
    if (clamp_weight && source >= axis.source - 1) {
      part = 0.0f;
      source = axis.source - 1;
    }
    const int last = axis.source - 1;
    taps.push_back({std::min(source, last), std::min(source + 1, last),
                    static_cast<int>(std::nearbyint((1.0f - part) * kUnit)),
                    static_cast<int>(std::nearbyint(part * kUnit))});
  }
  return taps;
}

void mix_columns(const std::uint8_t* in, int channels, const std::vector<Taps>& taps,
                 std::vector<int>& out) {
  std::size_t at = 0;
  for (const Taps& tap : taps) {
    for (int c = 0; c < channels; ++c) {
      out[at++] = in[tap.first * channels + c] * tap.first_weight +
                  in[tap.second * channels + c] * tap.second_weight;
    }
  }
}

/// The two products are truncated to 2 fractional bits before they are added and rounded.
std::uint8_t mix_rows(int upper, int upper_weight, int lower, int lower_weight) {
  const int sum = ((upper_weight * (upper >> 4)) >> 16) + ((lower_weight * (lower >> 4)) >> 16);
  return static_cast<std::uint8_t>((sum + 2) >> 2);
}

Image interpolate(const Image& image, const Axis& horizontal, const Axis& vertical) {
  Image result = blank(horizontal.target, vertical.target, image.channels);
  const std::vector<Taps> columns = straddle(horizontal, true);
  const std::size_t size = row_size(result);
  std::vector<int> upper(size);
  std::vector<int> lower(size);
  std::uint8_t* out = result.pixels.data();
  for (const Taps& tap : straddle(vertical, false)) {
    mix_columns(row(image, tap.first), image.channels, columns, upper);
    mix_columns(row(image, tap.second), image.channels, columns, lower);
    for (std::size_t i = 0; i < size; ++i) {
      *out++ = mix_rows(upper[i], tap.first_weight, lower[i], tap.second_weight);
    }
  }
  return result;
}

}  // namespace

Image resize_area(const Image& image, int width, int height) {
  if (width < 1 || height < 1 || image.width < 1 || image.height < 1) {
    throw Error(ErrorKind::kInternal, "XQ-INT-020",
                "An image cannot be resized to or from nothing.");
  }
  if (width == image.width && height == image.height) return image;
  const Axis horizontal(image.width, width);
  const Axis vertical(image.height, height);
  if (horizontal.scale < 1.0 || vertical.scale < 1.0) {
    return interpolate(image, horizontal, vertical);
  }
  if (horizontal.is_integer() && vertical.is_integer()) {
    return average_blocks(image, horizontal.factor(), vertical.factor(), width, height);
  }
  return average_areas(image, horizontal, vertical);
}

}  // namespace xquant::data
