#include "runtime/node_runner.h"

#include "runtime/aligned_buffer.h"
#include "runtime/half_precision.h"
#include "runtime/registry.h"

namespace xquant::runtime {
std::unique_ptr<Kernel> make_kernel(const Node& node, const OpsetImports& imports,
                                    std::span<const Tensor* const> constants) {
  const Factory factory = factory_of(node, imports);
  if (factory == nullptr) {
    throw Error(ErrorKind::kModel, "XQ-RT-001", "The operator " + node.op_type + " cannot be run.",
                Place{.node = node.name});
  }
  return naming_node(describe(node), [&] {
    std::vector<Tensor> storage;
    const std::vector<const Tensor*> widened = widened_constants(constants, storage);
    const Setup setup{node, version_of(imports, node.domain), widened};
    return with_half_precision(factory(setup));
  });
}

NodeRunner::NodeRunner(const Node& node, const OpsetImports& opset_imports,
                       std::span<const Tensor* const> constants)
    : name_(describe(node)), kernel_(make_kernel(node, opset_imports, constants)) {
  for (const ValueId output : node.outputs) named_.push_back(output != ValueId::kNone);
}

std::vector<Tensor> NodeRunner::run(std::span<const TensorView> operands) const {
  return naming_node(name_, [&] {
    const std::vector<TensorType> types = kernel_->infer(Operands(operands));
    for (std::size_t i = types.size(); i < named_.size(); ++i) {
      if (named_[i]) refuse("Output " + std::to_string(i) + " is not supported.");
    }
    std::vector<std::string> bytes(types.size());
    std::vector<MutableView> results;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const bool named = i < named_.size() && named_[i];
      require_possible(types[i]);
      bytes[i].resize(
          byte_size(types[i].type, static_cast<std::size_t>(element_count(types[i].shape))));
      results.push_back({types[i].type, types[i].shape, named ? bytes[i].data() : nullptr});
    }
    if (kernel_->is_view()) {
      bytes[0].assign(static_cast<const char*>(operands[0].data), operands[0].byte_count());
    } else {
      const AlignedBuffer scratch(kernel_->scratch_bytes(Operands(operands), results));
      kernel_->run({Operands(operands), results, {scratch.data(), scratch.size()}});
    }
    std::vector<Tensor> tensors(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (results[i].data == nullptr) continue;
      tensors[i] = Tensor(types[i].type, types[i].shape, std::move(bytes[i]));
    }
    return tensors;
  });
}

}  // namespace xquant::runtime
