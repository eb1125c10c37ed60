#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "integer/lower.h"
#include "runtime/program.h"
#include "runtime/tensor_view.h"

namespace xquant::integer {

/// Decisions as a run bore them out. why_float: of islands that ran in float in
/// spite of what was decided, by the node that names them; what is a part of
/// them ran in float with them.
std::vector<Decision> as_run(std::vector<Decision> decisions,
                             const std::map<std::string, std::string>& why_float);

/// Finds products of two activations whose depth is known only when they run,
/// and too deep for int32: their kernels turn to float.
class DeepSums {
 public:
  explicit DeepSums(const Lowered& lowered);

  /// A value of the lowered graph in a run, as an observer sees it.
  void see(ValueId id, const runtime::TensorView& view);
  /// For as_run().
  const std::map<std::string, std::string>& why_float() const { return why_float_; }

 private:
  struct Product {
    std::string node;
    std::size_t deepest;
  };
  std::multimap<ValueId, Product> products_;  ///< by their first operand
  std::map<std::string, std::string> why_float_;
};

}  // namespace xquant::integer
