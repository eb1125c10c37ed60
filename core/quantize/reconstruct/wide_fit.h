#pragma once

#include <span>
#include <vector>

#include "plan/quant_plan.h"
#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/layer_fit.h"
#include "quantize/reconstruct/layer_rows.h"
#include "quantize/reconstruct/wide_rows.h"

namespace xquant::quantize {

/// As fit_layer() on the rows themselves, fewer numbers than their second moments, one block of
/// inputs after the other. The residual r of the rows, what the layer shall write less what all its
/// weights write now, goes from block to block: each one looks for weights that also make up for r,
/// in its own second moments, rounds them, and what rounding left is in the next block's r. Blocks
/// are as if all else were independent of them.
///
/// Some outputs tell which way is taken, by rows.held. Then what is learned from later moves from
/// there to rows.fit.
LayerFit fit_wide_layer(const Layer& layer, const plan::ConstantOperand& operand,
                        const Tensor& weight, std::span<const float> bias, LayerRows& rows,
                        const Effort& effort, const ForEach& for_each);

}  // namespace xquant::quantize
