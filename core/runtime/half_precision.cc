#include "runtime/half_precision.h"

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/half.h"

namespace xquant::runtime {
namespace {

void widen(const TensorView& from, float* to) {
  const auto* halves = static_cast<const std::uint16_t*>(from.data);
  const auto n = static_cast<std::size_t>(from.size());
  if (from.type == DataType::kFloat16) {
    for (std::size_t i = 0; i < n; ++i) to[i] = ops::from_half(halves[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) to[i] = ops::from_bfloat16(halves[i]);
  }
}

void narrow(const float* from, const MutableView& to) {
  auto* halves = static_cast<std::uint16_t*>(to.data);
  const auto n = static_cast<std::size_t>(to.size());
  if (to.type == DataType::kFloat16) {
    for (std::size_t i = 0; i < n; ++i) halves[i] = ops::to_half(from[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) halves[i] = ops::to_bfloat16(from[i]);
  }
}

/// Type of the first operand of half precision; kUndefined when there is none.
DataType half_type(const Operands& in) {
  for (const TensorView& view : in.all()) {
    if (is_half(view.type)) return view.type;
  }
  return DataType::kUndefined;
}

std::size_t float_bytes(const TensorView& view) {
  return align_up(static_cast<std::size_t>(view.size()) * sizeof(float));
}

/// Cuts scratch memory into pieces, one after the other.
class Pieces {
 public:
  explicit Pieces(std::span<std::byte> memory) : rest_(memory) {}
  template <typename T>
  T* take(std::size_t bytes) {
    auto* piece = reinterpret_cast<T*>(rest_.data());
    rest_ = rest_.subspan(align_up(bytes));
    return piece;
  }
  std::span<std::byte> rest() const { return rest_; }

 private:
  std::span<std::byte> rest_;
};

class HalfPrecision final : public Kernel {
 public:
  explicit HalfPrecision(std::unique_ptr<Kernel> inner) : inner_(std::move(inner)) {}

  std::vector<std::size_t> shape_operands() const override { return inner_->shape_operands(); }
  bool may_overwrite_operands() const override { return inner_->may_overwrite_operands(); }
  // Asked for float operands only.
  bool maps_floats() const override { return inner_->maps_floats(); }
  void map_floats(std::size_t first, const float* x, float* y, std::size_t n) const override {
    inner_->map_floats(first, x, y, n);
  }
  const Bounds* bounds() const override { return inner_->bounds(); }
  std::size_t mapped_operand() const override { return inner_->mapped_operand(); }
  std::size_t mapped_row() const override { return inner_->mapped_row(); }
  bool combines_floats() const override { return inner_->combines_floats(); }
  void combine_floats(const float* a, const float* b, float* y, std::size_t n) const override {
    inner_->combine_floats(a, b, y, n);
  }
  bool takes_tail() const override { return inner_->takes_tail(); }
  bool takes_tail_of_floats() const override { return inner_->takes_tail_of_floats(); }
  std::size_t row_length() const override { return inner_->row_length(); }
  std::size_t packed_bytes() const override { return inner_->packed_bytes(); }
  bool needs_constant(std::size_t position) const override {
    return inner_->needs_constant(position);
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const DataType half = half_type(in);
    if (half == DataType::kUndefined) return inner_->infer(in);
    const Widened widened = widen_for_shapes(in);
    std::vector<TensorType> types = inner_->infer(Operands(widened.views));
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (is_narrowed(in, types[i].type, i)) types[i].type = half;
    }
    return types;
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView> out) const override {
    if (half_type(in) == DataType::kUndefined) return inner_->scratch_bytes(in, out);
    std::vector<MutableView> results(out.begin(), out.end());
    std::size_t bytes =
        align_up(in.size() * sizeof(TensorView)) + align_up(results.size() * sizeof(MutableView));
    for (const TensorView& view : in.all()) {
      if (is_half(view.type)) bytes += float_bytes(view);
    }
    for (MutableView& view : results) {
      if (!is_half(view.type)) continue;
      bytes += float_bytes(view);
      view.type = DataType::kFloat;
    }
    const Widened widened = widen_for_shapes(in);
    return bytes + inner_->scratch_bytes(Operands(widened.views), results);
  }

  void run(const Call& call) const override {
    if (half_type(call.inputs) == DataType::kUndefined) return inner_->run(call);
    Pieces pieces(call.scratch);
    const auto given = call.inputs.all();
    auto* operands = pieces.take<TensorView>(given.size() * sizeof(TensorView));
    auto* results = pieces.take<MutableView>(call.outputs.size() * sizeof(MutableView));
    for (std::size_t i = 0; i < given.size(); ++i) {
      operands[i] = given[i];
      if (!is_half(given[i].type)) continue;
      auto* floats = pieces.take<float>(float_bytes(given[i]));
      operands[i].type = DataType::kFloat;
      if (given[i].data == nullptr) continue;  // the kernel keeps what it needs of this constant
      widen(given[i], floats);
      operands[i].data = floats;
    }
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      results[i] = call.outputs[i];
      if (!is_half(results[i].type)) continue;
      auto* floats = pieces.take<float>(float_bytes(results[i]));
      results[i].type = DataType::kFloat;
      if (results[i].data != nullptr) results[i].data = floats;
    }
    inner_->run(
        {Operands({operands, given.size()}), {results, call.outputs.size()}, pieces.rest()});
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      const MutableView& out = call.outputs[i];
      if (is_half(out.type) && out.data != nullptr) narrow(raw_floats(results[i]), out);
    }
  }

 private:
  struct Widened {
    std::vector<TensorView> views;
    std::vector<std::vector<float>> values;
  };
  /// The operands as float. Those that decide shapes (of Range, for one) with their values, the
  /// others without.
  Widened widen_for_shapes(const Operands& in) const {
    Widened widened{{in.all().begin(), in.all().end()}, {}};
    const auto read = inner_->shape_operands();
    widened.values.reserve(read.size());
    for (std::size_t i = 0; i < widened.views.size(); ++i) {
      TensorView& view = widened.views[i];
      if (!is_half(view.type)) continue;
      const void* data = nullptr;
      if (std::ranges::find(read, i) != read.end() && view.data != nullptr) {
        widened.values.emplace_back(static_cast<std::size_t>(view.size()));
        widen(view, widened.values.back().data());
        data = widened.values.back().data();
      }
      view = {DataType::kFloat, view.shape, data};
    }
    return widened;
  }

  static const float* raw_floats(const MutableView& view) {
    return static_cast<const float*>(view.data);
  }
  /// Results have the type of operand 0; where that is float, only others were widened (Pow).
  bool is_narrowed(const Operands& in, DataType type, std::size_t output) const {
    return type == DataType::kFloat && in[0].type != DataType::kFloat &&
           !inner_->stays_float(output);
  }

  std::unique_ptr<Kernel> inner_;
};

}  // namespace

bool is_half(DataType type) { return type == DataType::kFloat16 || type == DataType::kBfloat16; }

Tensor widened(const Tensor& half) {
  return Tensor::made<float>(half.shape(), [&](float* to) { widen(view_of(half), to); });
}

Tensor narrowed(const Tensor& floats, DataType type) {
  std::string bytes(byte_size(type, static_cast<std::size_t>(floats.size())), '\0');
  narrow(floats.data<float>().data(), {type, floats.shape(), bytes.data()});
  return Tensor(type, floats.shape(), std::move(bytes));
}

std::unique_ptr<Kernel> with_half_precision(std::unique_ptr<Kernel> kernel) {
  if (kernel->takes_half() || kernel->is_view() || kernel->reads_types_only()) return kernel;
  return std::make_unique<HalfPrecision>(std::move(kernel));
}

std::vector<const Tensor*> widened_constants(std::span<const Tensor* const> constants,
                                             std::vector<Tensor>& storage) {
  std::vector<const Tensor*> result(constants.begin(), constants.end());
  storage.reserve(result.size());
  for (const Tensor*& tensor : result) {
    if (tensor == nullptr || !is_half(tensor->type())) continue;
    storage.push_back(widened(*tensor));
    tensor = &storage.back();
  }
  return result;
}

}  // namespace xquant::runtime
