// Cast and CastLike between numbers, bool, float16 and bfloat16.

#include <algorithm>

#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"
#include "runtime/ops/half.h"

namespace xquant::runtime::ops {
namespace {

/// Calls function(read) with a functor that reads element i, whatever the type.
template <typename Function>
void with_reader(const TensorView& view, Function&& function) {
  if (view.type == DataType::kFloat16) {
    return function([p = raw<std::uint16_t>(view)](std::int64_t i) { return from_half(p[i]); });
  }
  if (view.type == DataType::kBfloat16) {
    return function([p = raw<std::uint16_t>(view)](std::int64_t i) { return from_bfloat16(p[i]); });
  }
  with_type(view.type,
            [&]<typename S>(S) { function([p = raw<S>(view)](std::int64_t i) { return p[i]; }); });
}

template <typename Read>
void write_all(const MutableView& out, Read read) {
  const std::int64_t n = out.size();
  const auto write = [&](auto* to, auto change) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = change(read(i));
  };
  if (out.type == DataType::kFloat16) {
    return write(raw<std::uint16_t>(out), [](auto v) { return to_half(static_cast<float>(v)); });
  }
  if (out.type == DataType::kBfloat16) {
    return write(raw<std::uint16_t>(out),
                 [](auto v) { return to_bfloat16(static_cast<float>(v)); });
  }
  with_type(out.type,
            [&]<typename T>(T) { write(raw<T>(out), [](auto v) { return convert<T>(v); }); });
}

bool is_castable(DataType type) {
  const auto number = static_cast<std::int32_t>(type);
  return (number >= 1 && number <= 7) || (number >= 9 && number <= 13) ||
         type == DataType::kBfloat16;
}

class Cast final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  /// kUndefined: the type of operand 1.
  explicit Cast(DataType to) : to_(to) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const DataType to = to_ == DataType::kUndefined ? in.required(1).type : to_;
    for (const DataType type : {in.required(0).type, to}) {
      if (!is_castable(type))
        refuse("The element type " + std::string(name(type)) + " is not supported.");
    }
    return {{to, in[0].shape_copy()}};
  }

  void run(const Call& call) const override {
    const TensorView in = call.inputs[0];
    const MutableView out = call.outputs[0];
    if (in.type == out.type) {
      std::copy_n(raw<char>(in), in.byte_count(), raw<char>(out));
      return;
    }
    with_reader(in, [&](auto read) { write_all(out, read); });
  }

 private:
  DataType to_;
};

}  // namespace

std::unique_ptr<Kernel> cast(const Setup& setup) {
  return std::make_unique<Cast>(static_cast<DataType>(setup.node.int_or("to", 0)));
}
std::unique_ptr<Kernel> cast_like(const Setup&) {
  return std::make_unique<Cast>(DataType::kUndefined);
}

}  // namespace xquant::runtime::ops
