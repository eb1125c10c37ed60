// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss over [N, C, d1, ...]. Losses are summed in
// double, in memory order, and rounded once.

#include <algorithm>

#include "runtime/math/math.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class ClassLoss final : public Kernel {
 public:
  enum class Input { kLogProbabilities, kScores };
  enum class Reduction { kNone, kSum, kMean };

  ClassLoss(const Setup& setup, Input input)
      : input_(input),
        ignores_(setup.node.has("ignore_index")),
        ignored_(setup.node.int_or("ignore_index", 0)) {
    const std::string name = setup.node.string_or("reduction", "mean");
    if (name != "none" && name != "sum" && name != "mean")
      refuse("The reduction '" + name + "' is not known.");
    reduction_ =
        name == "none" ? Reduction::kNone : (name == "sum" ? Reduction::kSum : Reduction::kMean);
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), target = in.required(1);
    with_real_type(x.type, [](auto) {});
    if (target.type != DataType::kInt32) require_type(target, DataType::kInt64);
    Shape wanted = x.shape_copy();
    if (wanted.size() < 2) refuse("The input needs a batch and a class dimension.");
    wanted.erase(wanted.begin() + 1);
    if (!std::ranges::equal(wanted, target.shape)) refuse("The target does not fit the input.");
    if (in.has(2) && in[2].size() != x.shape[1])
      refuse("weight does not have one entry for each class.");
    return {{x.type, reduction_ == Reduction::kNone ? wanted : Shape{}}, same_type(x)};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return 2 * static_cast<std::size_t>(in[0].shape[1]) * sizeof(double);
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  static std::int64_t class_of(const TensorView& target, std::int64_t at) {
    return target.type == DataType::kInt32 ? raw<std::int32_t>(target)[at]
                                           : raw<std::int64_t>(target)[at];
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0], weight = call.inputs[2];
    const std::int64_t classes = x.shape[1];
    const std::int64_t inner = Dims(x.shape).product(2, x.rank());
    T* row = reinterpret_cast<T*>(call.scratch.data());
    const bool gives_logarithms = call.outputs.size() > 1 && call.outputs[1].data != nullptr;
    double total = 0, weights = 0;
    for (std::int64_t at = 0; at < x.shape[0] * inner; ++at) {
      const std::int64_t first = at / inner * classes * inner + at % inner;
      for (std::int64_t c = 0; c < classes; ++c) row[c] = raw<T>(x)[first + c * inner];
      if (input_ == Input::kScores) log_softmax(row, row + classes, classes);
      for (std::int64_t c = 0; c < classes && gives_logarithms; ++c)
        raw<T>(call.outputs[1])[first + c * inner] = row[c];
      const std::int64_t target = class_of(call.inputs[1], at);
      T loss = T(0);
      if (!ignores_ || target != ignored_) {
        if (target < 0 || target >= classes) refuse("A target is no class.");
        const T factor = weight.present() ? raw<T>(weight)[target] : T(1);
        loss = -row[target] * factor;
        weights += static_cast<double>(factor);
      }
      total += static_cast<double>(loss);
      if (reduction_ == Reduction::kNone) raw<T>(call.outputs[0])[at] = loss;
    }
    if (reduction_ == Reduction::kNone || call.outputs[0].data == nullptr) return;
    *raw<T>(call.outputs[0]) =
        static_cast<T>(reduction_ == Reduction::kMean ? total / weights : total);
  }

  template <typename T>
  static void log_softmax(T* row, T* spare, std::int64_t n) {
    const T largest = *std::max_element(row, row + n);
    for (std::int64_t i = 0; i < n; ++i) spare[i] = row[i] - largest;
    math::exp(spare, spare, static_cast<std::size_t>(n));
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(spare[i]);
    auto logarithm = static_cast<T>(sum);
    math::log(&logarithm, &logarithm, 1);
    for (std::int64_t i = 0; i < n; ++i) row[i] = (row[i] - largest) - logarithm;
  }

  Input input_;
  bool ignores_;
  std::int64_t ignored_;
  Reduction reduction_;
};

}  // namespace

std::unique_ptr<Kernel> negative_log_likelihood_loss(const Setup& setup) {
  return std::make_unique<ClassLoss>(setup, ClassLoss::Input::kLogProbabilities);
}
std::unique_ptr<Kernel> softmax_cross_entropy_loss(const Setup& setup) {
  return std::make_unique<ClassLoss>(setup, ClassLoss::Input::kScores);
}

}  // namespace xquant::runtime::ops
