// com.microsoft's Attention and MultiHeadAttention, as projections, splits and ai.onnx's Attention.

#include "runtime/ops/common.h"
#include "runtime/ops/composite.h"
#include "runtime/ops/strided_copy.h"

namespace xquant::runtime::ops {
namespace {

using Slot = Composite::Slot;

/// The mask of key positions as numbers to add: 0, or the filter value. Operands: the mask (int32:
/// valid lengths [batch], or 0 and 1 as [batch, keys] or [batch, rows, keys]), the keys of this
/// call [batch, rows, features], the past [.., rows, size] or none.
class AddedMask final : public Kernel {
 public:
  explicit AddedMask(float filter) : filter_(filter) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView mask = in.required(0);
    require_type(mask, DataType::kInt32);
    const std::int64_t batch = in.required(1).shape[0];
    const std::int64_t past = in.has(2) ? in[2].shape[in[2].rank() - 2] : 0;
    const std::int64_t total = past + in[1].shape[1];
    const bool known = mask.rank() >= 1 && mask.rank() <= 3 && mask.shape[0] == batch &&
                       (mask.rank() == 1 || mask.shape.back() == total);
    if (!known) refuse("A mask of shape " + to_string(mask.shape_copy()) + " is not supported.");
    return {{DataType::kFloat, {batch, 1, mask.rank() == 3 ? mask.shape[1] : 1, total}}};
  }

  void run(const Call& call) const override {
    const TensorView mask = call.inputs[0];
    const MutableView out = call.outputs[0];
    const std::int64_t total = out.shape[3];
    for (std::int64_t i = 0; i < out.size(); ++i) {
      const bool valid = mask.rank() == 1 ? i % total < raw<std::int32_t>(mask)[i / total]
                                          : raw<std::int32_t>(mask)[i] != 0;
      raw<float>(out)[i] = valid ? 0.0f : filter_;
    }
  }

 private:
  float filter_;
};

/// [batch, heads, rows, size] as [batch, rows, heads * size]; other ranks stay.
class MergedHeads final : public Kernel {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    if (type.shape.size() == 4)
      type.shape = {type.shape[0], type.shape[2], type.shape[1] * type.shape[3]};
    return {type};
  }
  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    Dims shape(x.shape), strides = strides_of(Dims(x.shape));
    if (shape.rank == 4) {
      std::swap(shape[1], shape[2]);
      std::swap(strides[1], strides[2]);
    }
    strided_copy(x.type, x.data, 0, shape, strides, call.outputs[0].data);
  }
};

/// Both masks added up, as far as they are there.
Slot mask_of(Composite& made, const Setup& setup, Slot mask, Slot bias, Slot keys, Slot past) {
  if (mask == Composite::kAbsent) return bias;
  const float filter = setup.node.float_or("mask_filter_value", -10000.0f);
  mask = made.add_kernel(std::make_unique<AddedMask>(filter), {mask, keys, past}, 1).at(0);
  return bias == Composite::kAbsent ? mask : made.add("Add", {mask, bias});
}

Attributes heads_of(const Setup& setup) {
  const std::int64_t heads = setup.node.int_or("num_heads", 0);
  Attributes attributes{{"q_num_heads", heads},
                        {"kv_num_heads", heads},
                        {"is_causal", setup.node.int_or("unidirectional", 0)}};
  if (const float scale = setup.node.float_or("scale", 0.0f); scale != 0.0f)
    attributes["scale"] = scale;
  return attributes;
}

Slot integer(Composite& made, std::int64_t value) {
  return made.constant(Tensor::scalar<std::int64_t>(value));
}

}  // namespace

/// Operands input, weights, bias, mask_index, past, attention_bias; results output, present.
std::unique_ptr<Kernel> microsoft_attention(const Setup& setup) {
  const Node& node = setup.node;
  if (node.int_or("do_rotary", 0) != 0 || node.int_or("past_present_share_buffer", 0) != 0)
    refuse("Attention with rotation or shared buffers is not supported.");
  auto made = std::make_unique<Composite>(setup);
  Slot projected = made->add("MatMul", {made->operand(0), made->operand(1)});
  if (made->operand(2) != Composite::kAbsent)
    projected = made->add("Add", {projected, made->operand(2)});
  const auto sizes = node.ints_or("qkv_hidden_sizes", {});
  std::vector<Slot> parts;
  if (sizes.size() == 3) {
    const Slot split = made->constant(Tensor::of<std::int64_t>({3}, sizes));
    parts = made->add_all("Split", {projected, split}, 3, {{"axis", std::int64_t{-1}}});
  } else {
    parts = made->add_all("Split", {projected}, 3,
                          {{"axis", std::int64_t{-1}}, {"num_outputs", std::int64_t{3}}});
  }
  const Slot past = made->operand(4);
  Slot past_key = Composite::kAbsent, past_value = Composite::kAbsent;
  if (past != Composite::kAbsent) {
    past_key = made->add("Gather", {past, integer(*made, 0)});
    past_value = made->add("Gather", {past, integer(*made, 1)});
  }
  const Slot mask = mask_of(*made, setup, made->operand(3), made->operand(5), parts[1], past_key);
  const auto results = made->add_all(
      "Attention", {parts[0], parts[1], parts[2], mask, past_key, past_value}, 3, heads_of(setup));
  made->give(0, results[0]);
  if (node.output(1) == ValueId::kNone) return made;
  const Slot axes = made->constant(Tensor::of<std::int64_t>({1}, std::vector<std::int64_t>{0}));
  made->give(1, made->add("Concat",
                          {made->add("Unsqueeze", {results[1], axes}),
                           made->add("Unsqueeze", {results[2], axes})},
                          {{"axis", std::int64_t{0}}}));
  return made;
}

/// Operands query, key, value, bias, key_padding_mask, attention_bias, past_key, past_value;
/// results output, present_key, present_value, scores.
std::unique_ptr<Kernel> multi_head_attention(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  if (made->operand(1) == Composite::kAbsent || made->operand(2) == Composite::kAbsent)
    refuse("Packed queries, keys and values are not supported.");
  std::vector<Slot> parts{made->operand(0)};
  for (const std::size_t position : {std::size_t{1}, std::size_t{2}})
    parts.push_back(
        made->add_kernel(std::make_unique<MergedHeads>(), {made->operand(position)}, 1).at(0));
  if (made->operand(3) != Composite::kAbsent) {
    const auto biases =
        made->add_all("Split", {made->operand(3)}, 3,
                      {{"axis", std::int64_t{0}}, {"num_outputs", std::int64_t{3}}});
    for (std::size_t i = 0; i < 3; ++i) parts[i] = made->add("Add", {parts[i], biases[i]});
  }
  const Slot mask =
      mask_of(*made, setup, made->operand(4), made->operand(5), parts[1], made->operand(6));
  const auto results = made->add_all(
      "Attention", {parts[0], parts[1], parts[2], mask, made->operand(6), made->operand(7)}, 4,
      heads_of(setup));
  for (std::size_t i = 0; i < 4; ++i) made->give(i, results[i]);
  return made;
}

}  // namespace xquant::runtime::ops
