"""Real results of operators in QOperator form, in float64: what a runtime rounds to codes."""

import numpy as np
import onnx
from onnx import helper

# Operator: (float operator, first operand, operands or None for all that there are, int32 bias, scale of the result).
# Operands are triples of codes, scale and zero point (ContribOperators.md of ONNX Runtime).
FORMS = {
    "QLinearConv": ("Conv", 0, 2, 8, 6),
    "QLinearMatMul": ("MatMul", 0, 2, None, 6),
    "QGemm": ("Gemm", 0, 2, 6, 7),
    "QLinearAdd": ("Add", 0, 2, None, 6),
    "QLinearMul": ("Mul", 0, 2, None, 6),
    "QLinearSigmoid": ("Sigmoid", 0, 1, None, 3),
    "QLinearLeakyRelu": ("LeakyRelu", 0, 1, None, 3),
    "QLinearSoftmax": ("Softmax", 0, 1, None, 3),
    "QLinearAveragePool": ("AveragePool", 0, 1, None, 3),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", 0, 1, None, 3),
    "QLinearReduceMean": ("ReduceMean", 0, 1, None, 3),
    "QLinearConcat": ("Concat", 2, None, None, 0),
    "QLinearWhere": ("Where", 1, 2, None, 7),
}
# Gone from the float operator.
OWN_ATTRIBUTES = ("channels_last", "opset")
OPSET = 17


def result_scale_position(node):
    return FORMS[node.op_type][4]


def channel_shape(node, codes, count):
    """Scales of channels beside codes."""
    if count == 1:
        return (1,) * codes.ndim
    axis = codes.ndim - 1
    if node.op_type == "QLinearConv":
        axis = 0
    elif node.op_type == "QGemm" and any(a.name == "transB" and a.i for a in node.attribute):
        axis = 0
    return tuple(count if d == axis else 1 for d in range(codes.ndim))


def dequantized(node, value, at):
    codes, scale, zero = value(node.input[at]), np.atleast_1d(value(node.input[at + 1])), None
    zero = np.atleast_1d(value(node.input[at + 2])) if node.input[at + 2] else np.zeros(1)
    scale = scale.astype(np.float64).reshape(channel_shape(node, codes, scale.size))
    zero = zero.astype(np.float64).reshape(channel_shape(node, codes, zero.size))
    return (codes.astype(np.float64) - zero) * scale


def exact_reals(node, value):
    """value: array of a name. None: the result has no scale, or this is no such operator."""
    if node.op_type not in FORMS:
        return None
    float_type, first, count, bias, result = FORMS[node.op_type]
    if result >= len(node.input) or not node.input[result]:
        return None
    count = (len(node.input) - first) // 3 if count is None else count
    feeds = {f"x{i}": dequantized(node, value, first + 3 * i) for i in range(count)}
    if float_type == "Where":
        feeds = {"condition": value(node.input[0]), **feeds}
    if bias is not None and bias < len(node.input) and node.input[bias]:
        unit = np.float64(1)
        for at in (first + 1, first + 4):
            unit = unit * np.asarray(value(node.input[at]), np.float64)
        unit = unit * next((a.f for a in node.attribute if a.name == "alpha"), 1.0)
        feeds["bias"] = value(node.input[bias]) * unit
    op = helper.make_node(float_type, list(feeds), ["y"])
    op.attribute.extend(a for a in node.attribute if a.name not in OWN_ATTRIBUTES)
    opset = next((a.i for a in node.attribute if a.name == "opset"), OPSET)
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [op], "exact", [info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feeds.items()],
        [info("y", onnx.TensorProto.DOUBLE, None)],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return onnx.reference.ReferenceEvaluator(made).run(None, feeds)[0]


def exact_steps(node, value):
    """Real results over the scale of the result."""
    reals = exact_reals(node, value)
    return None if reals is None else reals / np.float64(value(node.input[result_scale_position(node)]))


def steps_of_onnxruntime(node, value):
    """The same as ONNX Runtime means it: QLinearSoftmax multiplies by floor(1 / scale) instead of dividing by the
    scale (onnxruntime/contrib_ops/cpu/quantization/qlinear_softmax.cc), other scales than 1 / n give other results."""
    steps = exact_steps(node, value)
    if node.op_type != "QLinearSoftmax":
        return steps
    scale = np.float32(value(node.input[3]))
    return steps * np.float64(scale) * np.float64(np.floor(np.float32(1) / scale))


def largest_distance(node, value, codes, steps):
    """How far from the nearest tie the real results lie that these codes are not the nearest of, in steps; 0: none."""
    limits, zero = np.iinfo(codes.dtype), int(value(node.input[result_scale_position(node) + 1]))
    positions = codes.astype(np.float64) - zero
    beyond = np.abs(steps - positions) - 0.5
    beyond[(codes == limits.min) & (steps < positions)] = 0
    beyond[(codes == limits.max) & (steps > positions)] = 0
    return max(0.0, float(beyond.max(initial=0)))
