#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

/// How a Softmax divides its operand into distributions over classes: element (r, c, i) of
/// [rows][classes][inner] is class c of distribution (r, i).
struct ClassRows {
  std::size_t rows = 1;
  std::size_t classes = 1;
  std::size_t inner = 1;

  std::size_t size() const { return rows * classes * inner; }
};

/// Of a Softmax whose operand has the traced shape.
ClassRows class_rows(const Node& softmax, const Shape& shape, std::int64_t opset);

/// The logarithms of the probabilities; empty when there are not as many logits as the rows say.
std::vector<float> log_probabilities(std::span<const float> logits, const ClassRows& rows);

/// The sum over all distributions of KL(p | q), p and q given by their logarithms, in nats.
double divergence(std::span<const float> log_p, std::span<const float> log_q);

/// The sum over all distributions of KL(p | u), u being even over the classes: what p says.
double information(std::span<const float> log_p, const ClassRows& rows);

}  // namespace xquant::quantize
