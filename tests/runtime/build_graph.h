#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace xquant::runtime {

/// Builds small graphs by name: an operand that has no value yet becomes a graph input.
class GraphBuilder {
 public:
  GraphBuilder& constant(const std::string& name, Tensor tensor);
  GraphBuilder& node(const std::string& op_type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, Attributes attributes = {},
                     const std::string& domain = "");
  /// The finished graph with these outputs.
  Graph build(const std::vector<std::string>& outputs);

 private:
  ValueId value(const std::string& name);
  Graph graph_;
};

}  // namespace xquant::runtime
