#include "bench/integer/operator_times.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>

#include "runtime/program.h"

namespace xquant::integer {
namespace {

constexpr int kRuns = 100;
constexpr double kNever = 1e9;

/// Of the processor where the platform counts them.
double microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

/// Microseconds between one value and the next: what the node that gives it took.
class Stopwatch final : public runtime::Observer {
 public:
  explicit Stopwatch(std::size_t values) : best_(values, kNever), shapes_(values) {}
  void start() { last_ = microseconds(); }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    best_[index(id)] = std::min(best_[index(id)], microseconds() - last_);
    shapes_[index(id)] = view.shape_copy();
    start();
  }
  bool saw(ValueId id) const { return best_[index(id)] < kNever; }
  double best(ValueId id) const { return best_[index(id)]; }
  const Shape& shape(ValueId id) const { return shapes_[index(id)]; }

 private:
  double last_ = 0;
  std::vector<double> best_;
  std::vector<Shape> shapes_;
};

/// The operator; of convolutions also window, stride and whether they are depthwise.
std::string kind_of(const Graph& graph, const Node& node) {
  std::string kind = node.op_type;
  if (kind.find("Conv") == std::string::npos) return kind;
  for (const ValueId input : node.inputs) {
    const Tensor* weights = input == ValueId::kNone ? nullptr : graph.constant(input);
    if (weights == nullptr || weights->shape().size() < 3) continue;
    const Shape& shape = weights->shape();
    for (std::size_t d = 2; d < shape.size(); ++d)
      kind += (d == 2 ? " " : "x") + std::to_string(shape[d]);
    const auto strides = node.ints_or("strides", {1});
    if (strides[0] != 1) kind += "/" + std::to_string(strides[0]);
    if (node.int_or("group", 1) > 1) kind += shape[1] == 1 ? " depthwise" : " groups";
    break;
  }
  return kind;
}

struct Line {
  std::string kind, name;
  double time;
};

}  // namespace

void print_operator_times(const Graph& graph, runtime::Executor& executor,
                          const std::vector<runtime::TensorView>& inputs) {
  Stopwatch watch(graph.value_count());
  for (int i = 0; i < kRuns; ++i) {
    watch.start();
    executor.run_views(inputs, &watch);
  }
  std::vector<Line> lines;
  std::map<std::string, std::pair<int, double>> kinds;
  double total = 0;
  std::vector<std::string> hidden(graph.value_count());  // kinds behind a value that nobody sees
  for (const NodeId id : executor.program().order()) {
    const Node& node = graph.node(id);
    std::string kind = kind_of(graph, node);
    for (const ValueId input : node.inputs)
      if (input != ValueId::kNone && !hidden[index(input)].empty())
        kind = hidden[index(input)] + "+" + kind;
    const ValueId result = node.output(0);
    if (!watch.saw(result)) {
      hidden[index(result)] = kind;
      continue;
    }
    const double time = watch.best(result);
    lines.push_back(
        {kind, to_string(watch.shape(result)) + " " + executor.program().value_name(result), time});
    ++kinds[kind].first;
    kinds[kind].second += time;
    total += time;
  }
  std::vector<std::pair<std::string, std::pair<int, double>>> sorted(kinds.begin(), kinds.end());
  std::ranges::sort(sorted, {}, [](const auto& kind) { return -kind.second.second; });
  for (const auto& [kind, sum] : sorted)
    std::printf("  %8.1f us %5.1f %%  %3d %s\n", sum.second, 100 * sum.second / total, sum.first,
                kind.c_str());
  for (const Line& line : lines)
    std::printf("    %8.1f %s %s\n", line.time, line.kind.c_str(), line.name.c_str());
}

}  // namespace xquant::integer
