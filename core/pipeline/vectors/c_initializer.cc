#include "pipeline/vectors/c_initializer.h"

#include <cstdio>
#include <span>

namespace xquant::pipeline {
namespace {

using integer::kernels::ReplayStep;
using Kind = ReplayStep::Kind;

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::kConv:
      return "XQV_CONV";
    case Kind::kConvTranspose:
      return "XQV_CONV_TRANSPOSE";
    case Kind::kGemm:
      return "XQV_GEMM";
    case Kind::kMatMul:
      return "XQV_MATMUL";
    case Kind::kBinary:
      return "XQV_BINARY";
    case Kind::kExpression:
      return "XQV_EXPRESSION";
    case Kind::kAveragePool:
      return "XQV_AVERAGE_POOL";
    case Kind::kLpPool:
      return "XQV_LP_POOL";
    case Kind::kReduce:
      return "XQV_REDUCE";
    case Kind::kSoftmax:
      return "XQV_SOFTMAX";
    case Kind::kNormalization:
      return "XQV_NORMALIZATION";
    case Kind::kResizeLinear:
      return "XQV_RESIZE_LINEAR";
    case Kind::kResizeSeparable:
      return "XQV_RESIZE_SEPARABLE";
    case Kind::kTable:
      return "XQV_TABLE";
    case Kind::kMaxPool:
      return "XQV_MAX_POOL";
    case Kind::kConcat:
      return "XQV_CONCAT";
    case Kind::kMove:
      return "XQV_MOVE";
    case Kind::kPad:
      return "XQV_PAD";
    case Kind::kGather:
      return "XQV_GATHER";
    case Kind::kResizeNearest:
      return "XQV_RESIZE_NEAREST";
    case Kind::kQuantize:
      return "XQV_QUANTIZE";
    case Kind::kScatter:
      return "XQV_SCATTER";
    case Kind::kCumSum:
      return "XQV_CUMSUM";
    case Kind::kVectorNorm:
      return "XQV_VECTOR_NORM";
    case Kind::kLrn:
      return "XQV_LRN";
    case Kind::kWideTable:
      return "XQV_WIDE_TABLE";
    case Kind::kSample:
      return "XQV_SAMPLE";
  }
  return "";
}

/// Builds ".field = value, " lists.
class Fields {
 public:
  void raw(const char* field, const std::string& value) {
    text_ += (text_.empty() ? "." : ", .") + std::string(field) + " = " + value;
  }
  void offset(const char* field, std::size_t value) {
    raw(field, value == StepOffsets::kNone ? "XQV_NONE" : std::to_string(value));
  }
  void number(const char* field, std::size_t value) { raw(field, std::to_string(value)); }
  void list(const char* field, std::span<const std::size_t> values) {
    std::string text;
    for (const std::size_t value : values)
      text += (text.empty() ? "" : ", ") + std::to_string(value);
    raw(field, "{" + text + "}");
  }
  void real(const char* field, float value) {
    char buffer[48];  // hexadecimal: exact
    std::snprintf(buffer, sizeof(buffer), "%af", static_cast<double>(value));
    raw(field, buffer);
  }
  void wide_real(const char* field, double value) {
    char buffer[48];
    std::snprintf(buffer, sizeof(buffer), "%a", value);
    raw(field, buffer);
  }
  const std::string& text() const { return text_; }
  std::string braced() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string quant(const xq_quant& quant) {
  Fields fields;
  fields.raw("type", "(xq_type)" + std::to_string(quant.type));
  fields.real("scale", quant.scale);
  fields.raw("zero_point", std::to_string(quant.zero_point));
  fields.raw("qmin", std::to_string(quant.qmin));
  fields.raw("qmax", std::to_string(quant.qmax));
  return fields.braced();
}

std::string shape(const xq_shape& shape) {
  Fields fields;
  fields.number("rank", shape.rank);
  if (shape.rank > 0) fields.list("dims", std::span(shape.dims, shape.rank));
  return fields.braced();
}

std::string conv(const xq_conv& conv) {
  Fields fields;
  fields.number("batch", conv.batch);
  fields.number("in_channels", conv.in_channels);
  fields.number("out_channels", conv.out_channels);
  fields.number("groups", conv.groups);
  fields.list("in", conv.in);
  fields.list("kernel", conv.kernel);
  fields.list("stride", conv.stride);
  fields.list("dilation", conv.dilation);
  fields.list("pad_begin", conv.pad_begin);
  fields.list("pad_end", conv.pad_end);
  fields.list("output_padding", conv.output_padding);
  return fields.braced();
}

std::string gemm(const xq_gemm& gemm) {
  Fields fields;
  fields.number("m", gemm.m);
  fields.number("n", gemm.n);
  fields.number("k", gemm.k);
  return fields.braced();
}

std::string matmul(const xq_matmul& matmul) {
  Fields fields;
  fields.number("m", matmul.m);
  fields.number("n", matmul.n);
  fields.number("k", matmul.k);
  fields.number("batch_rank", matmul.batch_rank);
  if (matmul.batch_rank > 0) {
    fields.list("a_batch", std::span(matmul.a_batch, matmul.batch_rank));
    fields.list("b_batch", std::span(matmul.b_batch, matmul.batch_rank));
  }
  return fields.braced();
}

std::string pool(const xq_pool& pool) {
  Fields fields;
  fields.number("planes", pool.planes);
  fields.list("in", pool.in);
  fields.list("out", pool.out);
  fields.list("kernel", pool.kernel);
  fields.list("stride", pool.stride);
  fields.list("dilation", pool.dilation);
  fields.list("pad_begin", pool.pad_begin);
  fields.list("pad_end", pool.pad_end);
  return fields.braced();
}

std::string axis(const xq_resize_axis& axis) {
  Fields fields;
  fields.number("in", axis.in);
  fields.number("out", axis.out);
  fields.wide_real("scale", axis.scale);
  fields.wide_real("resized", axis.resized);
  fields.raw("coordinates", "(xq_coordinates)" + std::to_string(axis.coordinates));
  return fields.braced();
}

std::string rule(const xq_resize_rule& rule) {
  Fields fields;
  fields.raw("filter", "(xq_filter)" + std::to_string(rule.filter));
  fields.wide_real("cubic_a", rule.cubic_a);
  fields.raw("exclude_outside", std::to_string(rule.exclude_outside));
  fields.raw("antialias", std::to_string(rule.antialias));
  return fields.braced();
}

std::string stage(const integer::Stage& stage) {
  std::string text;
  for (const integer::Stage::Step& step : stage.steps) {
    Fields fields;
    fields.raw("kind", "(xq_step_kind)" + std::to_string(step.kind));
    if (step.kind == XQ_STEP_UNARY) {
      Fields function;
      function.raw("op", "(xq_unary_op)" + std::to_string(step.op));
      function.real("alpha", step.alpha);
      function.real("beta", step.beta);
      fields.raw("unary", function.braced());
    } else if (step.kind == XQ_STEP_BINARY) {
      fields.raw("binary", "(xq_binary_op)" + std::to_string(step.op));
    }
    fields.raw("a", std::to_string(step.a));
    fields.raw("b", std::to_string(step.b));
    fields.raw("c", std::to_string(step.c));
    fields.number("constants", step.constant.size());
    text += (text.empty() ? "" : ", ") + fields.braced();
  }
  return "{" + text + "}";
}

std::string operands(const std::vector<xq_operand>& list) {
  std::string text;
  for (const xq_operand& operand : list) {
    Fields fields;
    fields.raw("kind", "(xq_operand_kind)" + std::to_string(operand.kind));
    if (operand.kind == XQ_OPERAND_CODES) fields.raw("quant", quant(operand.quant));
    fields.raw("shape", shape(operand.shape));
    text += (text.empty() ? "" : ", ") + fields.braced();
  }
  return "{" + text + "}";
}

void add_shape(Fields& fields, const ReplayStep& step) {
  switch (step.kind) {
    case Kind::kConv:
    case Kind::kConvTranspose:
      return fields.raw("conv", conv(step.conv));
    case Kind::kGemm:
      fields.number("k_stride", step.k_stride);
      fields.number("n_stride", step.n_stride);
      return fields.raw("gemm", gemm(step.gemm));
    case Kind::kMatMul:
      return fields.raw("matmul", matmul(step.matmul));
    case Kind::kBinary:
    case Kind::kVectorNorm:
      fields.raw("x_shape", shape(step.x_shape));
      return fields.raw("second_shape", shape(step.second_shape));
    case Kind::kExpression:
      fields.number("operand_count", step.operands.size());
      return fields.raw("operands", operands(step.operands));
    case Kind::kMove:
    case Kind::kPad:
    case Kind::kReduce:
      return fields.raw("x_shape", shape(step.x_shape));
    case Kind::kAveragePool:
    case Kind::kLpPool:
    case Kind::kMaxPool:
      return fields.raw("pool", pool(step.pool));
    case Kind::kResizeLinear:
    case Kind::kResizeNearest:
      return fields.raw("resize", "{" + axis(step.resize[0]) + ", " + axis(step.resize[1]) + "}");
    case Kind::kResizeSeparable: {
      std::string axes;
      for (std::size_t d = 0; d < step.x_shape.rank; ++d)
        axes += (d == 0 ? "" : ", ") + axis(step.resize[d]);
      fields.raw("resize", "{" + axes + "}");
      fields.raw("rule", rule(step.rule));
      return fields.raw("x_shape", shape(step.x_shape));
    }
    case Kind::kSoftmax:
    case Kind::kNormalization:
    case Kind::kTable:
    case Kind::kConcat:
    case Kind::kGather:
    case Kind::kQuantize:
    case Kind::kScatter:
    case Kind::kCumSum:
    case Kind::kLrn:
    case Kind::kWideTable:
    case Kind::kSample:
      return;
  }
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

std::string c_initializer(const std::string& node, const ReplayStep& step,
                          const StepOffsets& offsets) {
  Fields fields;
  fields.raw("node", "\"" + escaped(node) + "\"");
  fields.raw("kind", name_of(step.kind));
  fields.number("to_float", step.to_float ? 1 : 0);
  fields.number("is_wide", step.is_wide ? 1 : 0);
  fields.raw("option", std::to_string(step.option));
  fields.real("epsilon", step.epsilon);
  fields.offset("x", offsets.x);
  fields.offset("second", offsets.second);
  fields.offset("y", offsets.y);
  fields.number("y_bytes", offsets.y_bytes);
  fields.offset("multipliers", offsets.multipliers);
  fields.number("multiplier_count", step.multipliers.size());
  fields.offset("bias", offsets.bias);
  fields.offset("second_zero_points", offsets.second_zero_points);
  fields.number("second_zero_point_count", step.second_zero_points.size());
  fields.offset("gamma", offsets.gamma);
  fields.offset("beta", offsets.beta);
  fields.offset("table", offsets.table);
  fields.number("table_count", offsets.table_count);
  if (!step.stage.steps.empty()) {
    fields.number("stage_count", step.stage.steps.size());
    fields.offset("stage_constants", offsets.stage_constants);
    fields.raw("stage", stage(step.stage));
  }
  fields.raw("x_quant", quant(step.x));
  fields.raw("second_quant", quant(step.second));
  fields.raw("to", quant(step.to));
  fields.number("outer", step.outer);
  fields.number("length", step.length);
  fields.number("inner", step.inner);
  fields.number("groups", step.groups);
  add_shape(fields, step);
  return fields.braced();
}

}  // namespace xquant::pipeline
