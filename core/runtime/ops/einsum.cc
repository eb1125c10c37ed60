// Einsum: sums of products over labelled dimensions. Two float operands become matrix products (the
// sum over k as in MatMul); everything else is a plain loop nest that sums in double for floats.

#include <algorithm>

#include "runtime/gemm/gemm.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"
#include "runtime/ops/einsum_equation.h"

namespace xquant::runtime::ops {
namespace {

/// Steps through the labels [from, to) in row-major order and keeps the operands' offsets along.
class LabelWalk {
 public:
  LabelWalk(const EinsumLoops& loops, std::size_t from, std::size_t to)
      : loops_(loops), from_(from), to_(to) {}
  std::array<std::int64_t, EinsumLoops::kMostOperands> offsets{};

  void next() {
    for (std::size_t l = to_; l-- > from_;) {
      move(l, 1);
      if (++index_[l] < loops_.size[l]) return;
      move(l, -loops_.size[l]);
      index_[l] = 0;
    }
  }

 private:
  void move(std::size_t l, std::int64_t steps) {
    for (std::size_t i = 0; i < loops_.operands; ++i) offsets[i] += steps * loops_.strides[i][l];
  }

  const EinsumLoops& loops_;
  std::size_t from_, to_;
  EinsumLoops::Counts index_{};
};

template <typename T>
void run_plain(const Call& call, const EinsumLoops& loops) {
  using Wide = std::conditional_t<std::is_floating_point_v<T>, double, T>;
  T* out = raw<T>(call.outputs[0]);
  LabelWalk kept(loops, 0, loops.kept);
  const std::int64_t terms = loops.product(loops.kept, loops.count);
  for (std::int64_t i = 0; i < call.outputs[0].size(); ++i, kept.next()) {
    LabelWalk summed(loops, loops.kept, loops.count);
    summed.offsets = kept.offsets;
    Wide sum = 0;
    for (std::int64_t k = 0; k < terms; ++k, summed.next()) {
      Wide factor = 1;
      for (std::size_t o = 0; o < loops.operands; ++o) {
        factor = multiply(factor, static_cast<Wide>(raw<T>(call.inputs[o])[summed.offsets[o]]));
      }
      sum = add(sum, factor);
    }
    out[i] = static_cast<T>(sum);
  }
}

/// An Einsum of two operands as a batch of matrix products: which labels are rows (of a only),
/// columns (of b only), batch (of both) and summed.
struct Contraction {
  Dims batch, rows, columns, summed;
  Dims a_batch, a_rows, a_summed;     ///< strides
  Dims b_batch, b_columns, b_summed;  ///< strides
  Dims y_batch, y_rows, y_columns;    ///< strides

  std::size_t m() const { return static_cast<std::size_t>(rows.size()); }
  std::size_t n() const { return static_cast<std::size_t>(columns.size()); }
  std::size_t k() const { return static_cast<std::size_t>(summed.size()); }
  std::size_t operand_floats() const { return m() * k() * 2 + k() * n() + m() * n(); }
};

void append(Dims& list, std::int64_t value) { list[list.rank++] = value; }

/// false: it is none, because a label of one operand alone is summed.
bool contract(const EinsumLoops& loops, Contraction& c) {
  if (loops.operands != 2 || loops.count > kMaxRank) return false;
  std::int64_t y_stride = loops.product(0, loops.kept);
  for (std::size_t l = 0; l < loops.count; ++l) {
    const bool in_a = loops.has[0][l], in_b = loops.has[1][l];
    const std::int64_t size = loops.size[l], a = loops.strides[0][l], b = loops.strides[1][l];
    if (l >= loops.kept) {
      if (!in_a || !in_b) return false;
      append(c.summed, size), append(c.a_summed, a), append(c.b_summed, b);
      continue;
    }
    y_stride = size == 0 ? 0 : y_stride / size;
    if (in_a && in_b) {
      append(c.batch, size), append(c.a_batch, a), append(c.b_batch, b);
      append(c.y_batch, y_stride);
    } else if (in_a) {
      append(c.rows, size), append(c.a_rows, a), append(c.y_rows, y_stride);
    } else {
      append(c.columns, size), append(c.b_columns, b), append(c.y_columns, y_stride);
    }
  }
  return true;
}

/// Calls visit(offset) for all indices of two groups of dimensions, the second running faster.
template <typename Visit>
void for_each_pair(const Dims& slow, const Dims& slow_strides, const Dims& fast,
                   const Dims& fast_strides, Visit&& visit) {
  Walk<1> outer(slow);
  outer.strides = {slow_strides};
  for (std::int64_t i = 0; i < slow.size(); ++i, outer.next()) {
    Walk<1> inner(fast);
    inner.strides = {fast_strides};
    for (std::int64_t j = 0; j < fast.size(); ++j, inner.next()) {
      visit(outer.offsets[0] + inner.offsets[0]);
    }
  }
}

void run_products(const Call& call, const Contraction& c) {
  const std::size_t m = c.m(), n = c.n(), k = c.k();
  auto* const left = reinterpret_cast<float*>(call.scratch.data());
  float* const packed = left + m * k;
  float* const right = packed + m * k;
  float* const result = right + k * n;
  const std::span<std::byte> rest =
      call.scratch.subspan(align_up(c.operand_floats() * sizeof(float)));
  const std::span<float> scratch(reinterpret_cast<float*>(rest.data()),
                                 rest.size() / sizeof(float));
  Walk<3> batch(c.batch);
  batch.strides = {c.a_batch, c.b_batch, c.y_batch};
  for (std::int64_t i = 0; i < c.batch.size(); ++i, batch.next()) {
    const float* a = raw<float>(call.inputs[0]) + batch.offsets[0];
    const float* b = raw<float>(call.inputs[1]) + batch.offsets[1];
    float* y = raw<float>(call.outputs[0]) + batch.offsets[2];
    float* to = left;
    for_each_pair(c.rows, c.a_rows, c.summed, c.a_summed, [&](std::int64_t at) { *to++ = a[at]; });
    to = right;
    for_each_pair(c.summed, c.b_summed, c.columns, c.b_columns,
                  [&](std::int64_t at) { *to++ = b[at]; });
    gemm::pack_rows({left, m, k, k, 1}, packed);
    gemm::multiply({m, n, k, packed, result, n}, gemm::MatrixPanels({right, k, n, n, 1}), scratch);
    const float* from = result;
    for_each_pair(c.rows, c.y_rows, c.columns, c.y_columns,
                  [&](std::int64_t at) { y[at] = *from++; });
  }
}

class Einsum final : public Kernel {
 public:
  explicit Einsum(const Setup& setup) : equation_(setup.node.string_or("equation", "")) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    for (std::size_t i = 0; i < in.size(); ++i) require_type(in.required(i), in[0].type);
    with_type(in.required(0).type, [](auto) {});
    const EinsumLoops loops = equation_.loops(in);
    return {{in[0].type, Shape(loops.size.begin(),
                               loops.size.begin() + static_cast<std::ptrdiff_t>(loops.kept))}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    Contraction c;
    if (in[0].type != DataType::kFloat || !contract(equation_.loops(in), c)) return 0;
    return align_up(c.operand_floats() * sizeof(float)) +
           gemm::scratch_floats(c.n(), c.k()) * sizeof(float);
  }

  void run(const Call& call) const override {
    const EinsumLoops loops = equation_.loops(call.inputs);
    Contraction c;
    if (call.inputs[0].type == DataType::kFloat && contract(loops, c)) {
      if (call.outputs[0].size() > 0) run_products(call, c);
      return;
    }
    with_type(call.inputs[0].type, [&]<typename T>(T) { run_plain<T>(call, loops); });
  }

 private:
  EinsumEquation equation_;
};

}  // namespace

std::unique_ptr<Kernel> einsum(const Setup& setup) { return std::make_unique<Einsum>(setup); }

}  // namespace xquant::runtime::ops
