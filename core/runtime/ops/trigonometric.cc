// Sin, Cos, Tan, Sinh, Cosh and their inverses; Tanh is in unary.cc.

#include "runtime/math/trigonometric.h"

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

template <typename T>
using ArrayFunction = void (*)(const T* x, T* y, std::size_t n);

class Trigonometric final : public Kernel {
 public:
  Trigonometric(ArrayFunction<float> of_float, ArrayFunction<double> of_double)
      : of_float_(of_float), of_double_(of_double) {}
  bool may_overwrite_operands() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    return {same_type(in[0])};
  }
  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const auto n = static_cast<std::size_t>(x.size());
    if (x.type == DataType::kDouble) {
      of_double_(raw<double>(x), raw<double>(call.outputs[0]), n);
    } else {
      of_float_(raw<float>(x), raw<float>(call.outputs[0]), n);
    }
  }

 private:
  ArrayFunction<float> of_float_;
  ArrayFunction<double> of_double_;
};

}  // namespace

#define XQ_TRIGONOMETRIC(name)                                   \
  std::unique_ptr<Kernel> name(const Setup&) {                   \
    const ArrayFunction<float> of_float = math::name;            \
    const ArrayFunction<double> of_double = math::name;          \
    return std::make_unique<Trigonometric>(of_float, of_double); \
  }
XQ_TRIGONOMETRIC(sin)
XQ_TRIGONOMETRIC(cos)
XQ_TRIGONOMETRIC(tan)
XQ_TRIGONOMETRIC(asin)
XQ_TRIGONOMETRIC(acos)
XQ_TRIGONOMETRIC(atan)
XQ_TRIGONOMETRIC(sinh)
XQ_TRIGONOMETRIC(cosh)
XQ_TRIGONOMETRIC(asinh)
XQ_TRIGONOMETRIC(acosh)
XQ_TRIGONOMETRIC(atanh)
#undef XQ_TRIGONOMETRIC

}  // namespace xquant::runtime::ops
