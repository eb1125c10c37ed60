#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "runtime/kernel.h"

namespace xquant::runtime {

/// The kernels of a program that hold packed weights, to be found by other programs of the same
/// model: packing depends on the node and its constants alone, and kernels are immutable.
class PreparedKernels {
 public:
  /// constants has one entry for each operand; nullptr: no constant.
  void add(const Node& node, std::int64_t opset, std::span<const Tensor* const> constants,
           std::shared_ptr<const Kernel> kernel);
  /// The kernel of a node with equal operator, attributes and opset, whose constants share the
  /// memory of these; nullptr when there is none.
  std::shared_ptr<const Kernel> find(const Node& node, std::int64_t opset,
                                     std::span<const Tensor* const> constants) const;

 private:
  struct Constant {
    bool present = false;
    std::weak_ptr<std::string> bytes{};  ///< an address alone might be that of later memory
    Shape shape{};

    bool is(const Tensor* tensor) const;
  };
  struct Entry {
    std::string domain, op_type;
    Attributes attributes;
    std::int64_t opset;
    std::vector<Constant> constants;
    std::shared_ptr<const Kernel> kernel;
  };
  /// By the first constant's memory.
  std::multimap<const void*, Entry> entries_;
};

}  // namespace xquant::runtime
