#pragma once

#include <memory>
#include <string_view>

#include "runtime/kernel.h"
#include "runtime/program.h"

namespace xquant::runtime {

/// Newest version of ai.onnx whose operators are known here.
inline constexpr std::int64_t kNewestOpset = 25;

/// The factory for the version of the operator that the opset selects: the one with the largest
/// since-version not above it. nullptr when there is none.
Factory find_factory(std::string_view domain, std::string_view op_type, std::int64_t opset);

/// Version of a domain that the model imports; 1 when it imports none.
std::int64_t version_of(const OpsetImports& imports, const std::string& domain);
/// find_factory for a node of a model.
Factory factory_of(const Node& node, const OpsetImports& imports);

}  // namespace xquant::runtime
