#include "runtime/ops/recurrent_activation.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "runtime/math/math.h"

namespace xquant::runtime::ops {

struct RecurrentActivation::Description {
  std::string_view name;  ///< in lower case
  Kind kind;
  bool has_alpha, has_beta;
  float alpha, beta;  ///< when the node does not give them
};

const RecurrentActivation::Description& RecurrentActivation::describe(const std::string& name) {
  static constexpr Description kAll[] = {
      {"relu", Kind::kRelu, false, false, 0, 0},
      {"tanh", Kind::kTanh, false, false, 0, 0},
      {"sigmoid", Kind::kSigmoid, false, false, 0, 0},
      {"affine", Kind::kAffine, true, true, 1, 0},
      {"leakyrelu", Kind::kLeakyRelu, true, false, 0.01f, 0},
      {"thresholdedrelu", Kind::kThresholdedRelu, true, false, 1, 0},
      {"scaledtanh", Kind::kScaledTanh, true, true, 1, 1},
      {"hardsigmoid", Kind::kHardSigmoid, true, true, 0.2f, 0.5f},
      {"elu", Kind::kElu, true, false, 1, 0},
      {"softsign", Kind::kSoftsign, false, false, 0, 0},
      {"softplus", Kind::kSoftplus, false, false, 0, 0},
  };
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto* found = std::ranges::find(kAll, lower, &Description::name);
  if (found == std::end(kAll)) refuse("The activation '" + name + "' is not known.");
  return *found;
}

std::vector<RecurrentActivation> RecurrentActivation::read(const Node& node,
                                                           std::vector<std::string> defaults,
                                                           std::size_t directions) {
  std::vector<std::string> names;
  if (const AttributeValue* given = node.find("activations"))
    names = std::get<std::vector<std::string>>(*given);
  const std::size_t wanted = defaults.size() * directions;
  if (names.empty()) {
    for (std::size_t d = 0; d < directions; ++d)
      names.insert(names.end(), defaults.begin(), defaults.end());
  }
  if (names.size() != wanted)
    refuse("activations has " + std::to_string(names.size()) + " entries instead of " +
           std::to_string(wanted) + ".");
  const std::vector<float> alphas = node.floats_or("activation_alpha", {}),
                           betas = node.floats_or("activation_beta", {});
  std::size_t next_alpha = 0, next_beta = 0;
  std::vector<RecurrentActivation> activations;
  for (const std::string& name : names) {
    const Description& description = describe(name);
    RecurrentActivation activation;
    activation.kind_ = description.kind;
    activation.alpha_ = description.alpha;
    activation.beta_ = description.beta;
    if (description.has_alpha && next_alpha < alphas.size())
      activation.alpha_ = alphas[next_alpha++];
    if (description.has_beta && next_beta < betas.size()) activation.beta_ = betas[next_beta++];
    activations.push_back(activation);
  }
  return activations;
}

template <typename T>
void RecurrentActivation::apply_typed(T* x, std::size_t n) const {
  const T alpha = static_cast<T>(alpha_), beta = static_cast<T>(beta_);
  const auto each = [&](auto function) {
    for (std::size_t i = 0; i < n; ++i) x[i] = function(x[i]);
  };
  switch (kind_) {
    case Kind::kRelu:
      return each([](T v) { return v < T(0) ? T(0) : v; });
    case Kind::kTanh:
      return math::tanh(x, x, n);
    case Kind::kSigmoid:
      return math::sigmoid(x, x, n);
    case Kind::kAffine:
      return each([=](T v) { return alpha * v + beta; });
    case Kind::kLeakyRelu:
      return each([=](T v) { return v < T(0) ? alpha * v : v; });
    case Kind::kThresholdedRelu:
      return each([=](T v) { return v < alpha ? T(0) : v; });
    case Kind::kScaledTanh:
      each([=](T v) { return beta * v; });
      math::tanh(x, x, n);
      return each([=](T v) { return alpha * v; });
    case Kind::kHardSigmoid:
      return each([=](T v) { return std::max(T(0), std::min(T(1), alpha * v + beta)); });
    case Kind::kElu:
      return each([=](T v) {
        T e = v;
        if (v < T(0)) math::expm1(&v, &e, 1);
        return v < T(0) ? alpha * e : v;
      });
    case Kind::kSoftsign:
      return each([](T v) { return v / (T(1) + std::fabs(v)); });
    case Kind::kSoftplus:
      return math::softplus(x, x, n);
  }
}

void RecurrentActivation::apply(float* x, std::size_t n) const { apply_typed(x, n); }
void RecurrentActivation::apply(double* x, std::size_t n) const { apply_typed(x, n); }

}  // namespace xquant::runtime::ops
