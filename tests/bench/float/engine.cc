#include "bench/float/engine.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/thread_pool.h"
#include "bench/float/measure.h"
#include "onnx/model_file.h"
#include "runtime/executor.h"
#include "simplify/simplify.h"

namespace xquant {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The model that is being measured.
struct Engine {
  Model model;
  std::shared_ptr<const runtime::Program> program;
  std::vector<Tensor> inputs;
  std::vector<runtime::TensorView> views;
  std::vector<runtime::Executor> executors;   ///< one for each thread, for samples in parallel
  std::unique_ptr<runtime::Executor> shared;  ///< with threads inside the operators
  std::unique_ptr<ThreadPool> pool;
  double compile_ms = 0, first_run_ms = 0;
  std::string error, report;
};

Engine& engine() {
  static Engine the_one;
  return the_one;
}

void load(const char* bytes, std::size_t size) {
  Engine fresh;
  const auto source = memory_source({bytes, size});
  fresh.model = onnx::parse(*source, "model.onnx", nullptr, "");
  Model& model = fresh.model;
  simplify::simplify(model.graph, model.opset_imports, simplify::Extent::kFull);
  const auto start = Clock::now();
  runtime::CompileOptions options;
  options.observed.emplace();  // nobody looks inside
  fresh.program = runtime::Program::compile(model.graph, model.opset_imports, options);
  fresh.compile_ms = seconds_since(start) * 1e3;
  engine() = std::move(fresh);
}

/// An executor for each thread that has run once, so that its arena is planned.
void prepare(int threads) {
  Engine& e = engine();
  if (e.pool == nullptr || e.pool->size() != threads) {
    e.shared.reset();
    e.pool = std::make_unique<ThreadPool>(threads);
  }
  e.views.clear();
  for (const Tensor& input : e.inputs) e.views.push_back(runtime::view_of(input));
  while (e.executors.size() < static_cast<std::size_t>(threads)) {
    e.executors.emplace_back(e.program);
    const auto start = Clock::now();
    e.executors.back().run_views(e.views);
    if (e.executors.size() == 1) e.first_run_ms = seconds_since(start) * 1e3;
    e.executors.back().run_views(e.views);
  }
  if (threads == 1 || e.shared != nullptr) return;
  e.shared = std::make_unique<runtime::Executor>(e.program, e.pool.get());
  for (int i = 0; i < 2; ++i) e.shared->run_views(e.views);
}

double run(int samples, int threads) {
  prepare(threads);
  Engine& e = engine();
  const auto start = Clock::now();
  if (threads == 1) {
    for (int i = 0; i < samples; ++i) e.executors[0].run_views(e.views);
  } else if (samples < threads) {
    for (int i = 0; i < samples; ++i) e.shared->run_views(e.views);
  } else {
    e.pool->run(samples, [&](std::int64_t, int worker) {
      e.executors[static_cast<std::size_t>(worker)].run_views(e.views);
    });
  }
  return seconds_since(start);
}

std::string report() {
  prepare(1);
  const Engine& e = engine();
  const auto field = [](const char* name, double value) {
    return "\"" + std::string(name) + "\":" + std::to_string(value);
  };
  return "{" + field("compileMs", e.compile_ms) + "," + field("firstRunMs", e.first_run_ms) + "," +
         field("arena", static_cast<double>(e.executors[0].arena_bytes())) + "," +
         field("live", static_cast<double>(e.executors[0].live_bytes())) + "," +
         field("weights", static_cast<double>(e.program->weight_bytes())) + "," +
         field("scratch", static_cast<double>(e.executors[0].scratch_bytes())) + "}";
}

/// Milliseconds between one value and the next: what the node that gives it took.
class Stopwatch final : public runtime::Observer {
 public:
  explicit Stopwatch(std::size_t values) : best_(values, 1e9) {}
  void start() { last_ = Clock::now(); }
  void on_value(ValueId id, const runtime::TensorView&) override {
    const double ms = seconds_since(last_) * 1e3;
    best_[index(id)] = std::min(best_[index(id)], ms);
    last_ = Clock::now();
  }
  double best(ValueId id) const { return best_[index(id)]; }
  bool has(ValueId id) const { return best_[index(id)] < 1e9; }

 private:
  Clock::time_point last_;
  std::vector<double> best_;
};

/// FNV-1a over the bytes of every value in the order of execution. A NaN counts as any other: which
/// one an operation gives is not fixed.
class Hasher final : public runtime::Observer {
 public:
  void on_value(ValueId, const runtime::TensorView& view) override {
    if (view.type == DataType::kFloat) {
      for (const float value : view.as<float>())
        add(value == value ? std::bit_cast<std::uint32_t>(value) : 0x7fc00000u, 4);
      return;
    }
    const auto* bytes = static_cast<const unsigned char*>(view.data);
    for (std::size_t i = 0; i < view.byte_count(); ++i) add(bytes[i], 1);
  }
  std::uint64_t value() const { return hash_; }

 private:
  void add(std::uint32_t bits, int bytes) {
    for (; bytes > 0; --bytes, bits >>= 8) hash_ = (hash_ ^ (bits & 0xff)) * 0x100000001b3u;
  }
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Of every value without fusion, then of the outputs with it, alone and with threads inside the
/// operators.
std::string hash(int threads) {
  prepare(threads);
  Engine& e = engine();
  Hasher hasher;
  runtime::Executor apart(runtime::Program::compile(e.model.graph, e.model.opset_imports));
  apart.run_views(e.views, &hasher);
  for (runtime::Executor* executor : {&e.executors[0], e.shared.get()}) {
    if (executor == nullptr) continue;
    Hasher outputs;
    for (const runtime::TensorView& view : executor->run_views(e.views)) outputs.on_value({}, view);
    Hasher expected;
    for (const runtime::TensorView& view : apart.run_views(e.views)) expected.on_value({}, view);
    if (outputs.value() != expected.value()) return "differs with fusion or threads";
  }
  return std::to_string(hasher.value());
}

std::string profile(int threads) {
  prepare(threads);
  Engine& e = engine();
  runtime::Executor& executor = threads == 1 ? e.executors[0] : *e.shared;
  Stopwatch watch(e.model.graph.value_count());
  for (int i = 0; i < 10; ++i) {
    watch.start();
    executor.run_views(e.views, &watch);
  }
  std::string text;
  std::vector<std::string> fused(e.model.graph.value_count());  // what a value that is not shown is
  for (const NodeId id : e.program->order()) {
    const Node& node = e.model.graph.node(id);
    std::string name = node.op_type;
    for (const ValueId input : node.inputs) {
      if (input != ValueId::kNone && !fused[index(input)].empty())
        name = fused[index(input)] + "+" + name;
    }
    if (!watch.has(node.output(0))) {
      fused[index(node.output(0))] = name;
      continue;
    }
    text += (text.empty() ? "[\"" : ",[\"") + name + "\",\"" +
            e.program->value_name(node.output(0)) + "\"," +
            std::to_string(watch.best(node.output(0))) + "]";
  }
  return "[" + text + "]";
}

/// Runs the function; an exception becomes the error text and -1.
template <typename Function>
auto guarded(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    engine().error = error.what();
    return decltype(function())(-1);
  }
}

}  // namespace
}  // namespace xquant

int engine_load(const char* bytes, std::size_t size) {
  return xquant::guarded([&] {
    xquant::load(bytes, size);
    return 0;
  });
}

int engine_input(int type, const std::int32_t* dims, int rank, const char* bytes,
                 std::size_t size) {
  return xquant::guarded([&] {
    xquant::engine().inputs.push_back(xquant::Tensor(static_cast<xquant::DataType>(type),
                                                     xquant::Shape(dims, dims + rank),
                                                     std::string(bytes, size)));
    return 0;
  });
}

double engine_run(int samples, int threads) {
  return xquant::guarded([&] { return xquant::run(samples, threads); });
}

const char* engine_report() {
  xquant::engine().report = xquant::report();
  return xquant::engine().report.c_str();
}

const char* engine_hash(int threads) {
  xquant::engine().report = xquant::hash(threads);
  return xquant::engine().report.c_str();
}

const char* engine_profile(int threads) {
  xquant::engine().report = xquant::profile(threads);
  return xquant::engine().report.c_str();
}

double engine_shape(const char* what) {
  return xquant::guarded([&] { return xquant::bench::gigaflops(what); });
}

const char* engine_error() { return xquant::engine().error.c_str(); }
