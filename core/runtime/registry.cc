#include "runtime/registry.h"

namespace xquant::runtime {
namespace ops {

#define XQ_OPERATOR(domain, op_type, since, factory) \
  std::unique_ptr<Kernel> factory(const Setup& setup);
#include "runtime/operators.inc"
#undef XQ_OPERATOR

}  // namespace ops

namespace {

struct Entry {
  std::string_view domain;
  std::string_view op_type;
  std::int64_t since;
  Factory factory;
};

constexpr Entry kEntries[] = {
#define XQ_OPERATOR(domain, op_type, since, factory) {domain, #op_type, since, ops::factory},
#include "runtime/operators.inc"
#undef XQ_OPERATOR
};

}  // namespace

Factory find_factory(std::string_view domain, std::string_view op_type, std::int64_t opset) {
  if (domain.empty() && opset > kNewestOpset) return nullptr;
  const Entry* best = nullptr;
  for (const Entry& entry : kEntries) {
    if (entry.op_type != op_type || entry.domain != domain || entry.since > opset) continue;
    if (best == nullptr || entry.since > best->since) best = &entry;
  }
  return best == nullptr ? nullptr : best->factory;
}

std::int64_t version_of(const OpsetImports& imports, const std::string& domain) {
  const auto found = imports.find(domain == "ai.onnx" ? "" : domain);
  return found == imports.end() ? 1 : found->second;
}

Factory factory_of(const Node& node, const OpsetImports& imports) {
  const std::string domain = node.domain == "ai.onnx" ? "" : node.domain;
  return find_factory(domain, node.op_type, version_of(imports, domain));
}

}  // namespace xquant::runtime
