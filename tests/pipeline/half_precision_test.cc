#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/model_file.h"
#include "pipeline/check.h"
#include "pipeline/small_job.h"
#include "runtime/ops/half.h"

namespace xquant::pipeline {
namespace {

/// The model of SmallJob in float16 throughout. Its weights are numbers that float16 holds.
Model half_model(bool narrow) {
  Model model = small_model();
  Graph& graph = model.graph;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    Value& value = graph.value(static_cast<ValueId>(i));
    if (narrow) value.type.element = DataType::kFloat16;
    if (!value.constant) continue;
    std::vector<std::uint16_t> halves;
    std::vector<float> floats;
    for (const float x : value.constant->data<float>()) {
      halves.push_back(runtime::ops::to_half(x));
      floats.push_back(runtime::ops::from_half(halves.back()));
    }
    value.constant =
        narrow
            ? Tensor(DataType::kFloat16, value.constant->shape(),
                     std::string(reinterpret_cast<const char*>(halves.data()), 2 * halves.size()))
            : Tensor::of<float>(value.constant->shape(), floats);
  }
  return model;
}

Graph result_of(SmallJob& job, Result& result) {
  result = job.run();
  const auto source = memory_source(result.quantized_model);
  return onnx::parse(*source, "result", nullptr, "").graph;
}

TEST(HalfPrecision, IsQuantizedAsTheSameModelInFloat) {
  SmallJob job;
  Result from_half, from_float;
  job.put(half_model(true));
  const Graph half = result_of(job, from_half);
  job.put(half_model(false));
  const Graph full = result_of(job, from_float);
  EXPECT_EQ(from_half.summary.quantized_operators, from_float.summary.quantized_operators);
  ASSERT_EQ(from_half.summary.outputs.size(), 1U);
  EXPECT_EQ(from_half.summary.outputs[0].sqnr_db, from_float.summary.outputs[0].sqnr_db);
  EXPECT_EQ(half.nodes().size(), full.nodes().size() + 2);
  EXPECT_EQ(half.value(half.inputs.at(0)).type.element, DataType::kFloat16);
  EXPECT_EQ(half.value(half.inputs[0]).name, "x");
  EXPECT_EQ(half.value(half.outputs.at(0)).type.element, DataType::kFloat16);
  EXPECT_EQ(half.value(half.outputs[0]).name, "y");
  const auto told = std::ranges::find(from_half.diagnostics, "XQ-MOD-005", &Diagnostic::code);
  ASSERT_NE(told, from_half.diagnostics.end());
  EXPECT_NE(told->message.find("'x', 'y'"), std::string::npos);
}

TEST(HalfPrecision, IsComparedByCheck) {
  SmallJob job;
  job.put(half_model(true));
  job.files.put("q.onnx", job.run().quantized_model);
  CheckJob check_job;
  check_job.model_path = "q.onnx";
  check_job.float_path = "m.onnx";
  const CheckReport report = check(check_job, job.files, no_monitor());
  ASSERT_EQ(report.outputs.size(), 1U);
  EXPECT_TRUE(report.outputs[0].sqnr_db);
}

}  // namespace
}  // namespace xquant::pipeline
