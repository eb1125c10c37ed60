// RNN, GRU and LSTM: the cells. Gates and formulas are those of the ONNX operator pages.

#include "runtime/ops/recurrent.h"

namespace xquant::runtime::ops {

RecurrentRules::RecurrentRules(const Setup& setup, std::size_t gate_count,
                               std::vector<std::string> defaults)
    : gates(gate_count),
      batch_first(setup.node.int_or("layout", 0) != 0),
      clip(setup.node.float_or("clip", 0.0f)),
      coupled_gates(setup.node.int_or("input_forget", 0) != 0),
      linear_before_reset(setup.node.int_or("linear_before_reset", 0) != 0) {
  const std::string direction = setup.node.string_or("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    refuse("The direction '" + direction + "' is not known.");
  directions = direction == "bidirectional" ? 2 : 1;
  reverse_only = direction == "reverse";
  activations = RecurrentActivation::read(setup.node, std::move(defaults), directions);
}

RecurrentSizes recurrent_sizes(const RecurrentRules& rules, const Operands& in) {
  const TensorView x = in.required(0), w = in.required(1), r = in.required(2);
  if (x.rank() != 3 || w.rank() != 3 || r.rank() != 3) refuse("X, W and R need three dimensions.");
  const bool batch_first = rules.batch_first;
  const RecurrentSizes s{x.shape[batch_first ? 1 : 0], x.shape[batch_first ? 0 : 1], x.shape[2],
                         r.shape[2]};
  const auto directions = static_cast<std::int64_t>(rules.directions);
  const auto gates = static_cast<std::int64_t>(rules.gates);
  const auto require_shape = [&](std::size_t operand, std::initializer_list<std::int64_t> wanted) {
    if (in.has(operand) && !std::ranges::equal(in[operand].shape, wanted))
      refuse("Operand " + std::to_string(operand) + " has the shape " +
             to_string(in[operand].shape_copy()) + " instead of " + to_string(Shape(wanted)) + ".");
  };
  require_shape(1, {directions, gates * s.hidden, s.input});
  require_shape(2, {directions, gates * s.hidden, s.hidden});
  require_shape(3, {directions, 2 * gates * s.hidden});
  require_shape(4, {s.batch});
  for (const std::size_t state : {std::size_t{5}, std::size_t{6}}) {
    if (batch_first)
      require_shape(state, {s.batch, directions, s.hidden});
    else
      require_shape(state, {directions, s.batch, s.hidden});
  }
  require_shape(7, {directions, 3 * s.hidden});
  return s;
}

std::vector<TensorType> recurrent_results(const RecurrentRules& rules, const Operands& in) {
  const RecurrentSizes s = recurrent_sizes(rules, in);
  const DataType type = in[0].type;
  with_real_type(type, [](auto) {});
  for (const std::size_t operand : {1, 2, 3, 5, 6, 7}) {
    if (in.has(operand)) require_type(in[operand], type);
  }
  if (in.has(4)) require_type(in[4], DataType::kInt32);
  const auto directions = static_cast<std::int64_t>(rules.directions);
  const Shape all = rules.batch_first ? Shape{s.batch, s.steps, directions, s.hidden}
                                      : Shape{s.steps, directions, s.batch, s.hidden};
  const Shape state = rules.batch_first ? Shape{s.batch, directions, s.hidden}
                                        : Shape{directions, s.batch, s.hidden};
  return {{type, all}, {type, state}, {type, state}};
}

namespace {

/// h = f(x W + h R + biases).
struct RnnCell {
  static constexpr std::size_t kGates = 1;
  static std::vector<std::string> defaults() { return {"Tanh"}; }
  template <typename T>
  static void step(RecurrentStep<T>& s) {
    s.add_recurrence(s.h, 0, 1, s.sums);
    for (std::int64_t i = 0; i < s.hidden; ++i) s.sums[i] += s.input_bias(i) + s.recurrent_bias(i);
    s.round(s.sums, s.hidden, s.h);
    s.activations[0].apply(s.h, static_cast<std::size_t>(s.hidden));
  }
};

/// Gates z, r, h.
struct GruCell {
  static constexpr std::size_t kGates = 3;
  static std::vector<std::string> defaults() { return {"Sigmoid", "Tanh"}; }
  template <typename T>
  static void step(RecurrentStep<T>& s) {
    const std::int64_t n = s.hidden;
    const auto size = static_cast<std::size_t>(n);
    s.add_recurrence(s.h, 0, 2, s.sums);
    for (std::int64_t i = 0; i < 2 * n; ++i) s.sums[i] += s.input_bias(i) + s.recurrent_bias(i);
    s.round(s.sums, 2 * n, s.gates);
    s.activations[0].apply(s.gates, 2 * size);
    const T* update = s.gates;
    const T* reset = s.gates + n;
    T* candidate = s.gates + 2 * n;
    double* sums = s.sums + 2 * n;
    if (s.rules.linear_before_reset) {
      std::fill_n(s.extra, n, 0.0);
      s.add_recurrence(s.h, 2, 1, s.extra);
      for (std::int64_t i = 0; i < n; ++i) {
        sums[i] += s.input_bias(2 * n + i) +
                   static_cast<double>(reset[i]) * (s.extra[i] + s.recurrent_bias(2 * n + i));
      }
    } else {
      for (std::int64_t i = 0; i < n; ++i) s.spare[i] = reset[i] * s.h[i];
      s.add_recurrence(s.spare, 2, 1, sums);
      for (std::int64_t i = 0; i < n; ++i)
        sums[i] += s.input_bias(2 * n + i) + s.recurrent_bias(2 * n + i);
    }
    s.round(sums, n, candidate);
    s.activations[1].apply(candidate, size);
    for (std::int64_t i = 0; i < n; ++i)
      s.h[i] = (T(1) - update[i]) * candidate[i] + update[i] * s.h[i];
  }
};

/// Gates i, o, f, c.
struct LstmCell {
  static constexpr std::size_t kGates = 4;
  static std::vector<std::string> defaults() { return {"Sigmoid", "Tanh", "Tanh"}; }
  template <typename T>
  static void step(RecurrentStep<T>& s) {
    const std::int64_t n = s.hidden;
    const auto size = static_cast<std::size_t>(n);
    s.add_recurrence(s.h, 0, 4, s.sums);
    for (std::int64_t i = 0; i < 4 * n; ++i) s.sums[i] += s.input_bias(i) + s.recurrent_bias(i);
    T* input = s.gates;
    T* output = s.gates + n;
    T* forget = s.gates + 2 * n;
    T* candidate = s.gates + 3 * n;
    if (s.peepholes != nullptr) {  // of the previous c for i and f, of the new c for o
      add_peephole(s, 0, s.peepholes);
      add_peephole(s, 2 * n, s.peepholes + 2 * n);
    }
    s.round(s.sums, n, input);
    s.activations[0].apply(input, size);
    s.round(s.sums + 2 * n, n, forget);
    s.activations[0].apply(forget, size);
    if (s.rules.coupled_gates) {
      for (std::int64_t i = 0; i < n; ++i) forget[i] = T(1) - input[i];
    }
    s.round(s.sums + 3 * n, n, candidate);
    s.activations[1].apply(candidate, size);
    for (std::int64_t i = 0; i < n; ++i) s.c[i] = forget[i] * s.c[i] + input[i] * candidate[i];
    if (s.peepholes != nullptr) add_peephole(s, n, s.peepholes + n);
    s.round(s.sums + n, n, output);
    s.activations[0].apply(output, size);
    std::copy_n(s.c, n, s.h);
    s.activations[2].apply(s.h, size);
    for (std::int64_t i = 0; i < n; ++i) s.h[i] = output[i] * s.h[i];
  }
  template <typename T>
  static void add_peephole(RecurrentStep<T>& s, std::int64_t gate, const T* weights) {
    for (std::int64_t i = 0; i < s.hidden; ++i)
      s.sums[gate + i] += static_cast<double>(weights[i]) * static_cast<double>(s.c[i]);
  }
};

}  // namespace

std::unique_ptr<Kernel> rnn(const Setup& setup) {
  return std::make_unique<Recurrent<RnnCell>>(setup);
}
std::unique_ptr<Kernel> gru(const Setup& setup) {
  return std::make_unique<Recurrent<GruCell>>(setup);
}
std::unique_ptr<Kernel> lstm(const Setup& setup) {
  return std::make_unique<Recurrent<LstmCell>>(setup);
}

}  // namespace xquant::runtime::ops
