#include "runtime/prepared_kernels.h"

#include <algorithm>
#include <utility>

namespace xquant::runtime {
namespace {

/// The memory of the first constant operand; nullptr: there is none.
const void* memory(std::span<const Tensor* const> constants) {
  const auto first = std::ranges::find_if(constants, [](const Tensor* t) { return t != nullptr; });
  return first == constants.end() ? nullptr : (*first)->storage().get();
}

}  // namespace

bool PreparedKernels::Constant::is(const Tensor* tensor) const {
  if (tensor == nullptr || !present) return tensor == nullptr && !present;
  return bytes.lock() == tensor->storage() && shape == tensor->shape();
}

void PreparedKernels::add(const Node& node, std::int64_t opset,
                          std::span<const Tensor* const> constants,
                          std::shared_ptr<const Kernel> kernel) {
  const void* key = memory(constants);
  if (key == nullptr) return;
  Entry entry{node.domain, node.op_type, node.attributes, opset, {}, std::move(kernel)};
  for (const Tensor* tensor : constants) {
    entry.constants.push_back(
        tensor == nullptr ? Constant{} : Constant{true, tensor->storage(), tensor->shape()});
  }
  entries_.emplace(key, std::move(entry));
}

std::shared_ptr<const Kernel> PreparedKernels::find(
    const Node& node, std::int64_t opset, std::span<const Tensor* const> constants) const {
  const auto [begin, end] = entries_.equal_range(memory(constants));
  for (auto at = begin; at != end; ++at) {
    const Entry& entry = at->second;
    const bool same = entry.opset == opset && entry.op_type == node.op_type &&
                      entry.domain == node.domain && entry.attributes == node.attributes &&
                      std::ranges::equal(entry.constants, constants,
                                         [](const Constant& constant, const Tensor* tensor) {
                                           return constant.is(tensor);
                                         });
    if (same) return entry.kernel;
  }
  return nullptr;
}

}  // namespace xquant::runtime
