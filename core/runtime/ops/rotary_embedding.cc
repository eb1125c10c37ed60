// RotaryEmbedding (opset 23, and com.microsoft with its other order of operands): rotates pairs of
// features by angles whose cosines and sines are given (RoPE, arXiv 2104.09864).

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class RotaryEmbedding final : public Kernel {
 public:
  struct Order {
    std::size_t cosines, sines, positions;
  };
  RotaryEmbedding(const Setup& setup, Order order)
      : order_(order),
        heads_(setup.node.int_or("num_heads", 0)),
        rotated_(setup.node.int_or("rotary_embedding_dim", 0)),
        interleaved_(setup.node.int_or("interleaved", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    require_type(in.required(order_.cosines), x.type);
    require_type(in.required(order_.sines), x.type);
    const Sizes s = sizes_of(in);
    const TensorView cosines = in[order_.cosines];
    const bool fits = cosines.rank() == (in.has(order_.positions) ? 2u : 3u) &&
                      cosines.shape.back() == s.rotated / 2 &&
                      std::ranges::equal(cosines.shape, in[order_.sines].shape);
    if (!fits) refuse("The cosines and sines do not fit.");
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  struct Sizes {
    std::int64_t batch, heads, rows, size, rotated;
    bool merged;
  };

  Sizes sizes_of(const Operands& in) const {
    const TensorView x = in[0];
    if (x.rank() != 3 && x.rank() != 4) refuse("The input needs three or four dimensions.");
    Sizes s{};
    s.merged = x.rank() == 3;
    s.batch = x.shape[0];
    s.rows = x.shape[x.rank() - 2];
    s.heads = s.merged ? heads_ : x.shape[1];
    if (s.merged && s.heads == 0 && rotated_ == 0)
      s.heads = x.shape[2] / (2 * in[order_.cosines].shape.back());
    if (s.heads < 1) refuse("num_heads is missing.");
    s.size = s.merged ? x.shape[2] / s.heads : x.shape[3];
    s.rotated = rotated_ == 0 ? s.size : rotated_;
    if (s.rotated % 2 != 0 || s.rotated > s.size) refuse("The rotated dimensions do not fit.");
    return s;
  }

  /// Row of the tables for a position: positions may be one offset for all.
  std::int64_t table_row(const Operands& in, const Sizes& s, std::int64_t b, std::int64_t i) const {
    if (!in.has(order_.positions)) return b * s.rows + i;
    const TensorView positions = in[order_.positions];
    const auto* values = raw<std::int64_t>(positions);
    const std::int64_t row = positions.size() == 1 ? values[0] + i : values[b * s.rows + i];
    if (row < 0 || row >= in[order_.cosines].shape[0])
      refuse("A position lies outside the tables.");
    return row;
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const Operands& in = call.inputs;
    const Sizes s = sizes_of(in);
    const std::int64_t half = s.rotated / 2;
    for (std::int64_t b = 0; b < s.batch; ++b) {
      for (std::int64_t h = 0; h < s.heads; ++h) {
        for (std::int64_t i = 0; i < s.rows; ++i) {
          const std::int64_t at =
              s.merged ? ((b * s.rows + i) * s.heads + h) : ((b * s.heads + h) * s.rows + i);
          const T* x = raw<T>(in[0]) + at * s.size;
          T* y = raw<T>(call.outputs[0]) + at * s.size;
          const std::int64_t row = table_row(in, s, b, i) * half;
          rotate(x, y, half, raw<T>(in[order_.cosines]) + row, raw<T>(in[order_.sines]) + row);
          std::copy(x + s.rotated, x + s.size, y + s.rotated);
        }
      }
    }
  }

  template <typename T>
  void rotate(const T* x, T* y, std::int64_t half, const T* cosines, const T* sines) const {
    for (std::int64_t k = 0; k < half; ++k) {
      const std::int64_t first = interleaved_ ? 2 * k : k,
                         second = interleaved_ ? first + 1 : k + half;
      const T a = x[first], b = x[second];
      y[first] = cosines[k] * a - sines[k] * b;
      y[second] = sines[k] * a + cosines[k] * b;
    }
  }

  Order order_;
  std::int64_t heads_, rotated_;
  bool interleaved_;
};

}  // namespace

std::unique_ptr<Kernel> rotary_embedding(const Setup& setup) {
  return std::make_unique<RotaryEmbedding>(setup, RotaryEmbedding::Order{1, 2, 3});
}
std::unique_ptr<Kernel> microsoft_rotary_embedding(const Setup& setup) {
  if (setup.node.int_or("is_packed_batching", 0) != 0 ||
      setup.node.float_or("scale", 1.0f) != 1.0f) {
    refuse("RotaryEmbedding with scale or packed batches is not supported.");
  }
  return std::make_unique<RotaryEmbedding>(setup, RotaryEmbedding::Order{2, 3, 1});
}

}  // namespace xquant::runtime::ops
