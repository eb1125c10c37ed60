#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "graph/graph.h"

/// ONNX files in and out. What Graph does not model is kept as serialized messages in the `opaque`
/// strings and written back, so that reading and writing a model that nothing changed keeps its
/// meaning to the last field. All errors are Error(kModel) with a code XQ-ONX-..., see README.md of
/// this folder.
namespace xquant::onnx {

/// What can be read: ai.onnx opset and IR versions, both inclusive.
inline constexpr std::int64_t kOldestOpset = 7;
inline constexpr std::int64_t kNewestOpset = 25;
inline constexpr std::int64_t kOldestIr = 3;
inline constexpr std::int64_t kNewestIr = 13;

/// What becomes of model-local functions.
enum class Functions {
  kKeep,    ///< they and the nodes that call them stay as the file has them
  kInline,  ///< every call is replaced by the function's nodes
};

/// Reads a model; external data is resolved relative to the model's folder through files.
Model load(const std::string& path, Files& files, Functions functions = Functions::kKeep);

/// The same from a source. files and folder say where external data would be; files may be nullptr,
/// then a model that refers to external data is refused.
Model parse(ByteSource& source, const std::string& display_name, Files* files,
            const std::string& folder, Functions functions = Functions::kKeep);

/// The bytes of an ONNX file: the same model gives the same bytes. All tensors are stored inside.
std::string serialize(const Model& model);

/// The same in pieces, in file order; weights are passed on from where they lie and are not copied.
void write(const Model& model, const std::function<void(std::string_view)>& sink);

/// Throws when a value is read that nothing produces, when a graph has a cycle or an output without
/// a name, or when operators of ai.onnx are used without an opset import. load and parse have done
/// this already.
void check(const Model& model, const std::string& display_name);

}  // namespace xquant::onnx
