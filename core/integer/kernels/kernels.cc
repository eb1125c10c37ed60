#include "integer/kernels/kernels.h"

#include "integer/fused.h"

namespace xquant::integer::kernels {
namespace {

struct Entry {
  std::string_view op_type;
  runtime::Factory factory;
};

constexpr Entry kEntries[] = {
    {"Conv", conv},
    {"Gemm", gemm},
    {"MatMul", matmul},
    {"MatMulOfData", matmul_of_data},
    {"ConvTranspose", conv_transpose},
    {"Add", binary},
    {"Sub", binary},
    {"Mul", binary},
    {"Div", binary},
    {"Min", binary},
    {"Max", binary},
    {"PRelu", binary},
    {"Sum", binary},
    {"Expression", expression},
    {"AveragePool", average_pool},
    {"GlobalAveragePool", reduce},
    {"GlobalMaxPool", reduce},
    {"GlobalLpPool", lp_pool},
    {"LpPool", lp_pool},
    {"ReduceMean", reduce},
    {"ReduceSum", reduce},
    {"ReduceMax", reduce},
    {"ReduceMin", reduce},
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceSumSquare", reduce},
    {"Softmax", softmax},
    {"LogSoftmax", softmax},
    {"Hardmax", softmax},
    {"LayerNormalization", normalization},
    {"InstanceNormalization", normalization},
    {"GroupNormalization", normalization},
    {"RMSNormalization", normalization},
    {"SimplifiedLayerNormalization", normalization},
    {"Resize", resize},
    {"Upsample", resize},
    {"ScatterElements", scatter},
    {"ScatterND", scatter},
    {"MaxUnpool", scatter},
    {"Col2Im", scatter},
    {"CenterCropPad", scatter},
    {"Trilu", scatter},
    {"CumSum", cumsum},
    {"Einsum", einsum},
    {"ReduceProd", reduce},
    {"ReduceLogSum", reduce},
    {"ReduceLogSumExp", reduce},
    {"Pow", binary},
    {"Mod", binary},
    {"LRN", lrn},
    {"GridSample", sample},
    {"RoiAlign", sample},
    {"MaxRoiPool", sample},
    {"RotaryEmbedding", sample},
    {"LpNormalization", vector_norm},
    {"MeanVarianceNormalization", vector_norm},
    {"Table", table},
    {"WideTable", wide_table},
};

}  // namespace

runtime::Factory find(std::string_view domain, std::string_view op_type, std::int64_t) {
  if (domain != kDomain) return nullptr;
  for (const Entry& entry : kEntries) {
    if (entry.op_type == op_type) return entry.factory;
  }
  return nullptr;
}

}  // namespace xquant::integer::kernels
