#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/linear.h"
#include "quantize/observers/extent.h"
#include "report/sampled.h"
#include "runtime/executor.h"
#include "runtime/program.h"

namespace xquant::report {

/// A quantized graph made ready to be measured: it runs in integers where int8 kernels exist
/// (integer/README.md), and tensors that are held as 8-bit codes are shown as the real numbers they
/// stand for.
class Simulation {
 public:
  enum class Computes {
    kOutputs,  ///< the graph's outputs; watched tensors that none of them needs are not seen
    kWatched,  ///< what is watched
  };

  /// watched: names of float values of the graph. Operators that cannot be run are left out with
  /// what depends on them.
  Simulation(const Graph& graph, const runtime::OpsetImports& opsets,
             const std::vector<std::string>& watched, Computes computes);

  const std::shared_ptr<const runtime::Program>& program() const { return program_; }

  /// What a value of the program stands for.
  struct Seen {
    std::size_t watched;                      ///< index of the name
    std::optional<integer::Linear> linear{};  ///< how the value codes real numbers; none: it is one
  };
  /// Empty for values that nobody watches.
  std::span<const Seen> seen(ValueId id) const;

 private:
  std::shared_ptr<const runtime::Program> program_;
  std::map<ValueId, std::vector<Seen>> seen_;
};

/// A watched tensor of a run: real numbers, or the 8-bit codes of some.
class Watched {
 public:
  /// linear: how the view codes real numbers; nullptr: it holds them. Both outlive this.
  Watched(const runtime::TensorView& view, const integer::Linear* linear)
      : view_(view), linear_(linear) {}

  std::size_t size() const { return static_cast<std::size_t>(view_.size()); }
  /// Elements first .. first + reals.size().
  void read(std::size_t first, std::span<float> reals) const;
  /// Of all elements.
  quantize::Extent extent() const;

 private:
  const runtime::TensorView& view_;
  const integer::Linear* linear_;
};

/// The sampled elements, one run behind the other.
void take(const Watched& values, const Sampled& sampled, std::vector<float>& reals);

/// Shows watched tensors while they are hot.
class SimulationObserver : public runtime::Observer {
 public:
  explicit SimulationObserver(const Simulation& simulation) : simulation_(simulation) {}
  void on_value(ValueId id, const runtime::TensorView& view) final;

 protected:
  virtual void on_watched(std::size_t watched, const Watched& values) = 0;

 private:
  const Simulation& simulation_;
};

}  // namespace xquant::report
