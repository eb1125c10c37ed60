#pragma once

#include "graph/graph.h"
#include "onnx/context.h"
#include "onnx/proto.h"

namespace xquant::onnx {

/// Moves the attributes of proto into node: those that AttributeValue can hold into
/// Node::attributes, the others into Node::opaque_attributes. In proto stay the attributes that say
/// more than their value, each with its name and what else it says (documentation, a tensor's
/// name).
void take_attributes(pb::NodeProto& proto, Node& node, const Context& context, const Place& place);

}  // namespace xquant::onnx
