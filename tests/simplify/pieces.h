#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "graph/small_graph.h"
#include "runtime/executor.h"

namespace xquant::simplify {

inline Tensor random_tensor(const Shape& shape, float spread = 2.0F) {
  std::mt19937 bits(7);
  std::vector<float> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i) {
    values.push_back(spread * (static_cast<float>(bits() % 2001) / 1000.0F - 1.0F));
  }
  return Tensor::of<float>(shape, values);
}

inline std::vector<float> run(const Graph& graph, std::int64_t opset, const Tensor& input) {
  const runtime::OpsetImports opsets{{"", opset}};
  runtime::Executor executor(runtime::Program::compile(graph, opsets));
  const std::vector<Tensor> inputs{input};
  const Tensor output = executor.run(inputs).at(0);
  return {output.data<float>().begin(), output.data<float>().end()};
}

inline void expect_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << i;
}

inline ValueId number(SmallGraph& g, float value) {
  const std::string name = g.graph.fresh_value_name("c");
  return g.graph.add_constant(name, Tensor::scalar<float>(value));
}

inline ValueId op(SmallGraph& g, const std::string& type, const std::vector<ValueId>& inputs,
                  Attributes attributes = {}) {
  return g.op(type, inputs, g.graph.fresh_value_name("t"), std::move(attributes));
}

}  // namespace xquant::simplify
