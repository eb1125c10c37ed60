#pragma once

#include <string>

#include "graph/graph.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// What a TypeProto says; afterwards only what ValueType cannot hold is left in it (denotations).
/// Negative dimensions, which some exporters write for "not known", become unknown ones.
ValueType take_type(pb::TypeProto& proto, const Place& place);

/// Adds the type to the rest that take_type left. Denotations of dimensions stay only while the
/// rank is still the same. Nothing is added when nothing is known.
void merge_type(const ValueType& type, pb::TypeProto& rest);

/// Whether a rest carries a whole type rather than denotations only.
bool is_whole_type(const pb::TypeProto& proto);

/// What a constant's tensor says of its type.
ValueType type_of(const Tensor& tensor);

}  // namespace xquant::onnx
