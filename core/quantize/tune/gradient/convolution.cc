// Conv and ConvTranspose with constant weights. Each is the other's transpose: with weights W and
// the same strides, dilations, pads and groups, dL/dx of a convolution is the transposed
// convolution of dL/dy with W, so the runtime's kernels do the work.

#include <algorithm>

#include "quantize/tune/gradient/backward.h"
#include "runtime/node_runner.h"
#include "runtime/ops/window.h"

namespace xquant::quantize {
namespace {

using runtime::NodeRunner;
using runtime::TensorView;

void add(std::span<const float> from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

/// The transposed operator as a node, with explicit padding that fits these shapes.
Node transposed(const Node& node, std::span<const std::int64_t> x, std::span<const std::int64_t> y,
                const Shape& weight) {
  const bool conv = node.is("Conv");
  const std::size_t rank = x.size() - 2;
  const std::vector<std::int64_t> strides = node.ints_or("strides", Shape(rank, 1));
  const std::vector<std::int64_t> dilations = node.ints_or("dilations", Shape(rank, 1));
  std::vector<std::int64_t> pads = node.ints_or("pads", Shape(2 * rank, 0));
  const std::string auto_pad = node.string_or("auto_pad", "NOTSET");
  std::vector<std::int64_t> output_padding(rank, 0);
  // The image is what a convolution reads, and what a transposed one writes.
  const auto image = conv ? x : y, reduced = conv ? y : x;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t extent = (weight[d + 2] - 1) * dilations[d] + 1;
    const std::int64_t covered = (reduced[d + 2] - 1) * strides[d] + extent;
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      const std::int64_t total = std::max<std::int64_t>(covered - image[d + 2], 0);
      pads[d] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[d + rank] = total - pads[d];
    }
    // What strides leave over at the end of the image.
    output_padding[d] = image[d + 2] - (covered - pads[d] - pads[d + rank]);
    if (conv && output_padding[d] < 0) pads[d + rank] += -output_padding[d], output_padding[d] = 0;
  }
  Node other{.name = node.name, .op_type = conv ? "ConvTranspose" : "Conv"};
  other.inputs = {ValueId{0}, ValueId{1}};
  other.outputs = {ValueId{2}};
  other.attributes["strides"] = strides;
  other.attributes["dilations"] = dilations;
  other.attributes["group"] = node.int_or("group", 1);
  if (conv) {
    other.attributes["output_padding"] = output_padding;
  } else {
    // A transposed convolution's output_padding is image that no tap reaches.
    for (std::size_t d = 0; d < rank; ++d) pads[d + rank] -= output_padding[d];
  }
  other.attributes["pads"] = pads;
  return other;
}

class ConvolutionBackward final : public Backward {
 public:
  explicit ConvolutionBackward(const BackwardSetup& setup)
      : node_(setup.node), opsets_(setup.opsets), weight_(*setup.constants[1]) {}

  void run(const BackwardCall& call) const override {
    const TensorView& x = call.operands[0];
    const TensorView& y = call.results[0];
    const std::span<const float> dy = call.result_gradients[0];
    const Node node = transposed(node_, x.shape, y.shape, weight_.shape());
    const Tensor* constants[] = {nullptr, &weight_};
    const TensorView views[] = {{DataType::kFloat, y.shape, dy.data()}, runtime::view_of(weight_)};
    const std::vector<Tensor> dx = NodeRunner(node, opsets_, constants).run(views);
    add(dx[0].data<float>(), call.operand_gradients[0]);
  }

 private:
  const Node& node_;
  const runtime::OpsetImports& opsets_;
  const Tensor& weight_;
};

}  // namespace

std::unique_ptr<Backward> convolution_backward(const BackwardSetup& setup) {
  const Node& node = setup.node;
  if (!node.is("Conv") && !node.is("ConvTranspose")) return nullptr;
  if (setup.constants.size() < 2 || setup.constants[1] == nullptr) return nullptr;
  if (setup.constants[1]->type() != DataType::kFloat) return nullptr;
  return std::make_unique<ConvolutionBackward>(setup);
}

}  // namespace xquant::quantize
