// NonMaxSuppression: for each sample and class, boxes in falling order of their scores, without
// those that overlap a box already taken by more than iou_threshold. Rows [sample, class, box].

#include <algorithm>
#include <limits>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

struct Box {
  float top, left, bottom, right;
  float area() const { return (bottom - top) * (right - left); }
};

/// The part of the union that both boxes cover is above the threshold.
bool overlap(const Box& a, const Box& b, float threshold) {
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (!(height > 0) || !(width > 0)) return false;
  const float common = height * width, area_a = a.area(), area_b = b.area();
  if (!(area_a > 0) || !(area_b > 0)) return false;
  return common / (area_a + area_b - common) > threshold;
}

class NonMaxSuppression final : public Kernel {
 public:
  explicit NonMaxSuppression(const Setup& setup)
      : centered_(setup.node.int_or("center_point_box", 0) != 0) {}
  std::vector<std::size_t> shape_operands() const override { return {0, 1, 2, 3, 4}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView boxes = in.required(0), scores = in.required(1);
    require_type(boxes, DataType::kFloat);
    require_type(scores, DataType::kFloat);
    if (boxes.rank() != 3 || scores.rank() != 3 || boxes.shape[2] != 4 ||
        boxes.shape[0] != scores.shape[0] || boxes.shape[1] != scores.shape[2]) {
      refuse("NonMaxSuppression takes boxes [N,B,4] and scores [N,C,B].");
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(boxes.shape[1]));
    std::int64_t count = 0;
    suppress(in, order.data(), [&](std::int64_t, std::int64_t, std::int64_t) { ++count; });
    return {{DataType::kInt64, {count, 3}}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return static_cast<std::size_t>(in[0].shape[1]) * sizeof(std::int64_t);
  }

  void run(const Call& call) const override {
    auto* row = raw<std::int64_t>(call.outputs[0]);
    const auto write = [&](std::int64_t sample, std::int64_t cls, std::int64_t box) {
      *row++ = sample, *row++ = cls, *row++ = box;
    };
    suppress(call.inputs, reinterpret_cast<std::int64_t*>(call.scratch.data()), write);
  }

 private:
  /// Calls take(sample, class, box) for every box that stays. order: memory for one entry for each
  /// box; those taken move to its front.
  template <typename Take>
  void suppress(const Operands& in, std::int64_t* order, Take&& take) const {
    const std::int64_t most = in.has(2) && in[2].size() > 0 ? integer(in[2]) : 0;
    const float iou = in.has(3) && in[3].size() > 0 ? static_cast<float>(number(in[3])) : 0.0f;
    const bool scored = in.has(4) && in[4].size() > 0;
    const float least =
        scored ? static_cast<float>(number(in[4])) : -std::numeric_limits<float>::infinity();
    const std::int64_t samples = in[1].shape[0], classes = in[1].shape[1], boxes = in[1].shape[2];
    for (std::int64_t n = 0; n < samples; ++n) {
      for (std::int64_t c = 0; c < classes; ++c) {
        const float* scores = raw<float>(in[1]) + (n * classes + c) * boxes;
        const float* corners = raw<float>(in[0]) + n * boxes * 4;
        const std::int64_t candidates = rank(scores, boxes, scored, least, order);
        std::int64_t taken = 0;
        for (std::int64_t i = 0; i < candidates && taken < most; ++i) {
          const std::int64_t candidate = order[i];
          const Box box = box_at(corners + candidate * 4);
          bool free = true;
          for (std::int64_t k = 0; free && k < taken; ++k) {
            free = !overlap(box, box_at(corners + order[k] * 4), iou);
          }
          if (!free) continue;
          order[taken++] = candidate;  // taken <= i: the list is not overtaken
          take(n, c, candidate);
        }
      }
    }
  }

  /// Candidates by falling score, equals by position; returns how many there are.
  static std::int64_t rank(const float* scores, std::int64_t boxes, bool scored, float least,
                           std::int64_t* order) {
    std::int64_t count = 0;
    for (std::int64_t b = 0; b < boxes; ++b) {
      if (scores[b] == scores[b] && (!scored || scores[b] > least)) order[count++] = b;
    }
    std::sort(order, order + count, [&](std::int64_t a, std::int64_t b) {
      return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
    });
    return count;
  }

  /// [y1, x1, y2, x2] in any order of corners, or [x, y, width, height] about the centre.
  Box box_at(const float* b) const {
    if (centered_) {
      const float half_width = b[2] / 2, half_height = b[3] / 2;
      return {b[1] - half_height, b[0] - half_width, b[1] + half_height, b[0] + half_width};
    }
    return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
  }

  bool centered_;
};

}  // namespace

std::unique_ptr<Kernel> non_max_suppression(const Setup& setup) {
  return std::make_unique<NonMaxSuppression>(setup);
}

}  // namespace xquant::runtime::ops
