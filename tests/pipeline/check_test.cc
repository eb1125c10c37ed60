// `xquant check`: what it tells of a quantized model, and what it refuses.

#include "pipeline/check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "integer/quantized_graph.h"
#include "onnx/model_file.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

using integer::QuantizedGraph;

/// x [1, 8] -> Gemm [8, 4] -> y, all quantized.
QuantizedGraph gemm_graph(std::int32_t bias = 5, float bias_scale = 0.031F * 0.0071F) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {8, 4}), "wd", 0.0071F, 0);
  const ValueId b = g.op("DequantizeLinear",
                         {g.graph.add_constant("b", Tensor::of<std::int32_t>({4}, {1, 2, 3, bias})),
                          g.scale(bias_scale)},
                         "bd");
  g.output(g.pair(g.op("Gemm", {x, w, b}, "y"), "yd", 0.02F, -1));
  return g;
}

CheckReport check_graph(const QuantizedGraph& g, CheckJob job = {}) {
  MemoryFiles files;
  Model model = g.model();
  model.graph = model.graph.compact();
  files.put("model.onnx", onnx::serialize(model));
  job.model_path = "model.onnx";
  Monitor monitor;
  return check(job, files, monitor);
}

std::string code_of_failure(const QuantizedGraph& g) {
  try {
    check_graph(g);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

bool has_finding(const CheckReport& report, const std::string& code) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const Finding& finding) { return finding.code == code; });
}

TEST(Check, says_the_same_with_any_number_of_threads) {
  QuantizedGraph g;  // large enough to be shared out
  const ValueId x = g.pair(g.input("x", {256, 64}), "xd", 0.031F, 3);
  const ValueId w = g.dequantize(g.weights("w", {64, 96}), "wd", 0.0071F, 0);
  g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", 0.02F, -1));
  const CheckReport one = check_graph(g, {.model_path = "", .random_samples = 3, .threads = 1});
  const CheckReport three = check_graph(g, {.model_path = "", .random_samples = 3, .threads = 3});
  EXPECT_EQ(one.outputs.at(0).sha256, three.outputs.at(0).sha256);
  EXPECT_EQ(one.outputs.at(0).different, three.outputs.at(0).different);
  EXPECT_EQ(one.operators.at(0).stats->ties, three.operators.at(0).stats->ties);
}

TEST(Check, tells_what_runs_in_int8_and_how_far_accumulators_go) {
  const CheckReport report = check_graph(gemm_graph());
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.samples, 2);
  ASSERT_EQ(report.operators.size(), 1U);
  EXPECT_EQ(report.operators[0].decision.execution, integer::Execution::kInt8);
  ASSERT_TRUE(report.operators[0].headroom);
  EXPECT_EQ(report.operators[0].headroom->depth, 8U);
  EXPECT_LE(report.operators[0].headroom->worst(), 8 * 131 * 128 + 5);
  EXPECT_GT(report.operators[0].headroom->spare_bits(), 10);
  ASSERT_TRUE(report.operators[0].stats);
  EXPECT_EQ(report.operators[0].stats->elements, 8);
}

TEST(Check, tells_how_far_products_of_two_activations_go) {
  const auto report_of = [](std::int64_t depth) {
    integer::QuantizedGraph g;
    const ValueId a = g.pair(g.input("a", {2, depth}), "ad", 1 / 32.0F, 3);
    const ValueId b = g.pair(g.input("b", {depth, 2}), "bd", 1 / 64.0F, 128, DataType::kUint8);
    const ValueId y = g.op("Relu", {g.op("MatMul", {a, b}, "y")}, "r");
    g.output(g.pair(y, "yd", 0.5F, 2));
    return check_graph(g);
  };
  const CheckReport shallow = report_of(8);
  ASSERT_EQ(shallow.operators.size(), 2U);
  EXPECT_EQ(shallow.operators[0].decision.execution, integer::Execution::kInt8);
  ASSERT_TRUE(shallow.operators[0].headroom);
  EXPECT_EQ(shallow.operators[0].headroom->depth, 8U);
  EXPECT_EQ(shallow.operators[0].headroom->highest[0], 8 * 131 * 128);
  EXPECT_EQ(shallow.operators[0].headroom->lowest[0], -8 * 131 * 127);
  const CheckReport deep = report_of(65794);
  EXPECT_FALSE(has_finding(deep, "XQ-CHK-101")) << "no integer can overflow in float";
  EXPECT_TRUE(has_finding(deep, "XQ-CHK-111"));
  for (const OperatorCheck& entry : deep.operators)
    EXPECT_EQ(entry.decision.execution, integer::Execution::kFloat) << entry.decision.node;
  EXPECT_EQ(deep.operators[0].decision.reason,
            "its sums of 65794 products can leave int32, which holds 65793 of any operands");
}

TEST(Check, passes_a_model_of_ours_whose_channels_are_dead) {
  // The last normalization of a residual block starts with a factor of 0: folded, all weights are
  // 0 and the result is the bias alone.
  for (const char* level : {"0", "1"}) {
    SmallGraph g;
    const ValueId x = g.input("x", {1, 1, 4, 4});
    const ValueId w = g.constant("w", {2, 1, 1, 1}, {0, 0});
    const ValueId b = g.constant("b", {2}, {0.31F, -0.07F});
    const ValueId own = g.constant("v", {2, 1, 1, 1}, {0.2F, -0.1F});
    const ValueId sum =
        g.op("Add", {g.op("Conv", {x, own}, "d"), g.op("Conv", {x, w, b}, "c")}, "y");
    g.graph.value(sum).type.shape = DeclaredShape{1, 2, 4, 4};
    g.output(sum);
    g.graph.name = "dead";
    SmallJob small;
    small.put({.ir_version = 7, .opset_imports = {{"", 13}}, .graph = std::move(g.graph)});
    small.quantization = std::string(R"("finetune_level": )") + level;
    const Result result = small.run();
    Monitor monitor;
    CheckJob job;
    small.files.put("q.onnx", result.quantized_model);
    job.model_path = "q.onnx";
    const CheckReport report = check(job, small.files, monitor);
    EXPECT_TRUE(report.passed()) << report.findings.front().message;
    EXPECT_EQ(report.operators.size(), 3U);
    EXPECT_FALSE(has_finding(report, "XQ-CHK-113"));
    job.float_path = "m.onnx";
    const CheckReport beside_float = check(job, small.files, monitor);
    EXPECT_TRUE(beside_float.passed());
    EXPECT_TRUE(has_finding(beside_float, "XQ-CHK-113"));  // the inputs are made up
  }
}

/// A picture of open size goes through a pooling of kernel by kernel pixels.
QuantizedGraph open_picture(std::int64_t kernel) {
  QuantizedGraph g;
  const ValueId input = g.input("x", {1, 1, 1, 1});
  g.graph.value(input).type.shape->at(2) = std::string("height");
  g.graph.value(input).type.shape->at(3) = std::string("width");
  const ValueId x = g.pair(input, "xd", 0.031F, 3);
  const std::vector<std::int64_t> square{kernel, kernel};
  const ValueId pooled =
      g.op("AveragePool", {x}, "p", {{"kernel_shape", square}, {"strides", square}});
  g.output(g.pair(pooled, "yd", 0.02F, -1));
  return g;
}

TEST(Check, makes_up_pictures_as_large_as_the_model_needs) {
  for (const std::int64_t kernel : {16, 200}) {
    const CheckReport report = check_graph(open_picture(kernel));
    EXPECT_TRUE(report.passed());
    EXPECT_EQ(report.outputs.at(0).elements, kernel == 16 ? 2 * 4 : 2) << "two samples";
  }
  try {
    check_graph(open_picture(300));
    ADD_FAILURE() << "256 pixels are less than the kernel";
  } catch (const Error& error) {
    EXPECT_EQ(error.place().node, "AveragePool 'p_node'");
    EXPECT_NE(error.fix().find("taken as 256: give inputs of your own"), std::string::npos)
        << error.fix();
  }
}

TEST(Check, explains_more_than_one_step_by_the_rounding_of_a_real_bias) {
  // A unit of the accumulators is 0.22, a step of the result 0.02: bias 0.1 becomes 0.
  const auto graph = [](bool real) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 31.0F, 3);
    const ValueId w = g.dequantize(g.weights("w", {8, 4}), "wd", 0.0071F, 0);
    const ValueId b = g.graph.add_constant("b", Tensor::of<float>({4}, {0.1F, 0.1F, 0.1F, 0.1F}));
    const ValueId y = g.op("Gemm", real ? std::vector{x, w, b} : std::vector{x, w}, "y");
    g.output(g.pair(y, "yd", 0.02F, -1));
    return g;
  };
  CheckJob job;
  job.random_samples = 200;  // most results saturate
  const CheckReport with = check_graph(graph(true), job), without = check_graph(graph(false), job);
  EXPECT_TRUE(with.passed());
  EXPECT_TRUE(has_finding(with, "XQ-CHK-112"));
  EXPECT_GT(with.operators[0].stats->largest_steps, 1);
  EXPECT_EQ(with.operators[0].stats->coarse_bias, with.operators[0].stats->ties);
  EXPECT_FALSE(has_finding(without, "XQ-CHK-112"));
  EXPECT_EQ(without.operators[0].stats->largest_steps, 0);
}

TEST(Check, gives_equal_hashes_for_equal_seeds) {
  const auto hash = [](std::uint64_t seed) {
    return check_graph(gemm_graph(), {.model_path = "", .seed = seed}).outputs[0].sha256;
  };
  EXPECT_EQ(hash(1), hash(1));
  EXPECT_NE(hash(1), hash(2));
}

TEST(Check, fails_where_int32_can_overflow) {
  const CheckReport report = check_graph(gemm_graph(2147483600));
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(has_finding(report, "XQ-CHK-101"));
}

TEST(Check, notes_sums_of_16_bits_that_int32_does_not_hold) {
  const auto report_of = [](DataType weights) {
    QuantizedGraph g;
    g.opset = 21;
    const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.0002F, 3, DataType::kInt16);
    const ValueId w = g.dequantize(g.weights("w", {8, 4}, weights), "wd", 0.0071F, 0, weights);
    g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", 0.02F, -1));
    return check_graph(g);
  };
  const CheckReport narrow = report_of(DataType::kInt8), wide = report_of(DataType::kInt16);
  EXPECT_TRUE(narrow.passed());
  EXPECT_FALSE(has_finding(narrow, "XQ-CHK-114"));
  EXPECT_TRUE(wide.passed());
  EXPECT_TRUE(has_finding(wide, "XQ-CHK-114"));
  EXPECT_FALSE(has_finding(wide, "XQ-CHK-101"));
}

TEST(Check, fails_for_a_bias_scale_that_is_not_the_product) {
  const CheckReport report = check_graph(gemm_graph(5, 0.031F * 0.0072F));
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(has_finding(report, "XQ-CHK-102"));
}

TEST(Check, wants_a_power_of_two_where_the_target_does_and_no_scheme_was_asked_for) {
  CheckJob job;
  config::Config config;
  config.quantization.target = "spacemit";
  MemoryFiles files;
  files.put("a.bin", std::string(32, '\0'));
  files.put("list.txt", "a.bin\n");
  files.put("model.onnx", onnx::serialize(gemm_graph().model()));
  config::InputParameters input;
  input.data_list_path = "list.txt";
  input.file_type = config::FileType::kRaw;
  input.pointer = "/calibration_parameters/input_parameters/0";
  config.calibration.input_parameters = {input};
  job.config = config;
  job.model_path = "model.onnx";
  Monitor monitor;
  EXPECT_TRUE(has_finding(check(job, files, monitor), "XQ-CHK-103"));
  job.config->quantization.weight_scheme = config::WeightScheme::kPerChannel;
  EXPECT_FALSE(has_finding(check(job, files, monitor), "XQ-CHK-103")) << "as the job was asked to";
}

TEST(Check, writes_no_test_vectors_in_place_of_what_it_reads) {
  CheckJob job;
  job.vectors = CheckJob::Vectors::kOfFirstSample;
  const std::map<std::string, std::string> vectors = check_graph(gemm_graph(), job).vectors;
  const auto array = vectors.lower_bound("inputs/");
  MemoryFiles files;
  files.put("v/" + array->first, array->second);
  files.put("v/vectors.h", "an older result");
  for (const char* model : {"model.onnx", "v/vectors.bin"})
    files.put(model, onnx::serialize(gemm_graph().model()));
  for (const char* list : {"list.txt", "v/manifest.json"})
    files.put(list, path::join(list[0] == 'v' ? "" : "v", array->first) + "\n");
  files.put("own.npy", array->second);
  files.put("own.txt", "own.npy\n");
  const auto refused = [&](const char* model, const char* list, const char* folder) {
    job.model_path = model;
    job.data_lists = {list};
    job.vectors_folder = folder;
    Monitor monitor;
    try {
      check(job, files, monitor);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "XQ-CLI-011");
      EXPECT_EQ(error.fix(), "Choose another folder with --vectors.");
      return error.place().file;
    }
    return std::string();
  };
  EXPECT_EQ(refused("model.onnx", "own.txt", "v"), "") << "an older result may be overwritten";
  EXPECT_EQ(refused("model.onnx", "list.txt", "w"), "");
  EXPECT_EQ(refused("model.onnx", "list.txt", ""), "") << "they are not stored";
  EXPECT_EQ(refused("model.onnx", "list.txt", "v"), "v/" + array->first);
  EXPECT_EQ(refused("model.onnx", "v/manifest.json", "v"), "v/" + array->first);
  EXPECT_EQ(refused("v/vectors.bin", "own.txt", "v"), "v/vectors.bin");
  job.config.emplace().file = "v/replay.c";
  files.put("v/replay.c", "{}");
  config::InputParameters input;
  input.data_list_path = "own.txt";
  input.file_type = config::FileType::kNpy;
  input.pointer = "/calibration_parameters/input_parameters/0";
  job.config->calibration.input_parameters = {input};
  EXPECT_EQ(refused("model.onnx", "own.txt", "v"), "v/replay.c");
}

TEST(Check, refuses_a_float_model) {
  QuantizedGraph g;
  g.output(g.op("Relu", {g.input("x", {1, 8})}, "y"));
  EXPECT_EQ(code_of_failure(g), "XQ-CHK-001");
}

TEST(Check, refuses_quantization_that_cannot_be_right) {
  const auto with = [](const std::vector<float>& scale, const Tensor& zero) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.031F, 3);
    const Shape shape =
        scale.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(scale.size())};
    const ValueId w =
        g.op("DequantizeLinear",
             {g.weights("w", {8, 4}), g.graph.add_constant("s", Tensor::of<float>(shape, scale)),
              g.graph.add_constant("z", zero)},
             "wd");
    g.output(g.pair(g.op("MatMul", {x, w}, "y"), "yd", 0.02F, -1));
    return code_of_failure(g);
  };
  const Tensor zero = Tensor::scalar<std::int8_t>(0);
  EXPECT_EQ(with({0.0F}, zero), "XQ-CHK-002");
  EXPECT_EQ(with({-1.0F}, zero), "XQ-CHK-002");
  EXPECT_EQ(with({0.1F}, Tensor::scalar<std::uint8_t>(0)), "XQ-CHK-002");
  EXPECT_EQ(with({0.1F, 0.2F, 0.3F}, Tensor::of<std::int8_t>({3}, {0, 0, 0})), "XQ-CHK-002");
  EXPECT_EQ(with({0.1F, 0.2F, 0.3F, 0.4F}, zero), "XQ-CHK-002");
  EXPECT_EQ(with({0.1F}, zero), "");
}

TEST(Check, refuses_types_that_it_does_not_know) {
  for (const DataType type : {DataType::kInt4, DataType::kFloat8E4M3FN}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.031F, 3);
    const std::size_t bytes = type == DataType::kInt4 ? 16 : 32;
    const ValueId w = g.graph.add_constant("w", Tensor(type, {8, 4}, std::string(bytes, '\x11')));
    const ValueId wd = g.op("DequantizeLinear", {w, g.scale(0.1F)}, "wd");
    g.output(g.pair(g.op("MatMul", {x, wd}, "y"), "yd", 0.02F, -1));
    EXPECT_EQ(code_of_failure(g), "XQ-CHK-002") << name(type);
  }
}

TEST(Check, gives_a_reason_for_every_operator_that_runs_in_float) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 1, 8, 8}), "xd", 0.031F, 3);
  const Attributes equation{{"equation", std::string("abcd,abcd->a")}};
  g.output(g.pair(g.op("Det", {x}, "det"), "det_d", 0.02F, -1));
  g.output(g.pair(g.op("Einsum", {x, x}, "squares", equation), "squares_d", 0.02F, -1));
  const CheckReport report = check_graph(g);
  ASSERT_EQ(report.operators.size(), 2U);
  for (const OperatorCheck& entry : report.operators) {
    EXPECT_EQ(entry.decision.execution, integer::Execution::kFloat);
    EXPECT_EQ(entry.decision.reason,
              entry.decision.op_type + " has no int8 kernel for these operands");
  }
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(has_finding(report, "XQ-CHK-111"));
}

TEST(Check, refuses_a_dequantization_of_nothing) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.031F, 3);
  g.output(g.op("Add", {x, g.op("DequantizeLinear", {ValueId::kNone, g.scale(0.1F)}, "d")}, "y"));
  EXPECT_EQ(code_of_failure(g), "XQ-ONX-028");
  using Operands = std::vector<ValueId>;
  for (const std::string type : {"Conv", "MatMul", "Add"}) {
    QuantizedGraph other;
    const ValueId in = other.pair(other.input("x", {1, 8, 4, 4}), "xd", 0.031F, 3);
    const ValueId nothing = other.dequantize(ValueId::kNone, "d", 0.1F, 0);
    const ValueId w = other.dequantize(other.weights("w", {8, 8, 1, 1}), "wd", 0.0071F, 0);
    const Operands operands = type == "Conv" ? Operands{nothing, w} : Operands{in, nothing};
    other.output(other.pair(other.op(type, operands, "y"), "yd", 0.02F, -1));
    EXPECT_EQ(code_of_failure(other), "XQ-ONX-028") << type;
  }
}

TEST(Check, refuses_weights_without_dimensions) {
  for (const std::string type : {"Conv", "ConvTranspose"}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 8, 4, 4}), "xd", 0.031F, 3);
    const ValueId w = g.dequantize(g.weights("w", {}), "wd", 0.0071F, 0);
    g.output(g.pair(g.op(type, {x, w}, "y"), "yd", 0.02F, -1));
    EXPECT_EQ(code_of_failure(g), "XQ-RT-003") << type;
  }
}

TEST(Check, refuses_results_that_the_operator_of_a_constant_has_not) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 8}), "xd", 0.031F, 3);
  const auto split =
      g.node("Neg", {g.constant("c", {8}, std::vector<float>(8, 1.0F))}, {"negative", "surplus"});
  g.output(g.pair(g.op("Add", {x, split[0]}, "y"), "yd", 0.02F, -1));
  g.output(split[1]);
  EXPECT_EQ(code_of_failure(g), "XQ-RT-003");
}

TEST(Check, refuses_a_model_without_scales) {
  QuantizedGraph g;
  const ValueId x = g.input("x", {1, 8});
  g.output(g.op("QuantizeLinear", {x}, "y"));
  EXPECT_EQ(code_of_failure(g), "XQ-ONX-028");
  g.graph.node(g.graph.value(g.graph.outputs[0]).producer).name = "";
  try {
    check_graph(g);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.place().tensor, "y");
  }
}

/// An operator of ONNX Runtime's between codes of x [1, 4, 4, 4].
struct OperatorOfCodes {
  QuantizedGraph g{};
  ValueId x = g.quantize(g.input("x", {1, 4, 4, 4}), "xq", 1 / 32.0F, 120, DataType::kUint8);

  ValueId zero(DataType type = DataType::kUint8) { return g.zero(3, type); }
  std::string failure(const std::string& type, const std::vector<ValueId>& operands,
                      const Attributes& attributes = {}) {
    const ValueId y = g.op(type, operands, "y", attributes);
    g.graph.node(g.graph.value(y).producer).domain = "com.microsoft";
    g.graph.value(y).type.element = DataType::kUint8;
    g.output(y);
    return code_of_failure(g);
  }
};

TEST(Check, refuses_operators_of_codes_whose_scales_are_none) {
  for (const float scale : {-1.0F, 0.0F, INFINITY, NAN}) {
    for (const bool is_result : {false, true}) {
      SCOPED_TRACE(scale);
      OperatorOfCodes pool, global;
      const auto operands = [&](OperatorOfCodes& o) {
        const ValueId bad = o.g.scale(scale), good = o.g.scale(0.1F);
        return std::vector{o.x, is_result ? good : bad, o.zero(), is_result ? bad : good, o.zero()};
      };
      EXPECT_EQ(pool.failure("QLinearAveragePool", operands(pool),
                             {{"kernel_shape", std::vector<std::int64_t>{2, 2}}}),
                "XQ-RT-003");
      EXPECT_EQ(global.failure("QLinearGlobalAveragePool", operands(global)), "XQ-RT-003");
    }
  }
}

TEST(Check, refuses_a_zero_point_of_another_type_than_the_codes) {
  OperatorOfCodes sum;  // of 16 bits: twice as many bytes as there are would be read
  const ValueId scale = sum.g.scale(0.1F), wide = sum.zero(DataType::kInt16);
  EXPECT_EQ(sum.failure("QLinearAdd", {sum.x, scale, wide, sum.x, scale, wide, scale, sum.zero()}),
            "XQ-RT-003");
}

TEST(Check, refuses_a_condition_that_is_none) {
  OperatorOfCodes where;
  const ValueId scale = where.g.scale(0.1F), zero = where.zero();
  EXPECT_EQ(where.failure("QLinearWhere",
                          {where.x, where.x, scale, zero, where.x, scale, zero, scale, zero}),
            "XQ-RT-003");
}

TEST(Check, refuses_operands_of_types_that_the_operator_does_not_take) {
  const auto failure = [](const std::string& type, const std::vector<Tensor>& constants) {
    QuantizedGraph g;
    std::vector<ValueId> operands{g.pair(g.input("x", {1, 4, 4, 4}), "xd", 0.031F, 3)};
    for (const Tensor& constant : constants)
      operands.push_back(g.graph.add_constant("c" + std::to_string(operands.size()), constant));
    g.output(g.pair(g.op(type, operands, "y"), "yd", 0.02F, -1));
    return code_of_failure(g);
  };
  const Tensor batch = Tensor::of<std::int64_t>({1}, {0});
  EXPECT_EQ(failure("RoiAlign", {Tensor::of<float>({1, 4}, {0, 0, 3, 3}), batch}), "");
  EXPECT_EQ(failure("RoiAlign", {Tensor::of<std::int16_t>({1, 4}, {0, 0, 3, 3}), batch}),
            "XQ-RT-003");
  EXPECT_EQ(failure("CumSum", {Tensor::of<std::int64_t>({}, {1})}), "");
  EXPECT_EQ(failure("CumSum", {Tensor::of<float>({}, {1})}), "XQ-RT-003");
}

TEST(Check, refuses_scales_and_factors_that_do_not_fit) {
  const auto failure = [](const std::string& type, const std::vector<Tensor>& constants,
                          const Attributes& attributes, std::int64_t opset) {
    QuantizedGraph g;
    g.opset = opset;
    std::vector<ValueId> operands{g.pair(g.input("x", {1, 4, 4, 4}), "xd", 0.031F, 3)};
    for (const Tensor& constant : constants)
      operands.push_back(g.graph.add_constant("c" + std::to_string(operands.size()), constant));
    g.output(g.pair(g.op(type, operands, "y", attributes), "yd", 0.02F, -1));
    return code_of_failure(g);
  };
  const Attributes linear{{"mode", "linear"}}, groups{{"num_groups", std::int64_t{2}}};
  for (const float scale : {1e-45F, 0.0F, -1.0F, NAN, INFINITY}) {
    const bool is_positive = scale > 0 && std::isfinite(scale);
    const Tensor scales = Tensor::of<float>({4}, {1, 1, scale, 2});
    EXPECT_EQ(failure("Upsample", {scales}, linear, 9), is_positive ? "" : "XQ-RT-003") << scale;
  }
  const Tensor four = Tensor::of<float>({4}, {1, 2, 3, 4}),
               none = Tensor::of<float>({0}, std::vector<float>{});
  EXPECT_EQ(failure("GroupNormalization", {four, four}, groups, 23), "");
  EXPECT_EQ(failure("GroupNormalization", {four, none}, groups, 23), "XQ-RT-003");
  EXPECT_EQ(failure("InstanceNormalization", {four, none}, {}, 23), "XQ-RT-003");
}

TEST(Check, writes_vectors_of_a_TopK_whose_indices_nobody_wants) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {3, 8}), "xd", 0.031F, 3);
  const ValueId values = g.op("TopK", {x, g.integers("k", {2})}, "values");
  g.graph.node(g.graph.value(values).producer).outputs.push_back(ValueId::kNone);
  g.output(g.pair(values, "yd", 0.031F, 3));
  CheckJob job;
  job.vectors = CheckJob::Vectors::kOfFirstSample;
  job.vectors_folder = "v";
  EXPECT_FALSE(check_graph(g, job).vectors.empty());
}

TEST(Check, takes_a_sample_with_too_many_operands_as_no_int8_operator) {
  QuantizedGraph g;  // the kernel has room for those that there are
  const ValueId x = g.pair(g.input("x", {1, 4, 4, 4}), "xd", 0.031F, 3);
  std::vector<ValueId> operands{x, g.constant("rois", {1, 4}, {0, 0, 3, 3}),
                                g.integers("batch", {0})};
  for (int i = 0; i < 4; ++i) operands.push_back(g.integers("more" + std::to_string(i), {0}));
  g.output(g.pair(g.op("RoiAlign", operands, "y"), "yd", 0.02F, -1));
  EXPECT_EQ(check_graph(g).operators[0].decision.execution, integer::Execution::kFloat);
}

TEST(Check, refuses_operands_without_dimensions_and_absent_ones) {
  QuantizedGraph product;
  const ValueId one = product.dequantize(product.zero(5, DataType::kInt8), "od", 0.1F, 0);
  const ValueId x = product.pair(product.input("x", {8, 5}), "xd", 0.031F, 3);
  product.output(product.pair(product.op("MatMul", {one, x}, "y"), "yd", 0.02F, -1));
  EXPECT_EQ(code_of_failure(product), "XQ-RT-003");
  QuantizedGraph joined;
  const ValueId part = joined.pair(joined.input("x", {8, 5}), "xd", 0.031F, 3);
  const ValueId all = joined.op("Concat", {part, ValueId::kNone}, "y", {{"axis", std::int64_t{0}}});
  joined.output(joined.pair(all, "yd", 0.02F, -1));
  EXPECT_EQ(code_of_failure(joined), "XQ-RT-003");
}

}  // namespace
}  // namespace xquant::pipeline
