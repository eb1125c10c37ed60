#include "integer/movement.h"

#include <limits>
#include <numeric>

#include "integer/kernels/codes.h"
#include "integer/kernels/places.h"
#include "integer/kernels/window.h"
#include "integer/source_map.h"

namespace xquant::integer {
namespace {

using StepKind = kernels::ReplayStep::Kind;
using Answer = std::optional<ReplayOfMovement>;
using kernels::size;

class Movement {
 public:
  Movement(const Graph& graph, const Node& node, const runtime::OpsetImports& opsets,
           std::span<const Tensor* const> inputs, std::size_t output)
      : graph_(graph), node_(node), opsets_(opsets), inputs_(inputs), output_(output) {}

  Answer replay() const {
    if (inputs_.empty() || inputs_[0] == nullptr) return {};
    if (node_.is("QuantizeLinear")) return quantize();
    const DataType type = inputs_[0]->type();
    if (!is_movement(node_) || !is_coded(type)) return {};
    if (node_.is("MaxPool")) return max_pool();
    if (node_.is("ScatterND") || node_.is("ScatterElements")) return scatter();
    if (node_.is("Concat")) return concat();
    if (node_.is("TopK")) return top_k();
    if (node_.is("Pad") && node_.string_or("mode", "constant") == "constant") return pad();
    return by_source();
  }

 private:
  /// Codes that keep their meaning: any one scale says so.
  ReplayOfMovement step_of(StepKind kind) const {
    ReplayOfMovement replay{.operands = {inputs_[0]}};
    replay.step.kind = kind;
    replay.step.x = replay.step.to = xq_quant_of(type_of(inputs_[0]->type()), 1, 0);
    return replay;
  }

  Answer quantize() const {
    const std::optional<Linear> linear = read_linear(graph_, node_);
    if (!linear || !linear->is_coded() || inputs_[0]->type() != DataType::kFloat) return {};
    ReplayOfMovement replay{.operands = {inputs_[0]}};
    replay.step.kind = StepKind::kQuantize;
    replay.step.x = replay.step.to = kernels::quant_of(*linear);
    replay.step.length = size(inputs_[0]->size());
    if (linear->per_tensor()) return replay;
    const Shape& shape = inputs_[0]->shape();
    const auto axis = static_cast<std::size_t>(linear->axis);
    if (axis >= shape.size() || size(shape[axis]) != linear->scales.size()) return {};
    replay.step.outer = replay.step.inner = 1;
    replay.step.length = size(shape[axis]);
    for (std::size_t d = 0; d < axis; ++d) replay.step.outer *= size(shape[d]);
    for (std::size_t d = axis + 1; d < shape.size(); ++d) replay.step.inner *= size(shape[d]);
    replay.step.multipliers = linear->scales;
    replay.step.second_zero_points = linear->zero_points;
    return replay;
  }

  Answer max_pool() const {
    const runtime::ops::Window w =
        runtime::ops::WindowAttributes(node_).at(inputs_[0]->shape(), {});
    for (std::size_t d = 0; d < runtime::ops::Window::kDimensions; ++d) {
      if (w.pad_begin[d] < 0 || w.pad_end[d] < 0) return {};
    }
    ReplayOfMovement replay = step_of(StepKind::kMaxPool);
    replay.step.pool = kernels::pool_of(w, inputs_[0]->shape());
    return replay;
  }

  Answer concat() const {
    ReplayOfMovement replay = step_of(StepKind::kConcat);
    replay.operands.assign(inputs_.begin(), inputs_.end());
    const Shape& shape = inputs_[0]->shape();
    std::int64_t axis = node_.int_or("axis", 0);
    if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
    replay.step.outer = replay.step.inner = 1;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (d < size(axis)) replay.step.outer *= size(shape[d]);
      if (d > size(axis)) replay.step.inner *= size(shape[d]);
    }
    for (const Tensor* part : inputs_) replay.step.table.push_back(part->shape()[size(axis)]);
    return replay;
  }

  Answer scatter() const {
    const kernels::Places::In in{.moving = runtime::view_of(*inputs_[2]),
                                 .data = runtime::view_of(*inputs_[0]),
                                 .indices = runtime::view_of(*inputs_[1])};
    const auto places = kernels::places_of(node_);
    ReplayOfMovement replay = step_of(StepKind::kScatter);
    replay.operands = {inputs_[2], inputs_[0]};
    replay.step.second = replay.step.x;
    replay.step.option = XQ_SCATTER_SET;
    replay.step.inner = size(places->run(in));
    if (replay.step.inner == 0) return {};
    replay.step.outer = size(in.data.size()) / replay.step.inner;
    replay.step.table.resize(size(in.moving.size()) / replay.step.inner);
    places->fill(in, replay.step.table.data());
    return replay;
  }

  /// The operand `position` as integers; empty when it is absent.
  std::span<const std::int64_t> integers(std::size_t position) const {
    if (position >= inputs_.size() || inputs_[position] == nullptr) return {};
    return inputs_[position]->data<std::int64_t>();
  }

  Answer pad() const {
    const Shape& shape = inputs_[0]->shape();
    if (shape.size() > XQ_MAX_RANK || inputs_.size() < 2 || inputs_[1] == nullptr) return {};
    if (inputs_.size() > 3 && inputs_[3] != nullptr && inputs_[3]->type() != DataType::kInt64)
      return {};
    const auto pads = integers(1), axes = integers(3);
    ReplayOfMovement replay = step_of(StepKind::kPad);
    replay.step.table.assign(2 * shape.size(), 0);  // all at the beginning, all at the end
    for (std::size_t i = 0; i < pads.size() / 2; ++i) {
      std::int64_t axis = axes.empty() ? static_cast<std::int64_t>(i) : axes[i];
      if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
      replay.step.table[size(axis)] = pads[i];
      replay.step.table[shape.size() + size(axis)] = pads[pads.size() / 2 + i];
    }
    replay.step.x_shape = kernels::shape_of(shape);
    const Tensor* fill = inputs_.size() > 2 ? inputs_[2] : nullptr;
    if (fill != nullptr && fill->size() == 1) replay.step.option = code_at(*fill, 0);
    return replay;
  }

  /// Which element goes where: what the operator does to the numbers 0, 1, 2, ...
  Answer by_source() const {
    if (inputs_[0]->size() > std::numeric_limits<std::int32_t>::max()) return {};
    SourceMap places(size(inputs_[0]->size()));
    std::iota(places.begin(), places.end(), 0);
    const Tensor numbered = Tensor::of<std::int32_t>(inputs_[0]->shape(), places);
    std::vector<const Tensor*> operands(inputs_.begin(), inputs_.end());
    operands[0] = &numbered;
    const Tensor moved = std::move(runtime::evaluate(node_, opsets_, operands)[output_]);
    const auto sources = moved.data<std::int32_t>();
    return form_of(SourceMap(sources.begin(), sources.end()), moved.shape());
  }

  /// The indices say which elements were taken.
  Answer top_k() const {
    if (output_ != 0 || node_.output(1) == ValueId::kNone) return {};
    const std::vector<const Tensor*> operands(inputs_.begin(), inputs_.end());
    const std::vector<Tensor> results = runtime::evaluate(node_, opsets_, operands);
    const Shape &shape = inputs_[0]->shape(), &taken = results[1].shape();
    std::int64_t axis = node_.int_or("axis", -1), inner = 1;
    if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
    for (std::size_t d = size(axis) + 1; d < shape.size(); ++d) inner *= shape[d];
    const std::int64_t length = shape[size(axis)], count = taken[size(axis)];
    SourceMap map;
    for (const std::int64_t index : results[1].data<std::int64_t>()) {
      const auto i = static_cast<std::int64_t>(map.size());
      map.push_back(
          static_cast<std::int32_t>((i / (count * inner) * length + index) * inner + i % inner));
    }
    return form_of(map, taken);
  }

  Answer form_of(const SourceMap& map, const Shape& result) const {
    if (node_.is("Resize") || node_.is("Upsample")) {
      if (Answer replay = resize(map, result)) return replay;
    }
    if (const std::optional<StridedWalk> walk = strided_walk(map, XQ_MAX_RANK)) {
      ReplayOfMovement replay = step_of(StepKind::kMove);
      replay.step.table = {walk->first};
      replay.step.table.insert(replay.step.table.end(), walk->strides.begin(), walk->strides.end());
      replay.step.x_shape.rank = walk->dims.size();
      std::copy(walk->dims.begin(), walk->dims.end(), replay.step.x_shape.dims);
      return replay;
    }
    Runs runs = runs_of(map, size(inputs_[0]->size()));
    ReplayOfMovement replay = step_of(StepKind::kGather);
    replay.step.outer = 1;
    replay.step.length = size(inputs_[0]->size()) / runs.length;
    replay.step.inner = runs.length;
    replay.step.table = std::move(runs.index);
    return replay;
  }

  Answer resize(const SourceMap& map, const Shape& result) const {
    const Shape& x = inputs_[0]->shape();
    if (x.size() < 2) return {};
    const std::size_t in[] = {size(x[x.size() - 2]), size(x.back())};
    const std::size_t out[] = {size(result[x.size() - 2]), size(result.back())};
    const std::optional<RowsAndColumns> picked = rows_and_columns(map, in, out);
    if (!picked) return {};
    ReplayOfMovement replay = step_of(StepKind::kResizeNearest);
    replay.step.outer = map.size() / (out[0] * out[1]);
    for (std::size_t i = 0; i < 2; ++i) {
      replay.step.resize[i].in = in[i];
      replay.step.resize[i].out = out[i];
    }
    replay.step.table = picked->rows;
    replay.step.table.insert(replay.step.table.end(), picked->columns.begin(),
                             picked->columns.end());
    return replay;
  }

  const Graph& graph_;
  const Node& node_;
  const runtime::OpsetImports& opsets_;
  std::span<const Tensor* const> inputs_;
  std::size_t output_;
};

}  // namespace

std::optional<ReplayOfMovement> replay_of_movement(const Graph& graph, const Node& node,
                                                   const runtime::OpsetImports& opsets,
                                                   std::span<const Tensor* const> inputs,
                                                   std::size_t output) {
  return Movement(graph, node, opsets, inputs, output).replay();
}

}  // namespace xquant::integer
