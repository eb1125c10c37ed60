#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::conformance {

/// One folder of the ONNX project's backend node cases: model.onnx and
/// test_data_set_<n>/{in,out}put_<i>.pb.
struct Case {
  std::string name;
  std::string folder;
};

/// The cases in a folder, sorted by name.
std::vector<Case> list_cases(const std::string& folder);

Model load_model(const Case& test_case);

/// Numbers of the data sets 0, 1, ... that a case has.
int count_data_sets(const Case& test_case);

/// The tensors <kind>_0.pb, <kind>_1.pb, ... of a data set; kind is "input" or "output".
std::vector<Tensor> load_tensors(const Case& test_case, int data_set, const std::string& kind);

}  // namespace xquant::conformance
