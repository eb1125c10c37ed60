// MatMulInteger and QLinearMatMul: the exact sums of core/int8, requantized with a float
// multiplier.

#include "runtime/aligned_buffer.h"
#include "runtime/ops/integer_requantize.h"

namespace xquant::runtime::ops {
namespace {

/// Where an operator has its operands; 99: nowhere.
struct MatMulPlaces {
  std::size_t a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero;
};

class IntegerMatMul final : public Kernel {
 public:
  explicit IntegerMatMul(const MatMulPlaces& places) : at_(places) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView a = in.required(at_.a), b = in.required(at_.b);
    code_type(a.type);
    code_type(b.type);
    if (a.rank() == 0 || b.rank() == 0) refuse("Scalars cannot be multiplied.");
    const xq_matmul shape = shape_of(a, b);
    require_depth(static_cast<std::int64_t>(shape.k));
    if (in.has(at_.a_zero) && in[at_.a_zero].size() != 1)
      refuse("Zero points for each row are not supported.");
    if (in.has(at_.b_zero) && in[at_.b_zero].size() != 1 && in[at_.b_zero].rank() != 1)
      refuse("Zero points for each matrix are not supported.");
    Shape result = broadcast(a.shape.first(a.rank() < 2 ? 0 : a.rank() - 2),
                             b.shape.first(b.rank() < 2 ? 0 : b.rank() - 2));
    if (a.rank() > 1) result.push_back(static_cast<std::int64_t>(shape.m));
    if (b.rank() > 1) result.push_back(static_cast<std::int64_t>(shape.n));
    if (!requantizes()) return {{DataType::kInt32, result}};
    if (in.required(at_.a_scale).size() != 1) refuse("a_scale has to be one number.");
    const auto scales = in.required(at_.b_scale).size();
    if (scales != 1 && scales != static_cast<std::int64_t>(shape.n))
      refuse("b_scale does not fit the columns.");
    code_type(in.required(at_.y_zero).type);
    return {{in[at_.y_zero].type, result}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView> out) const override {
    const xq_matmul shape = shape_of(in[at_.a], in[at_.b]);
    const auto sums = requantizes() ? static_cast<std::size_t>(out[0].size()) : 0;
    return align_up(shape.n * sizeof(std::int32_t)) + align_up(sums * sizeof(std::int32_t)) +
           (shape.k == 0 ? 0 : xq_matmul_workspace_size(&shape));
  }

  void run(const Call& call) const override {
    const Operands& in = call.inputs;
    const xq_matmul shape = shape_of(in[at_.a], in[at_.b]);
    const MutableView out = call.outputs[0];
    std::span<std::byte> rest = call.scratch;
    const auto take = [&](std::size_t count) {
      auto* piece = reinterpret_cast<std::int32_t*>(rest.data());
      rest = rest.subspan(align_up(count * sizeof(std::int32_t)));
      return piece;
    };
    auto* zero_points = take(shape.n);
    const std::size_t zero_count = zero_points_of(in[at_.b_zero], shape.n, zero_points);
    std::int32_t* sums =
        requantizes() ? take(static_cast<std::size_t>(out.size())) : raw<std::int32_t>(out);
    if (out.size() == 0) return;
    if (shape.k == 0) {
      std::fill_n(sums, out.size(), 0);
    } else {
      const xq_codes a{in[at_.a].data, code_type(in[at_.a].type), zero_point_of(in[at_.a_zero])};
      const xq_weights b{in[at_.b].data, code_type(in[at_.b].type), zero_points, zero_count};
      xq_matmul_s32(&shape, &a, &b, sums, rest.data());
    }
    if (!requantizes()) return;
    const Requantizer to{static_cast<float>(number(in[at_.a_scale])), in[at_.b_scale],
                         static_cast<float>(number(in[at_.y_scale])),
                         zero_point_of(in[at_.y_zero])};
    const auto n = static_cast<std::int64_t>(shape.n);
    const auto write = [&]<typename T>(T) {
      for (std::int64_t i = 0; i < out.size(); ++i) raw<T>(out)[i] = to.code<T>(sums[i], i % n);
    };
    out.type == DataType::kInt8 ? write(std::int8_t{}) : write(std::uint8_t{});
  }

 private:
  bool requantizes() const { return at_.y_scale != kNowhere; }

  static xq_matmul shape_of(const TensorView& a, const TensorView& b) {
    xq_matmul shape{};
    const auto dim = [](const TensorView& view, std::size_t i) {
      return static_cast<std::size_t>(view.shape[i]);
    };
    shape.m = a.rank() == 1 ? 1 : dim(a, a.rank() - 2);
    shape.k = dim(a, a.rank() - 1);
    shape.n = b.rank() == 1 ? 1 : dim(b, b.rank() - 1);
    if (shape.k != (b.rank() == 1 ? dim(b, 0) : dim(b, b.rank() - 2)))
      refuse("Tensors of shapes " + to_string(a.shape_copy()) + " and " +
             to_string(b.shape_copy()) + " cannot be multiplied.");
    const std::size_t a_rank = a.rank() < 2 ? 0 : a.rank() - 2,
                      b_rank = b.rank() < 2 ? 0 : b.rank() - 2;
    shape.batch_rank = std::max(a_rank, b_rank);
    if (shape.batch_rank > XQ_MAX_RANK) refuse("The rank is too high.");
    for (std::size_t d = 0; d < shape.batch_rank; ++d) {
      const std::size_t from_end = shape.batch_rank - d;
      shape.a_batch[d] = from_end <= a_rank ? dim(a, a_rank - from_end) : 1;
      shape.b_batch[d] = from_end <= b_rank ? dim(b, b_rank - from_end) : 1;
    }
    return shape;
  }

  MatMulPlaces at_;
};

}  // namespace

std::unique_ptr<Kernel> matmul_integer(const Setup&) {
  return std::make_unique<IntegerMatMul>(
      MatMulPlaces{0, kNowhere, 2, 1, kNowhere, 3, kNowhere, kNowhere});
}
std::unique_ptr<Kernel> qlinear_matmul(const Setup&) {
  return std::make_unique<IntegerMatMul>(MatMulPlaces{0, 1, 2, 3, 4, 5, 6, 7});
}

}  // namespace xquant::runtime::ops
