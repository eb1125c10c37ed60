#pragma once

#include "base/files.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Protobuf's own limit: lengths are signed 32-bit numbers.
inline constexpr std::uint64_t kMaxFileBytes = 0x7fffffff;

/// Parses the whole source in blocks, so that no second copy of the file is held beside the
/// message. Throws when it is empty, too large, of another format, cut off or damaged.
pb::ModelProto parse_proto(ByteSource& source, const Context& context);

}  // namespace xquant::onnx
