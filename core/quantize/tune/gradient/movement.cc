// Operators that only move elements. The operator is run on the positions of its operands'
// elements, which says for every element of a result where it came from.

#include <algorithm>
#include <array>
#include <mutex>

#include "quantize/tune/gradient/backward.h"
#include "runtime/node_runner.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;

constexpr std::array<std::string_view, 6> kReshapes = {"Reshape",   "Flatten",  "Squeeze",
                                                       "Unsqueeze", "Identity", "Dropout"};
constexpr std::array<std::string_view, 12> kMovements = {
    "Transpose", "Concat", "Split",        "Slice",        "Gather", "Expand",
    "Tile",      "Pad",    "DepthToSpace", "SpaceToDepth", "Resize", "Upsample"};

class ReshapeBackward final : public Backward {
 public:
  void run(const BackwardCall& call) const override {
    const std::span<float> dx = call.operand_gradients[0];
    for (std::size_t i = 0; i < dx.size(); ++i) dx[i] += call.result_gradients[0][i];
  }
};

class MovementBackward final : public Backward {
 public:
  explicit MovementBackward(const BackwardSetup& setup)
      : node_(setup.node),
        opsets_(setup.opsets),
        constants_(setup.constants.begin(), setup.constants.end()) {}

  void run(const BackwardCall& call) const override {
    const auto moved = sources(call.operands);
    const std::vector<std::vector<std::int32_t>>& all = *moved;
    // Positions count through all operands that are moved, from 1 on; 0 is what Pad adds.
    for (std::size_t r = 0; r < all.size(); ++r) {
      const std::span<const float> dy = call.result_gradients[r];
      if (dy.empty()) continue;
      if (movable() == 1) {
        const std::span<float> dx = call.operand_gradients[0];
        for (std::size_t i = 0; i < dy.size(); ++i) {
          if (all[r][i] > 0) dx[static_cast<std::size_t>(all[r][i] - 1)] += dy[i];
        }
        continue;
      }
      add_concatenated(call, all[r], dy);
    }
  }

 private:
  using Sources = std::vector<std::vector<std::int32_t>>;

  std::size_t movable() const { return node_.is("Concat") ? node_.inputs.size() : 1; }

  void add_concatenated(const BackwardCall& call, const std::vector<std::int32_t>& from,
                        std::span<const float> dy) const {
    std::vector<std::size_t> starts{0};
    for (const TensorView& x : call.operands) {
      starts.push_back(starts.back() + static_cast<std::size_t>(x.size()));
    }
    std::size_t operand = 0;
    for (std::size_t i = 0; i < dy.size(); ++i) {
      const auto position = static_cast<std::size_t>(from[i] - 1);
      while (position < starts[operand]) --operand;
      while (position >= starts[operand + 1]) ++operand;
      const std::span<float> dx = call.operand_gradients[operand];
      if (!dx.empty()) dx[position - starts[operand]] += dy[i];
    }
  }

  /// By result and element. Shapes seldom change, so the last answer is kept.
  std::shared_ptr<const Sources> sources(std::span<const TensorView> operands) const {
    std::vector<Shape> shapes;
    for (const TensorView& x : operands) shapes.push_back(x.shape_copy());
    {
      const std::lock_guard lock(mutex_);
      if (last_ && shapes == last_shapes_) return last_;
    }
    auto fresh = std::make_shared<const Sources>(trace(operands));
    const std::lock_guard lock(mutex_);
    last_ = fresh;
    last_shapes_ = std::move(shapes);
    return fresh;
  }

  Sources trace(std::span<const TensorView> operands) const {
    std::vector<Tensor> labels(operands.size());
    std::vector<TensorView> views(operands.begin(), operands.end());
    float next = 1;
    for (std::size_t i = 0; i < movable(); ++i) {
      std::vector<float> positions(static_cast<std::size_t>(operands[i].size()));
      for (float& position : positions) position = next, next += 1;
      labels[i] = Tensor::of<float>(operands[i].shape_copy(), positions);
      views[i] = runtime::view_of(labels[i]);
    }
    std::vector<const Tensor*> constants = constants_;
    for (std::size_t i = 0; i < movable(); ++i) constants[i] = nullptr;
    const Tensor zero = Tensor::scalar<float>(0.0F);
    Node node = node_;
    if (node_.is("Pad")) {
      node.attributes.erase("value");
      if (views.size() > 2 && views[2].present()) {
        views[2] = runtime::view_of(zero);
        constants[2] = &zero;
      }
    }
    Sources result;
    for (const Tensor& tensor : runtime::NodeRunner(node, opsets_, constants).run(views)) {
      std::vector<std::int32_t>& mine = result.emplace_back();
      if (tensor.type() != DataType::kFloat) continue;
      for (const float label : tensor.data<float>()) {
        mine.push_back(static_cast<std::int32_t>(label));
      }
    }
    return result;
  }

  const Node& node_;
  const runtime::OpsetImports& opsets_;
  std::vector<const Tensor*> constants_;
  mutable std::mutex mutex_;
  mutable std::vector<Shape> last_shapes_;
  mutable std::shared_ptr<const Sources> last_;
};

bool only_moves(const Node& node) {
  if (node.is("Resize") || node.is("Upsample"))
    return node.string_or("mode", "nearest") == "nearest";
  return node.is_one_of(kMovements);
}

}  // namespace

std::unique_ptr<Backward> movement_backward(const BackwardSetup& setup) {
  if (setup.node.is_one_of(kReshapes)) return std::make_unique<ReshapeBackward>();
  if (only_moves(setup.node)) return std::make_unique<MovementBackward>(setup);
  return nullptr;
}

}  // namespace xquant::quantize
