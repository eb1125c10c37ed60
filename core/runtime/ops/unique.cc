// Unique: the different elements, or the different slices of an axis, compared as row-major
// sequences. NaN equals NaN and comes last.

#include <algorithm>
#include <numeric>
#include <optional>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

/// -1, 0, 1.
template <typename T>
int compare(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return (a != a ? 1 : 0) - (b != b ? 1 : 0);
  }
  return a < b ? -1 : b < a ? 1 : 0;
}

/// The tensor as items: slices of the axis, or single elements.
struct Items {
  std::int64_t count, outer, inner;
};

/// Memory for three lists of one entry for each item.
struct Lists {
  std::int64_t* order;  ///< items sorted by value, equals by position
  std::int64_t* first;  ///< of each group of equals, its first item
  std::int64_t* group;  ///< of each item
};

template <typename T>
int compare_items(const T* data, const Items& items, std::int64_t a, std::int64_t b) {
  for (std::int64_t o = 0; o < items.outer; ++o) {
    const T* row = data + o * items.count * items.inner;
    for (std::int64_t i = 0; i < items.inner; ++i) {
      const int result = compare(row[a * items.inner + i], row[b * items.inner + i]);
      if (result != 0) return result;
    }
  }
  return 0;
}

/// Fills the lists; returns the number of groups, which are numbered by value.
template <typename T>
std::int64_t find_groups(const T* data, const Items& items, const Lists& lists) {
  std::iota(lists.order, lists.order + items.count, std::int64_t{0});
  std::sort(lists.order, lists.order + items.count, [&](std::int64_t a, std::int64_t b) {
    const int result = compare_items(data, items, a, b);
    return result != 0 ? result < 0 : a < b;
  });
  std::int64_t groups = 0;
  for (std::int64_t i = 0; i < items.count; ++i) {
    const std::int64_t item = lists.order[i];
    if (i == 0 || compare_items(data, items, lists.order[i - 1], item) != 0) {
      lists.first[groups++] = item;
    }
    lists.group[item] = groups - 1;
  }
  return groups;
}

/// Numbers the groups by their first item instead.
void order_by_first(const Items& items, const Lists& lists, std::int64_t groups) {
  std::sort(lists.first, lists.first + groups);
  std::int64_t* number_of = lists.order;  // no longer needed
  for (std::int64_t g = 0; g < groups; ++g) number_of[lists.group[lists.first[g]]] = g;
  for (std::int64_t i = 0; i < items.count; ++i) lists.group[i] = number_of[lists.group[i]];
}

class Unique final : public Kernel {
 public:
  explicit Unique(const Setup& setup) : sorted_(setup.node.int_or("sorted", 1) != 0) {
    if (setup.node.has("axis")) axis_ = setup.node.int_or("axis", 0);
  }
  std::vector<std::size_t> shape_operands() const override { return {0}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    const Items items = items_of(x);
    std::vector<std::int64_t> memory(3 * static_cast<std::size_t>(items.count));
    std::int64_t groups = 0;
    with_type(x.type, [&]<typename T>(T) {
      groups = find_groups(raw<T>(x), items, lists_in(memory.data(), items));
    });
    Shape shape{groups};
    if (axis_) {
      shape = x.shape_copy();
      shape[normal_axis(*axis_, x.rank())] = groups;
    }
    const TensorType list{DataType::kInt64, {groups}};
    return {{x.type, shape}, list, {DataType::kInt64, {items.count}}, list};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return 3 * static_cast<std::size_t>(items_of(in[0]).count) * sizeof(std::int64_t);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Items items = items_of(x);
    const Lists lists = lists_in(reinterpret_cast<std::int64_t*>(call.scratch.data()), items);
    with_type(x.type, [&]<typename T>(T) {
      const std::int64_t groups = find_groups(raw<T>(x), items, lists);
      if (!sorted_) order_by_first(items, lists, groups);
      if (T* y = raw<T>(call.outputs[0])) {
        for (std::int64_t o = 0; o < items.outer; ++o) {
          for (std::int64_t g = 0; g < groups; ++g, y += items.inner) {
            const std::int64_t item = o * items.count + lists.first[g];
            std::copy_n(raw<T>(x) + item * items.inner, items.inner, y);
          }
        }
      }
      if (auto* out = list_output(call, 1)) std::copy_n(lists.first, groups, out);
      if (auto* out = list_output(call, 2)) std::copy_n(lists.group, items.count, out);
      if (auto* out = list_output(call, 3)) {
        std::fill_n(out, groups, std::int64_t{0});
        for (std::int64_t i = 0; i < items.count; ++i) ++out[lists.group[i]];
      }
    });
  }

 private:
  Items items_of(const TensorView& x) const {
    if (!axis_) return {x.size(), 1, 1};
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(*axis_, shape.rank);
    return {shape[axis], shape.product(0, axis), shape.product(axis + 1, shape.rank)};
  }
  static Lists lists_in(std::int64_t* memory, const Items& items) {
    return {memory, memory + items.count, memory + 2 * items.count};
  }
  static std::int64_t* list_output(const Call& call, std::size_t i) {
    return i < call.outputs.size() ? raw<std::int64_t>(call.outputs[i]) : nullptr;
  }

  std::optional<std::int64_t> axis_;
  bool sorted_;
};

}  // namespace

std::unique_ptr<Kernel> unique(const Setup& setup) { return std::make_unique<Unique>(setup); }

}  // namespace xquant::runtime::ops
