#pragma once

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"
#include "runtime/ops/recurrent_activation.h"

namespace xquant::runtime::ops {

/// What RNN, GRU and LSTM share: attributes and sizes.
struct RecurrentRules {
  RecurrentRules(const Setup& setup, std::size_t gates, std::vector<std::string> defaults);

  std::size_t gates;
  std::size_t directions;
  bool reverse_only;                             ///< the one direction is the reverse one
  bool batch_first;                              ///< layout 1
  float clip;                                    ///< 0: none
  bool coupled_gates;                            ///< LSTM's input_forget
  bool linear_before_reset;                      ///< of GRU
  std::vector<RecurrentActivation> activations;  ///< those of one direction after the other
};

struct RecurrentSizes {
  std::int64_t steps, batch, input, hidden;
};

/// Sizes, after checking that the operands X, W, R, B, lengths, initial_h, initial_c, P fit.
RecurrentSizes recurrent_sizes(const RecurrentRules& rules, const Operands& in);
/// Types of Y, Y_h, Y_c.
std::vector<TensorType> recurrent_results(const RecurrentRules& rules, const Operands& in);

/// sums[j] += sum over k of x[k] * columns[k * width + j]: vectors run across j, never across k.
template <typename T>
void add_product(const T* x, std::int64_t count, const T* columns, std::int64_t width,
                 std::int64_t first, std::int64_t n, double* sums) {
  for (std::int64_t k = 0; k < count; ++k) {
    const auto factor = static_cast<double>(x[k]);
    const T* row = columns + k * width + first;
    for (std::int64_t j = 0; j < n; ++j) sums[j] += factor * static_cast<double>(row[j]);
  }
}

/// One direction of one call, seen by a cell.
template <typename T>
struct RecurrentStep {
  const RecurrentRules& rules;
  std::int64_t hidden;
  const T* recurrence;  ///< R transposed: [hidden][gates * hidden]
  const T* bias;        ///< Wb then Rb, or nullptr
  const T* peepholes;   ///< i, o, f, or nullptr
  std::span<const RecurrentActivation> activations;
  double* sums;   ///< [gates * hidden]: holds x * W when the cell starts
  double* extra;  ///< [hidden]
  T* gates;       ///< [gates * hidden]
  T* spare;       ///< [hidden]
  T* h;           ///< in and out
  T* c;           ///< in and out; LSTM only

  double input_bias(std::int64_t at) const {
    return bias == nullptr ? 0.0 : static_cast<double>(bias[at]);
  }
  double recurrent_bias(std::int64_t at) const {
    const auto width = static_cast<std::int64_t>(rules.gates) * hidden;
    return bias == nullptr ? 0.0 : static_cast<double>(bias[width + at]);
  }
  /// sums + h * R for the gates [first, first + count).
  void add_recurrence(const T* from, std::int64_t first, std::int64_t count, double* to) const {
    add_product(from, hidden, recurrence, static_cast<std::int64_t>(rules.gates) * hidden,
                first * hidden, count * hidden, to);
  }
  /// Rounds n sums, clips them.
  void round(const double* from, std::int64_t n, T* to) const {
    for (std::int64_t i = 0; i < n; ++i) to[i] = clipped(static_cast<T>(from[i]));
  }
  T clipped(T value) const {
    const T limit = static_cast<T>(rules.clip);
    return limit == T(0) ? value : std::max(-limit, std::min(limit, value));
  }
};

/// A recurrent operator. Cell has kGates, defaults() and step(RecurrentStep<T>&), which makes new h
/// and c. Sums are made in double: over the inputs, then over the previous output, then the biases,
/// and rounded once. Parameters that are constants are transposed once.
template <typename Cell>
class Recurrent final : public Kernel {
 public:
  explicit Recurrent(const Setup& setup) : rules_(setup, Cell::kGates, Cell::defaults()) {
    prepare(setup.constant(1), weights_);
    prepare(setup.constant(2), recurrence_);
  }

  bool needs_constant(std::size_t position) const override {
    if (position == 1) return weights_.data() == nullptr;
    if (position == 2) return recurrence_.data() == nullptr;
    return true;
  }
  std::vector<TensorType> infer(const Operands& in) const override {
    return recurrent_results(rules_, in);
  }
  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const RecurrentSizes s = recurrent_sizes(rules_, in);
    const auto width = static_cast<std::size_t>(s.hidden) * rules_.gates;
    const auto state = align_up(static_cast<std::size_t>(s.hidden) * sizeof(double));
    return 2 * align_up(width * sizeof(double)) + 4 * state + align_up(in[1].byte_count()) +
           align_up(in[2].byte_count());
  }
  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { Run<T>(*this, call).all(); });
  }

 private:
  /// [directions][rows][columns] as [directions][columns][rows].
  template <typename T>
  static void transpose(const TensorView& from, T* to) {
    const std::int64_t rows = from.shape[1], columns = from.shape[2];
    for (std::int64_t d = 0; d < from.shape[0]; ++d) {
      for (std::int64_t c = 0; c < columns; ++c) {
        for (std::int64_t r = 0; r < rows; ++r) *to++ = raw<T>(from)[(d * rows + r) * columns + c];
      }
    }
  }
  static void prepare(const Tensor* constant, AlignedBuffer& to) {
    if (constant == nullptr || constant->shape().size() != 3 || constant->bytes().empty()) return;
    if (constant->type() != DataType::kFloat) return;
    to.require(constant->bytes().size());
    transpose(view_of(*constant), to.floats());
  }

  template <typename T>
  class Run {
   public:
    Run(const Recurrent& kernel, const Call& call)
        : kernel_(kernel),
          rules_(kernel.rules_),
          call_(call),
          s_(recurrent_sizes(rules_, call.inputs)),
          scratch_(call.scratch) {
      weights_ = parameters(kernel.weights_, call.inputs[1]);
      recurrence_ = parameters(kernel.recurrence_, call.inputs[2]);
    }

    void all() {
      clear_outputs();
      const std::int64_t width = s_.hidden * static_cast<std::int64_t>(rules_.gates);
      sums_ = take<double>(width);
      gates_ = take<T>(width);
      extra_ = take<double>(s_.hidden);
      spare_ = take<T>(s_.hidden);
      h_ = take<T>(s_.hidden);
      c_ = take<T>(s_.hidden);
      for (std::size_t d = 0; d < rules_.directions; ++d) {
        for (std::int64_t b = 0; b < s_.batch; ++b) run_sequence(static_cast<std::int64_t>(d), b);
      }
    }

   private:
    template <typename U>
    U* take(std::int64_t count) {
      auto* piece = reinterpret_cast<U*>(scratch_.data());
      scratch_ = scratch_.subspan(align_up(static_cast<std::size_t>(count) * sizeof(U)));
      return piece;
    }
    const T* parameters(const AlignedBuffer& prepared, const TensorView& view) {
      if (prepared.data() != nullptr) return reinterpret_cast<const T*>(prepared.data());
      T* to = take<T>(view.size());
      transpose(view, to);
      return to;
    }
    /// Steps beyond the end of a sequence give zeros.
    void clear_outputs() {
      for (const MutableView& out : call_.outputs) {
        if (out.data != nullptr) std::fill_n(raw<T>(out), out.size(), T(0));
      }
    }
    std::int64_t length(std::int64_t b) const {
      if (!call_.inputs.has(4)) return s_.steps;
      return std::clamp<std::int64_t>(raw<std::int32_t>(call_.inputs[4])[b], 0, s_.steps);
    }
    /// Element of a [directions, batch, hidden] tensor, or [batch, directions, hidden].
    std::int64_t state_at(std::int64_t d, std::int64_t b) const {
      const auto directions = static_cast<std::int64_t>(rules_.directions);
      return (rules_.batch_first ? b * directions + d : d * s_.batch + b) * s_.hidden;
    }
    void load(std::size_t operand, std::int64_t d, std::int64_t b, T* state) const {
      const TensorView given = call_.inputs[operand];
      for (std::int64_t i = 0; i < s_.hidden; ++i)
        state[i] = given.present() ? raw<T>(given)[state_at(d, b) + i] : T(0);
    }
    void store(std::size_t output, std::int64_t at, const T* state) const {
      if (output >= call_.outputs.size() || call_.outputs[output].data == nullptr) return;
      std::copy_n(state, s_.hidden, raw<T>(call_.outputs[output]) + at);
    }
    const T* of_direction(std::size_t operand, std::int64_t d) const {
      const TensorView view = call_.inputs[operand];
      return view.present() ? raw<T>(view) + d * view.shape[1] : nullptr;
    }

    void run_sequence(std::int64_t d, std::int64_t b) {
      load(5, d, b, h_);
      load(6, d, b, c_);
      const auto gates = static_cast<std::int64_t>(rules_.gates);
      const std::int64_t width = gates * s_.hidden, steps = length(b);
      const std::size_t functions = rules_.activations.size() / rules_.directions;
      RecurrentStep<T> step{
          rules_,
          s_.hidden,
          recurrence_ + d * s_.hidden * width,
          of_direction(3, d),
          of_direction(7, d),
          std::span(rules_.activations).subspan(static_cast<std::size_t>(d) * functions, functions),
          sums_,
          extra_,
          gates_,
          spare_,
          h_,
          c_};
      const bool reverse = rules_.reverse_only || d == 1;
      for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t t = reverse ? steps - 1 - i : i;
        const std::int64_t row = rules_.batch_first ? b * s_.steps + t : t * s_.batch + b;
        std::fill_n(sums_, width, 0.0);
        add_product(raw<T>(call_.inputs[0]) + row * s_.input, s_.input,
                    weights_ + d * s_.input * width, width, 0, width, sums_);
        Cell::step(step);
        const auto directions = static_cast<std::int64_t>(rules_.directions);
        const std::int64_t at = rules_.batch_first
                                    ? ((b * s_.steps + t) * directions + d) * s_.hidden
                                    : ((t * directions + d) * s_.batch + b) * s_.hidden;
        store(0, at, h_);
      }
      store(1, state_at(d, b), h_);
      store(2, state_at(d, b), c_);
    }

    const Recurrent& kernel_;
    const RecurrentRules& rules_;
    const Call& call_;
    RecurrentSizes s_;
    std::span<std::byte> scratch_;
    const T* weights_ = nullptr;
    const T* recurrence_ = nullptr;
    double* sums_ = nullptr;
    double* extra_ = nullptr;
    T* gates_ = nullptr;
    T* spare_ = nullptr;
    T* h_ = nullptr;
    T* c_ = nullptr;
  };

  RecurrentRules rules_;
  AlignedBuffer weights_, recurrence_;  ///< float, transposed; empty when not constant
};

}  // namespace xquant::runtime::ops
