#pragma once

#include <memory>
#include <string_view>

#include "runtime/kernel.h"

namespace xquant::runtime {

/// Newest version of ai.onnx whose operators are known here.
inline constexpr std::int64_t kNewestOpset = 25;

using Factory = std::unique_ptr<Kernel> (*)(const Setup&);

/// The factory for the version of the operator that the opset selects: the one with the largest
/// since-version not above it. nullptr when there is none.
Factory find_factory(std::string_view domain, std::string_view op_type, std::int64_t opset);

}  // namespace xquant::runtime
