#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace xquant::onnx {

/// What every reader needs to know about the file it reads from.
struct Context {
  std::string file;         ///< as shown in messages
  Files* files = nullptr;   ///< where external data is; nullptr: nowhere
  std::string folder = {};  ///< of the model

  Place place() const { return {.file = file}; }
  Place at_node(std::string node) const { return {.file = file, .node = std::move(node)}; }
  Place at_tensor(std::string tensor) const { return {.file = file, .tensor = std::move(tensor)}; }
};

/// Throws Error(kModel) with the code XQ-ONX-<number>, the number given as three digits.
[[noreturn]] void fail(std::string_view number, std::string message, Place place, std::string fix);

/// The spelling "ai.onnx" of the default domain means the empty one.
std::string canonical_domain(std::string domain);

}  // namespace xquant::onnx
