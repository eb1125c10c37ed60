// Every elementary function of the runtime on every float, against the correctly rounded result:
//   runtime_bench_ulp [function...] [--every=N]     N: only each Nth bit pattern
// Prints the largest error in units in the last place and how many results are not the correctly
// rounded ones. exp takes a minute of one core, sinh a
// quarter of an hour. pow, which has two arguments, is not among them.
//
// The oracle is the compiler's double, whose error stays far below 2^-49: where everything within
// 2^-49 rounds to one float, that is the correctly rounded result. Elsewhere its 80-bit long double
// decides in the same way within 2^-60; what it cannot decide is counted, too.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "runtime/math/math.h"
#include "runtime/math/trigonometric.h"

namespace xquant::runtime {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "the oracle needs 80 bits");

struct Function {
  const char* name;
  void (*ours)(const float*, float*, std::size_t);
  double (*oracle)(double);
  long double (*fine_oracle)(long double);
};

#define XQ_FUNCTION(name)                                     \
  Function {                                                  \
    #name, math::name, [](double x) { return std::name(x); }, \
        [](long double x) { return std::name(x); }            \
  }

template <typename T>
T sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}
template <typename T>
T softplus(T x) {
  return x > T(64) ? x : std::log1p(std::exp(x));
}

const Function kFunctions[] = {
    XQ_FUNCTION(exp),
    XQ_FUNCTION(expm1),
    XQ_FUNCTION(log),
    XQ_FUNCTION(tanh),
    {"sigmoid", math::sigmoid, sigmoid<double>, sigmoid<long double>},
    {"softplus", math::softplus, softplus<double>, softplus<long double>},
    XQ_FUNCTION(erf),
    XQ_FUNCTION(sin),
    XQ_FUNCTION(cos),
    XQ_FUNCTION(tan),
    XQ_FUNCTION(asin),
    XQ_FUNCTION(acos),
    XQ_FUNCTION(atan),
    XQ_FUNCTION(sinh),
    XQ_FUNCTION(cosh),
    XQ_FUNCTION(asinh),
    XQ_FUNCTION(acosh),
    XQ_FUNCTION(atanh),
};

/// What was found in some of the floats.
struct Found {
  std::uint64_t tested = 0, not_rounded = 0, undecided = 0, special = 0;
  double largest = 0.5;  ///< error in ulp; a correctly rounded result has at most a half
  float where = 0;

  void add(const Found& other) {
    tested += other.tested, not_rounded += other.not_rounded;
    undecided += other.undecided, special += other.special;
    if (other.largest > largest) largest = other.largest, where = other.where;
  }
};

/// The one float that everything within `relative` of the value rounds to, else false.
template <typename T>
bool rounds_to(T value, T relative, float& rounded) {
  rounded = static_cast<float>(value);
  const T distance = std::fabs(value) * relative;
  return static_cast<float>(value - distance) == rounded &&
         static_cast<float>(value + distance) == rounded;
}

/// Distance from the exact value in units in the last place of the float next to it.
double error_in_ulp(float found, long double exact) {
  if (std::isinf(found)) return std::numeric_limits<double>::infinity();
  const int exponent = std::max(std::ilogb(static_cast<float>(exact)), -126);
  return static_cast<double>(std::fabs(static_cast<long double>(found) - exact) /
                             std::ldexp(1.0L, exponent - 23));
}

void check(const Function& function, float x, float y, Found& found) {
  ++found.tested;
  const double value = function.oracle(static_cast<double>(x));
  float expected;
  if (std::isnan(value) || std::isinf(value) || value == 0) {
    const bool same = std::isnan(value) ? std::isnan(y)
                                        : std::bit_cast<std::uint32_t>(static_cast<float>(value)) ==
                                              std::bit_cast<std::uint32_t>(y);
    if (!same) ++found.special, found.where = x;
    return;
  }
  if (rounds_to(value, 0x1p-49, expected) && y == expected) return;
  const long double fine = function.fine_oracle(static_cast<long double>(x));
  if (!rounds_to(fine, 0x1p-60L, expected)) ++found.undecided;
  if (y == expected) return;
  ++found.not_rounded;
  const double error = error_in_ulp(y, fine);
  if (error > found.largest) found.largest = error, found.where = x;
}

void run(const Function& function, std::uint64_t every, ThreadPool& pool) {
  constexpr std::uint64_t kPatterns = std::uint64_t{1} << 32, kParts = 4096;
  constexpr std::size_t kChunk = 1024;
  std::mutex mutex;
  Found all;
  pool.run(kParts, [&](std::int64_t part, int) {
    const std::uint64_t begin = kPatterns / kParts * static_cast<std::uint64_t>(part);
    const std::uint64_t end = begin + kPatterns / kParts;
    Found found;
    std::vector<float> x, y(kChunk);
    const auto flush = [&] {
      function.ours(x.data(), y.data(), x.size());
      for (std::size_t i = 0; i < x.size(); ++i) check(function, x[i], y[i], found);
      x.clear();
    };
    for (std::uint64_t bits = (begin + every - 1) / every * every; bits < end; bits += every) {
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      if (x.size() == kChunk) flush();
    }
    flush();
    const std::lock_guard lock(mutex);
    all.add(found);
  });
  std::printf("%-10s%14llu%12.6f%16llu%12llu%12llu   %a\n", function.name,
              static_cast<unsigned long long>(all.tested), all.largest,
              static_cast<unsigned long long>(all.not_rounded),
              static_cast<unsigned long long>(all.undecided),
              static_cast<unsigned long long>(all.special), static_cast<double>(all.where));
  std::fflush(stdout);
}

}  // namespace
}  // namespace xquant::runtime

int main(int argc, char** argv) {
  using namespace xquant;
  std::vector<std::string> names;
  std::uint64_t every = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--every=", 8) == 0) {
      every = std::max(1ull, std::strtoull(argv[i] + 8, nullptr, 10));
    } else {
      names.emplace_back(argv[i]);
    }
  }
  ThreadPool pool(0);
  std::printf("%-10s%14s%12s%16s%12s%12s   worst at\n", "", "floats", "largest ulp", "not rounded",
              "undecided", "special");
  for (const runtime::Function& function : runtime::kFunctions) {
    if (names.empty() || std::ranges::find(names, function.name) != names.end())
      runtime::run(function, every, pool);
  }
}
