// Runs the ONNX project's backend node cases. Every case whose operators are registered has to
// pass, unless excluded.txt names it with a reason; a listed case that passes, and a line that
// matches no case, are failures too.
//
//   onnx_cases [name]...      the folder of the cases is in the environment variable
//   ONNX_NODE_CASES
//   onnx_cases --of-range <tolerance>   cases of our own making: every one has to pass, with
//   differences up to 1e-6 (numbers of magnitude 1 that cancel) + tolerance * range of the output

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include "conformance/case_files.h"
#include "conformance/compare.h"
#include "conformance/exclusions.h"
#include "runtime/executor.h"

namespace xquant::conformance {
namespace {

enum class Outcome { kPassed, kFailed, kMissingOperator, kUnreadable };

struct Result {
  Outcome outcome;
  std::string detail;
};

/// The operators of a graph that are not registered.
std::set<std::string> missing_operators(const Model& model) {
  std::set<std::string> missing;
  for (const NodeId id : model.graph.nodes()) {
    const Node& node = model.graph.node(id);
    if (!runtime::is_supported(node, model.opset_imports))
      missing.insert(node.domain + "." + node.op_type);
  }
  return missing;
}

/// "" when all results of a data set are as expected.
std::string run_data_set(const Case& test_case, runtime::Executor& executor, int data_set,
                         const Tolerance& tolerance) {
  const std::vector<Tensor> inputs = load_tensors(test_case, data_set, "input");
  const std::vector<Tensor> expected = load_tensors(test_case, data_set, "output");
  // Twice: the first run learns the shapes, the second uses the plan.
  for (int round = 0; round < 2; ++round) {
    const std::vector<Tensor> got = executor.run(inputs);
    if (got.size() != expected.size()) return "number of outputs";
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string text = difference(got[i], expected[i], tolerance);
      if (!text.empty())
        return "output " + std::to_string(i) + ", run " + std::to_string(round + 1) + ": " + text;
    }
  }
  return "";
}

Result run_case(const Case& test_case, const Tolerance& tolerance) {
  Model model;
  try {
    model = load_model(test_case);
  } catch (const Error& error) {
    return {Outcome::kUnreadable, error.what()};
  }
  const std::set<std::string> missing = missing_operators(model);
  if (!missing.empty()) return {Outcome::kMissingOperator, *missing.begin()};
  try {
    runtime::Executor executor(runtime::Program::compile(model.graph, model.opset_imports));
    for (int i = 0; i < count_data_sets(test_case); ++i) {
      const std::string text = run_data_set(test_case, executor, i, tolerance);
      if (!text.empty()) return {Outcome::kFailed, text};
    }
  } catch (const std::exception& error) {
    return {Outcome::kFailed, error.what()};
  }
  return {Outcome::kPassed, ""};
}

class Summary {
 public:
  void add(const Case& test_case, const Result& result, const Exclusion* exclusion) {
    const bool passed = result.outcome == Outcome::kPassed;
    if (passed && exclusion != nullptr) {
      fail(test_case.name, "passes and is listed in excluded.txt: " + exclusion->reason);
    } else if (passed) {
      ++passed_;
    } else if (result.outcome == Outcome::kFailed && exclusion == nullptr) {
      fail(test_case.name, result.detail);
    } else {
      ++skipped_;
      ++reasons_[result.outcome == Outcome::kMissingOperator ? "no operator " + result.detail
                 : result.outcome == Outcome::kUnreadable    ? "cannot be read: " + result.detail
                                                             : "excluded: " + exclusion->reason];
    }
  }

  void fail(const std::string& name, const std::string& why) {
    ++failed_;
    std::printf("FAILED %s: %s\n", name.c_str(), why.c_str());
  }

  int print() const {
    for (const auto& [reason, count] : reasons_)
      std::printf("%4d skipped: %s\n", count, reason.c_str());
    std::printf("%d passed, %d failed, %d skipped\n", passed_, failed_, skipped_);
    return failed_ > 0 ? 1 : 0;
  }

 private:
  int passed_ = 0, failed_ = 0, skipped_ = 0;
  std::map<std::string, int> reasons_;
};

int run(const std::string& folder, const std::set<std::string>& wanted) {
  std::vector<Exclusion> exclusions = load_exclusions(XQUANT_TESTS_DIR "/conformance/excluded.txt");
  Summary summary;
  for (const Case& test_case : list_cases(folder)) {
    if (!wanted.empty() && !wanted.contains(test_case.name)) continue;
    summary.add(test_case, run_case(test_case, {}), find_exclusion(exclusions, test_case.name));
  }
  for (const Exclusion& exclusion : exclusions) {
    if (wanted.empty() && exclusion.matches == 0)
      summary.fail(exclusion.pattern, "in excluded.txt matches no case");
  }
  return summary.print();
}

int run_own(const std::string& folder, double of_range) {
  Summary summary;
  for (const Case& test_case : list_cases(folder)) {
    Result result = run_case(test_case, {.absolute = 1e-6, .relative = 0.0, .of_range = of_range});
    if (result.outcome == Outcome::kMissingOperator) result.detail = "no " + result.detail;
    if (result.outcome != Outcome::kPassed) result.outcome = Outcome::kFailed;
    std::ranges::replace(result.detail, '\n', ' ');
    summary.add(test_case, result, nullptr);
  }
  return summary.print();
}

}  // namespace
}  // namespace xquant::conformance

int main(int argc, char** argv) {
  const char* folder = std::getenv("ONNX_NODE_CASES");
  if (folder == nullptr) {
    std::printf(
        "skipped: ONNX_NODE_CASES does not name the folder of the ONNX backend node cases\n");
    std::printf("0 passed, 0 failed, 1 skipped\n");
    return 0;
  }
  if (argc == 3 && std::string_view(argv[1]) == "--of-range")
    return xquant::conformance::run_own(folder, std::strtod(argv[2], nullptr));
  return xquant::conformance::run(folder, {argv + 1, argv + argc});
}
