#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/thread_pool.h"
#include "graph/graph.h"
#include "runtime/bounds.h"
#include "runtime/tensor_view.h"

namespace xquant::runtime {

/// Element type and dimensions of a result.
struct TensorType {
  DataType type = DataType::kUndefined;
  Shape shape{};
};

/// What a kernel is made from. It lives during the making only: a kernel copies what it needs.
struct Setup {
  const Node& node;
  std::int64_t opset;  ///< version of the node's domain that the model imports
  /// One for each operand; nullptr when it is absent or not a constant.
  std::span<const Tensor* const> constants;

  const Tensor* constant(std::size_t position) const {
    return position < constants.size() ? constants[position] : nullptr;
  }
};

/// Operands of a node; an absent optional one is a view that is not present().
class Operands {
 public:
  Operands(std::span<const TensorView> views) : views_(views) {}
  std::size_t size() const { return views_.size(); }
  bool has(std::size_t position) const { return position < size() && views_[position].present(); }
  /// Absent operands and those beyond the end are views that are not present().
  TensorView operator[](std::size_t position) const {
    return position < size() ? views_[position] : TensorView{};
  }
  /// Refuses when the operand is absent.
  TensorView required(std::size_t position) const;
  std::span<const TensorView> all() const { return views_; }

 private:
  std::span<const TensorView> views_;
};

/// Element-wise work of later nodes on a result, done while it is hot in cache.
class Tail {
 public:
  virtual ~Tail() = default;
  /// In place on n elements, of which the first is element `first` of the whole result.
  virtual void apply(float* y, std::size_t first, std::size_t n) const = 0;
  /// Not nullptr: apply() does this and nothing else. A kernel may do it itself.
  virtual const Bounds* bounds() const { return nullptr; }
};

/// The bounds that are all of a tail, or those that change nothing.
inline Bounds bounds_of(const Tail* tail) {
  const Bounds* bounds = tail == nullptr ? nullptr : tail->bounds();
  return bounds == nullptr ? Bounds{} : *bounds;
}
/// What has to be applied beside bounds_of(): the tail or nothing.
inline const Tail* beside_bounds(const Tail* tail) {
  return tail == nullptr || tail->bounds() != nullptr ? nullptr : tail;
}

/// The memory of one call, and who helps.
struct Call {
  Operands inputs;
  std::span<const MutableView> outputs;  ///< those the node does not name have data == nullptr
  std::span<std::byte> scratch;          ///< of every worker: scratch_bytes() each
  const Tail* tail = nullptr;            ///< only for kernels that take_tail()
  ThreadPool* pool = nullptr;            ///< nullptr: one thread
  std::size_t scratch_step = 0;  ///< bytes from the scratch memory of a worker to the next's

  int workers() const { return pool == nullptr ? 1 : pool->size(); }
};

/// Calls body(index, scratch) for every index in [0, count), in parallel where the call has
/// threads; scratch is that of the thread. Results must not depend on who does what.
template <typename Body>
void for_each_part(const Call& call, std::int64_t count, const Body& body) {
  if (call.workers() == 1 || count < 2) {
    for (std::int64_t i = 0; i < count; ++i) {
      cancellation_point();
      body(i, call.scratch.data());
    }
    return;
  }
  struct Context {
    const Call& call;
    const Body& body;
  } context{call, body};
  // One pointer fits a std::function without memory from the heap.
  call.pool->run(count, [c = &context](std::int64_t i, int worker) {
    cancellation_point();
    c->body(i, c->call.scratch.data() + static_cast<std::size_t>(worker) * c->call.scratch_step);
  });
}

/// Cuts [0, count) into ranges of at least `least` indices, a few for each worker, and calls
/// body(begin, end, scratch) for each as for_each_part() does.
template <typename Body>
void for_each_range(const Call& call, std::int64_t count, std::int64_t least, const Body& body) {
  constexpr std::int64_t kRangesOfWorker = 4;
  const std::int64_t most = call.workers() == 1 ? 1 : kRangesOfWorker * call.workers();
  const std::int64_t ranges =
      std::clamp<std::int64_t>(count / std::max<std::int64_t>(1, least), 1, most);
  for_each_part(call, ranges, [&](std::int64_t i, std::byte* scratch) {
    const std::int64_t begin = count * i / ranges, end = count * (i + 1) / ranges;
    if (begin < end) body(begin, end, scratch);
  });
}

/// Elements of a result from which on a range of it pays another thread.
inline constexpr std::int64_t kLeastElements = 8 * 1024;

/// How many pieces of `size` elements those are.
constexpr std::int64_t least_pieces(std::int64_t size) {
  return kLeastElements / std::max<std::int64_t>(1, size) + 1;
}

/// An operator with its attributes read and its constant operands prepared. Immutable: threads
/// share it.
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Types of all outputs. Values of inputs may be looked at only for shape_operands().
  virtual std::vector<TensorType> infer(const Operands& inputs) const = 0;
  virtual void run(const Call& call) const = 0;

  /// Of one worker.
  virtual std::size_t scratch_bytes(const Operands&, std::span<const MutableView>) const {
    return 0;
  }
  /// Whether this operator computes every element of output 0 from the same element of one operand,
  /// a float, and constants: then map_floats() does the same to a piece of it, whose first element
  /// is element `first` of the whole. x and y may be the same.
  virtual bool maps_floats() const { return false; }
  virtual void map_floats(std::size_t /*first*/, const float* /*x*/, float* /*y*/,
                          std::size_t /*n*/) const {}
  /// Not nullptr: map_floats() does this.
  virtual const Bounds* bounds() const { return nullptr; }
  /// Which operand map_floats() is done to.
  virtual std::size_t mapped_operand() const { return 0; }
  /// Not 0: map_floats() is the operator only where the last dimension has this length.
  virtual std::size_t mapped_row() const { return 0; }
  /// Whether this operator computes every element of output 0 from the same elements of both its
  /// operands where these are floats of one shape: then combine_floats() does that to a piece of
  /// them. y may be a or b. Asked of nodes with two operands only.
  virtual bool combines_floats() const { return false; }
  virtual void combine_floats(const float* /*a*/, const float* /*b*/, float* /*y*/,
                              std::size_t /*n*/) const {}
  /// Whether run() applies Call::tail to output 0, which then is of type float.
  virtual bool takes_tail() const { return false; }
  /// Whether run() does so where output 0 is of type float.
  virtual bool takes_tail_of_floats() const { return takes_tail(); }
  /// With takes_tail(): the length of the last dimension of output 0 when it is always the same,
  /// else 0.
  virtual std::size_t row_length() const { return 0; }
  /// Bytes of prepared constant operands that the kernel keeps.
  virtual std::size_t packed_bytes() const { return 0; }
  /// Operands whose values the shapes of the outputs depend on.
  virtual std::vector<std::size_t> shape_operands() const { return {}; }
  /// Output 0 has the bytes of operand 0; run() is then never called.
  virtual bool is_view() const { return false; }
  /// The result is known from the operands' types alone.
  virtual bool reads_types_only() const { return false; }
  /// Element i of output 0 is written after element i of every operand of its size was read, so
  /// that it may take the memory of one.
  virtual bool may_overwrite_operands() const { return false; }
  /// Operands of float16 and bfloat16 come as they are; else they are widened to float, and results
  /// of type float are rounded to their type (half_precision.h).
  virtual bool takes_half() const { return false; }
  /// This result is of type float also when operands were widened.
  virtual bool stays_float(std::size_t /*output*/) const { return false; }
  /// false: the kernel keeps what it needs of this constant operand, run() sees a view without
  /// data.
  virtual bool needs_constant(std::size_t /*position*/) const { return true; }
};

/// Refuses a type whose elements cannot lie in memory: a negative dimension, or too many bytes.
void require_possible(const TensorType& type);

/// "This operator cannot do that": Error(kModel, "XQ-RT-003"), to which the caller adds the node.
[[noreturn]] void refuse(std::string message);

/// Runs the function and adds the node to the place of an Error that names none.
template <typename Function>
decltype(auto) naming_node(const std::string& node, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    if (!error.place().node.empty() || error.kind() == ErrorKind::kCancelled) throw;
    Place place = error.place();
    place.node = node;
    throw Error(error.kind(), error.code(), error.message(), place, error.fix());
  }
}

/// "Relu 'relu_1'": how messages call a node.
std::string describe(const Node& node);

}  // namespace xquant::runtime
