#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::convert {

/// An input or output of the model, and its type of half precision in the file.
struct HalfValue {
  std::string name;
  DataType type;
};

/// What a model computed in float16 or bfloat16 before it was widened.
struct WidenedModel {
  std::size_t constants = 0;  ///< constants that are float now
  std::vector<HalfValue> inputs{};
  std::vector<HalfValue> outputs{};
};

/// Makes float of every float16 and bfloat16 of the graph and its subgraphs: constants (exactly),
/// declared types, attributes that ask for such a type. Casts that convert nothing any more
/// disappear where the type of their operand is declared. Nothing, and an unchanged graph, when it
/// has neither.
std::optional<WidenedModel> widen_half_precision(Graph& graph);

/// Gives the inputs and outputs the types of half precision that they had, with a Cast behind every
/// such input and in front of every such output. Their names stay; the float tensors get new ones.
void restore_interface(Graph& graph, const WidenedModel& widened);

}  // namespace xquant::convert
