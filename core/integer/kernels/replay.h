#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "int8/xq_int8.h"
#include "integer/stage.h"
#include "runtime/kernel.h"

namespace xquant::integer::kernels {

/// ReplayStep::option of a normalization, and that of its C form (pipeline/vectors/header.in.h).
enum class Normalization { kInstance = 0, kLayer = 1, kRms = 2, kGroup = 3 };

/// One call of the int8 library as data: what a program without a graph needs to repeat it. x is
/// the node's first tensor; `second` its second one: weights, table, or another activation.
struct ReplayStep {
  enum class Kind {
    kConv,
    kConvTranspose,
    kGemm,
    kMatMul,
    kBinary,
    kExpression,
    kAveragePool,
    kLpPool,
    kReduce,
    kSoftmax,
    kNormalization,
    kResizeLinear,
    kResizeSeparable,
    kTable,
    kMaxPool,
    kConcat,
    kMove,
    kPad,
    kGather,
    kResizeNearest,
    kQuantize,
    kScatter,
    kCumSum,
    kVectorNorm,
    kLrn,
    kWideTable,
    kSample,
  };
  Kind kind = Kind::kTable;
  xq_quant x{}, second{}, to{};
  bool in_float = false;  ///< this run was no call of the library
  bool to_float = false;  ///< f32(f32(acc) * multiplier) instead of a requantization
  bool is_wide = false;   ///< a product with a tensor of 16 bits
  Stage stage{};  ///< of Conv, ConvTranspose, Gemm, MatMul; empty: none. Expression: its steps
  std::vector<xq_operand> operands{};  ///< of Expression, without data
  std::vector<float> multipliers{};
  std::vector<std::int32_t> bias{}, second_zero_points{};
  std::vector<std::int64_t> wide_bias{};  ///< where is_wide, instead of bias
  xq_conv conv{};
  xq_gemm gemm{};
  std::size_t k_stride = 0, n_stride = 0;  ///< of Gemm's weights
  xq_matmul matmul{};
  xq_pool pool{};
  xq_resize_axis resize[XQ_MAX_RANK]{};  ///< rows, columns; ResizeSeparable: all dimensions
  xq_resize_rule rule{};                 ///< of ResizeSeparable
  xq_shape x_shape{}, second_shape{};
  std::size_t outer = 0, length = 0, inner = 0;
  std::size_t groups = 1;  ///< of GroupNormalization
  int option = 0;  ///< xq_binary_op, xq_pool_count, p of LpPool, xq_reduction, xq_scatter_op,
                   ///< xq_divisor, Normalization;
                   ///< Softmax 1: LogSoftmax, 2: Hardmax; Pad: code; Table 1: channels share a row;
                   ///< CumSum: 1 exclusive, 2 reverse, or both; Sample 1: the largest
  float epsilon = 0;
  /// Places of movements: Move, Reduce: first element, strides of x_shape; VectorNorm: then those
  /// of the way back to second_shape. Pad: begins, ends. Gather, Scatter (whose runs are `outer` of
  /// `inner` elements): index. Sample
  /// (`length` of `inner` samples out of `outer` elements): start, index, bits of the weights.
  /// ResizeNearest: of rows, of columns. Concat: length of each operand.
  std::vector<std::int64_t> table{};
  std::vector<float> gamma{}, beta{};  ///< Lrn, whose size is `groups`: alpha, beta, bias
};

/// What all kernels of kDomain are.
class IntegerKernel : public runtime::Kernel {
 public:
  /// The codes of the first operand; weights, scales and zero points are taken when it is made.
  bool needs_constant(std::size_t position) const override { return position == 0; }
  /// The call that run() makes for these operands and results.
  virtual ReplayStep describe(const runtime::Operands& in,
                              std::span<const runtime::MutableView> out) const = 0;
};

}  // namespace xquant::integer::kernels
