"""How much of a QDQ model is int8: `int8_share.py MODEL.onnx` prints {"tensors": share, "macs": share}.

tensors: of the operands and results of floating-point operators, those that are int8 or stand behind a DequantizeLinear
or before a QuantizeLinear, directly or with operators between that only move elements. macs: of the multiplications of
Conv, ConvTranspose, Gemm and MatMul, those whose operands both are. Dimensions that shape inference does not know count
as 1.
"""
import json
import sys

import onnx

COMPUTING = ("Conv", "ConvTranspose", "Gemm", "MatMul")
LINEAR = ("QuantizeLinear", "DequantizeLinear")
MOVING = ("Expand", "Flatten", "Gather", "Identity", "MaxPool", "Reshape", "Slice", "Split", "Squeeze", "Tile",
          "Transpose", "Unsqueeze")


def shapes(graph):
    known = {t.name: list(t.dims) for t in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        known[value.name] = [max(d.dim_value, 1) for d in value.type.tensor_type.shape.dim]
    return known


def product(dims):
    result = 1
    for dim in dims:
        result *= dim
    return result


def macs(node, known):
    weight = known.get(node.input[1], [1])
    out = product(known.get(node.output[0], [1]))
    if node.op_type == "Conv":
        return out * product(weight[1:])
    if node.op_type == "ConvTranspose":
        return product(known.get(node.input[0], [1])) * product(weight[1:])
    return out * (known.get(node.input[0]) or [1])[-1]


def main():
    model = onnx.shape_inference.infer_shapes(onnx.load(sys.argv[1]))
    graph = model.graph
    known = shapes(graph)
    dequantized = {n.output[0] for n in graph.node if n.op_type == "DequantizeLinear"}
    for node in graph.node:  # in topological order
        if node.op_type in MOVING and node.input[0] in dequantized:
            dequantized.update(node.output)
    rounded = {n.input[0] for n in graph.node if n.op_type == "QuantizeLinear"}
    floats = {t.name for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT}
    floats |= {v.name for v in [*graph.input, *graph.value_info, *graph.output]
               if v.type.tensor_type.elem_type == onnx.TensorProto.FLOAT}
    tensors, int8_tensors, total, int8_macs = set(), set(), 0, 0
    for node in graph.node:
        if node.op_type in LINEAR:
            continue
        for name in [*node.input, *node.output]:
            if name in floats and product(known.get(name, [1])) > 1:
                tensors.add(name)
                if name in dequantized or name in rounded:
                    int8_tensors.add(name)
        if node.op_type in COMPUTING:
            count = macs(node, known)
            total += count
            int8_macs += count if all(i in dequantized for i in node.input[:2]) else 0
    print(json.dumps({"tensors": len(int8_tensors) / max(len(tensors), 1), "macs": int8_macs / max(total, 1)}))


main()
