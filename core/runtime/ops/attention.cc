// Attention (opset 23 and 24): scaled dot products of queries and keys, masked, as weights of the
// values. Every product is summed in double, in memory order, and rounded once.

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/attention_rows.h"

namespace xquant::runtime::ops {
namespace {

enum Operand : std::size_t { kQuery, kKey, kValue, kMask, kPastKey, kPastValue, kValidKeys };

struct Sizes {
  std::int64_t batch, heads, rows, size;           ///< of the queries
  std::int64_t key_heads, keys, past, value_size;  ///< keys: those of this call
  bool merged;  ///< [batch, rows, heads * size] instead of [batch, heads, rows, size]
  std::int64_t total() const { return past + keys; }
};

class Attention final : public Kernel {
 public:
  explicit Attention(const Setup& setup)
      : heads_(setup.node.int_or("q_num_heads", 0)),
        key_heads_(setup.node.int_or("kv_num_heads", 0)),
        scale_(setup.node.float_or("scale", 0.0f)),
        has_scale_(setup.node.has("scale")),
        softcap_(setup.node.float_or("softcap", 0.0f)),
        causal_(setup.node.int_or("is_causal", 0) != 0),
        mode_(setup.node.int_or("qk_matmul_output_mode", 0)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const Sizes s = sizes_of(in);
    const DataType type = in[kQuery].type;
    with_real_type(type, [](auto) {});
    for (const std::size_t operand : {kKey, kValue, kPastKey, kPastValue}) {
      if (in.has(operand)) require_type(in[operand], type);
    }
    if (in.has(kMask)) {
      if (in[kMask].type != DataType::kBool) require_type(in[kMask], type);
      Broadcast4(in[kMask].shape, {s.batch, s.heads, s.rows, s.total()});
    }
    const Shape y = s.merged ? Shape{s.batch, s.rows, s.heads * s.value_size}
                             : Shape{s.batch, s.heads, s.rows, s.value_size};
    return {{type, y},
            {type, {s.batch, s.key_heads, s.total(), s.size}},
            {type, {s.batch, s.key_heads, s.total(), s.value_size}},
            {type, {s.batch, s.heads, s.rows, s.total()}}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const Sizes s = sizes_of(in);
    return align_up(static_cast<std::size_t>(s.total()) * sizeof(double)) +
           align_up(static_cast<std::size_t>(s.value_size) * sizeof(double));
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[kQuery].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  Sizes sizes_of(const Operands& in) const {
    const TensorView q = in.required(kQuery), k = in.required(kKey), v = in.required(kValue);
    if (q.rank() != k.rank() || q.rank() != v.rank() || (q.rank() != 3 && q.rank() != 4))
      refuse("Q, K and V need three or four dimensions alike.");
    Sizes s{};
    s.merged = q.rank() == 3;
    s.batch = q.shape[0];
    s.rows = q.shape[q.rank() - 2];
    s.keys = k.shape[k.rank() - 2];
    s.heads = s.merged ? heads_ : q.shape[1];
    s.key_heads = s.merged ? key_heads_ : k.shape[1];
    if (s.heads < 1 || s.key_heads < 1 || s.heads % s.key_heads != 0)
      refuse("The numbers of heads do not fit.");
    s.size = s.merged ? q.shape[2] / s.heads : q.shape[3];
    s.value_size = s.merged ? v.shape[2] / s.key_heads : v.shape[3];
    s.past = in.has(kPastKey) && in[kPastKey].rank() == 4 ? in[kPastKey].shape[2] : 0;
    const std::int64_t key_size = s.merged ? k.shape[2] / s.key_heads : k.shape[3];
    if (key_size != s.size || v.shape[v.rank() - 2] != s.keys) refuse("Q, K and V do not fit.");
    if (k.shape[0] != s.batch || v.shape[0] != s.batch || k.type != q.type || v.type != q.type)
      refuse("Q, K and V do not fit.");
    const bool whole =
        q.shape[2] % s.heads == 0 && k.shape[2] % s.key_heads == 0 && v.shape[2] % s.key_heads == 0;
    if (s.merged ? !whole : v.shape[1] != s.key_heads) refuse("The numbers of heads do not fit.");
    if (in.has(kPastValue) != in.has(kPastKey)) refuse("past_key and past_value come together.");
    const auto fits = [&](std::size_t past, std::int64_t size) {
      return !in.has(past) ||
             (in[past].type == q.type &&
              std::ranges::equal(in[past].shape, Shape{s.batch, s.key_heads, s.past, size}));
    };
    if (!fits(kPastKey, s.size) || !fits(kPastValue, s.value_size))
      refuse("past_key and past_value do not fit K and V.");
    if (in.has(kMask) && in[kMask].type != DataType::kBool && in[kMask].type != q.type)
      refuse("The mask is neither of bool nor of the type of Q.");
    if (in.has(kValidKeys) &&
        (in[kValidKeys].type != DataType::kInt64 || in[kValidKeys].size() < s.batch))
      refuse("nonpad_kv_seqlen needs one int64 for each batch.");
    return s;
  }

  template <typename T>
  static Heads<T> heads(const Sizes& s, const TensorView& view, std::int64_t count,
                        std::int64_t rows, std::int64_t size) {
    return s.merged ? Heads<T>::merged(raw<T>(view), count, rows, size)
                    : Heads<T>::separate(raw<T>(view), count, rows, size);
  }
  template <typename T>
  static JoinedRows<T> joined(const Sizes& s, const Operands& in, std::size_t present,
                              std::size_t past, std::int64_t size) {
    JoinedRows<T> rows;
    rows.present = heads<T>(s, in[present], s.key_heads, s.keys, size);
    rows.past = Heads<T>::separate(raw<T>(in[past]), s.key_heads, s.past, size);
    rows.past_rows = s.past;
    return rows;
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const Sizes s = sizes_of(call.inputs);
    const auto keys = joined<T>(s, call.inputs, kKey, kPastKey, s.size);
    const auto values = joined<T>(s, call.inputs, kValue, kPastValue, s.value_size);
    store_joined(call, 1, s, keys, s.size);
    store_joined(call, 2, s, values, s.value_size);
    const Heads<T> queries = heads<T>(s, call.inputs[kQuery], s.heads, s.rows, s.size);
    T* const y = raw<T>(call.outputs[0]);
    const Heads<T> result = s.merged ? Heads<T>::merged(y, s.heads, s.rows, s.value_size)
                                     : Heads<T>::separate(y, s.heads, s.rows, s.value_size);
    T* scores = reinterpret_cast<T*>(call.scratch.data());
    auto* sums = reinterpret_cast<double*>(
        call.scratch.data() + align_up(static_cast<std::size_t>(s.total()) * sizeof(double)));
    const double scale =
        has_scale_ ? static_cast<double>(scale_) : 1.0 / std::sqrt(static_cast<double>(s.size));
    for (std::int64_t b = 0; b < s.batch; ++b) {
      for (std::int64_t h = 0; h < s.heads; ++h) {
        const std::int64_t key_head = h / (s.heads / s.key_heads);
        for (std::int64_t i = 0; i < s.rows; ++i) {
          const T* query = queries.row(b, h, i);
          for (std::int64_t j = 0; j < s.total(); ++j)
            scores[j] = dot(query, keys.row(b, key_head, j), s.size, scale);
          store_scores(call, 0, s, b, h, i, scores);
          mask(call.inputs, s, b, h, i, scores);
          store_scores(call, 1, s, b, h, i, scores);
          cap(scores, s.total());
          store_scores(call, 2, s, b, h, i, scores);
          softmax_scores(scores, s.total());
          store_scores(call, 3, s, b, h, i, scores);
          weighted_rows(scores, values, b, key_head, s.total(), s.value_size, sums,
                        y + result.offset(b, h, i));
        }
      }
    }
  }

  template <typename T>
  static void store_joined(const Call& call, std::size_t output, const Sizes& s,
                           const JoinedRows<T>& rows, std::int64_t size) {
    if (output >= call.outputs.size() || call.outputs[output].data == nullptr) return;
    T* to = raw<T>(call.outputs[output]);
    for (std::int64_t b = 0; b < s.batch; ++b) {
      for (std::int64_t h = 0; h < s.key_heads; ++h) {
        for (std::int64_t i = 0; i < s.total(); ++i, to += size)
          std::copy_n(rows.row(b, h, i), size, to);
      }
    }
  }

  template <typename T>
  void store_scores(const Call& call, std::int64_t mode, const Sizes& s, std::int64_t b,
                    std::int64_t h, std::int64_t i, const T* scores) const {
    if (mode != mode_ || call.outputs.size() < 4 || call.outputs[3].data == nullptr) return;
    std::copy_n(scores, s.total(),
                raw<T>(call.outputs[3]) + ((b * s.heads + h) * s.rows + i) * s.total());
  }

  template <typename T>
  void mask(const Operands& in, const Sizes& s, std::int64_t b, std::int64_t h, std::int64_t i,
            T* scores) const {
    constexpr T kNever = -std::numeric_limits<T>::infinity();
    if (in.has(kMask)) {
      const TensorView given = in[kMask];
      const Broadcast4 at(given.shape, {s.batch, s.heads, s.rows, s.total()});
      for (std::int64_t j = 0; j < s.total(); ++j) {
        const std::int64_t k = at.row(b, h, i) + j * at.strides[3];
        if (j >= at.columns)
          scores[j] = kNever;
        else if (given.type == DataType::kBool)
          scores[j] = raw<bool>(given)[k] ? scores[j] : kNever;
        else
          scores[j] += raw<T>(given)[k];
      }
    }
    if (causal_) {
      for (std::int64_t j = s.past + i + 1; j < s.total(); ++j) scores[j] = kNever;
    }
    if (in.has(kValidKeys)) {
      const std::int64_t valid = raw<std::int64_t>(in[kValidKeys])[b];
      for (std::int64_t j = std::max<std::int64_t>(0, valid); j < s.total(); ++j)
        scores[j] = kNever;
    }
  }

  template <typename T>
  void cap(T* scores, std::int64_t n) const {
    if (!(softcap_ > 0.0f)) return;
    const T limit = static_cast<T>(softcap_);
    for (std::int64_t j = 0; j < n; ++j) scores[j] /= limit;
    math::tanh(scores, scores, static_cast<std::size_t>(n));
    for (std::int64_t j = 0; j < n; ++j) scores[j] *= limit;
  }

  std::int64_t heads_, key_heads_;
  float scale_;
  bool has_scale_;
  float softcap_;
  bool causal_;
  std::int64_t mode_;  ///< after which stage the scores are given out
};

}  // namespace

std::unique_ptr<Kernel> attention(const Setup& setup) { return std::make_unique<Attention>(setup); }

}  // namespace xquant::runtime::ops
