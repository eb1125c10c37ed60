"""A quantized model with an operator of every kind that `xquant check --vectors` can write."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SCALE, ZERO = np.float32(0.031), np.int8(3)
IMAGE = [2, 6, 8, 8]


class Builder:
    def __init__(self):
        self.random = np.random.default_rng(1)
        self.nodes, self.constants, self.outputs = [], [], []

    def constant(self, values):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def reals(self, *shape):
        return self.constant(self.random.uniform(0.5, 2, shape).astype(np.float32))

    def op(self, op_type, inputs, **attributes):
        name = f"{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=f"{name}_node", **attributes))
        return name

    def pair(self, value, scale=SCALE, zero=ZERO):
        operands = [self.constant(scale), self.constant(zero)]
        return self.op("DequantizeLinear", [self.op("QuantizeLinear", [value, *operands]), *operands])

    def weights(self, *shape):
        values = self.constant(self.random.integers(-127, 128, shape).astype(np.int8))
        return self.op("DequantizeLinear", [values, self.constant(np.float32(0.004)), self.constant(np.int8(0))])

    def wide_weights(self, *shape):
        values = self.constant(self.random.integers(-32767, 32768, shape).astype(np.int16))
        return self.op("DequantizeLinear", [values, self.constant(np.float32(0.00002)), self.constant(np.int16(0))])

    def output(self, value):
        self.outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))

    def result(self, op_type, inputs, **attributes):
        self.output(self.pair(self.op(op_type, inputs, **attributes), np.float32(0.05), np.int8(-9)))


def move(b, x):
    """Operators that move elements, between x and results in float: each is a step of its own."""

    def ints(*values):
        return b.constant(np.array(values, np.int64))

    pooled = b.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    turned = b.op("Transpose", [pooled], perm=[0, 2, 3, 1])
    b.output(b.op("Concat", [turned, b.op("Neg", [b.pair(turned)])], axis=1))
    b.result("Concat", [x, b.pair(x, np.float32(0.05), np.int8(1)), b.weights(2, 1, 8, 8)], axis=1)  # three scales
    b.output(b.pair(x, np.float32(0.05), np.int8(1)))  # another scale
    b.output(b.op("MaxPool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[3, 2], ceil_mode=1))
    b.output(b.op("Reshape", [x, ints(2, 3, -1)]))
    b.output(b.op("Flatten", [x]))
    b.output(b.op("Unsqueeze", [x, ints(0)]))
    b.output(b.op("Squeeze", [b.op("Slice", [x, ints(1), ints(2), ints(1)]), ints(1)]))
    b.output(b.op("Slice", [x, ints(7, 1), ints(-9, 6), ints(3, 1), ints(-2, 1)]))
    split = b.op("Split", [x, ints(1, 5)], axis=1)
    b.nodes[-1].output.append(f"{split}_rest")
    b.output(split)
    b.output(f"{split}_rest")
    for index in ([2, 0, 3, 3], [[4], [1]], 5):
        b.output(b.op("Gather", [x, b.constant(np.array(index, np.int64))], axis=1))
    b.output(b.op("GatherElements", [x, b.constant(np.array([[[[7, 0]], [[3, 1]]]], np.int64))], axis=3))
    b.output(b.op("GatherND", [x, b.constant(np.array([[1, 5], [0, 2]], np.int64))]))
    for axis in (1, 3):
        taken = b.op("TopK", [x, ints(3)], axis=axis)
        b.nodes[-1].output.append(f"{taken}_indices")
        b.output(taken)
    for index in ([[[[4, 1]]]], [[[[0, 7]]]]):
        updates = b.op("Slice", [x, ints(0, 0, 0, 0), ints(1, 1, 1, 2), ints(0, 1, 2, 3)])
        b.output(b.op("ScatterElements", [x, b.constant(np.array(index, np.int64)), updates], axis=3))
    rows = b.op("Gather", [b.op("Gather", [x, ints(0, 1)], axis=1), b.constant(np.int64(1))], axis=0)
    b.output(b.op("ScatterND", [x, b.constant(np.array([[1, 5], [0, 2]], np.int64)), rows]))
    b.output(b.op("Compress", [x, b.constant(np.array([True, False, False, True]))], axis=2))
    b.output(b.op("ReverseSequence", [x, ints(3, 6)], time_axis=1, batch_axis=0))
    # Indices that the model computes.
    b.output(b.op("Gather", [x, b.op("Sub", [b.op("Shape", [rows_of(b, x)]), ints(8, 60)])], axis=2))
    b.output(b.op("Expand", [b.op("Unsqueeze", [x, ints(1)]), ints(2, 3, 6, 8, 8)]))
    b.output(b.op("Tile", [x, ints(1, 2, 1, 3)]))
    shuffled = b.op("DepthToSpace", [b.op("Slice", [x, ints(0), ints(4), ints(1)])], blocksize=2)
    b.output(shuffled)
    b.output(b.op("SpaceToDepth", [shuffled], blocksize=4))
    pads = ints(0, 0, 1, 2, 0, 1, 0, 1)
    b.output(b.op("Pad", [x, pads]))
    b.output(b.op("Pad", [x, ints(0, -1, 1, 0, 0, 0, -3, 1), b.constant(SCALE * np.float32(7))]))
    for mode in ("edge", "reflect", "wrap"):
        b.output(b.op("Pad", [x, pads], mode=mode))
    for scales in ([1, 1, 2, 2], [1, 1, 1.5, 0.75], [1, 2, 1, 1]):
        operands = [x, "", b.constant(np.array(scales, np.float32))]
        b.output(b.op("Resize", operands, mode="nearest", nearest_mode="floor"))


def sixteen_bits(b):
    """Tensors of 16 bits: they are moved, combined, multiplied and rounded to 8."""
    fine = np.float32(0.0002)
    x = b.pair("x", fine, np.int16(-700))
    moved = b.op("Transpose", [x], perm=[0, 2, 3, 1])
    b.output(moved)
    b.output(b.op("Concat", [moved, moved], axis=0))
    b.output(b.op("Pad", [x, b.constant(np.array([0, 0, 1, 2, 0, 1, 0, 1], np.int64))]))
    b.output(b.op("Gather", [x, b.constant(np.array([5, 0, 5], np.int64))], axis=1))
    b.output(b.op("MaxPool", [x], kernel_shape=[2, 2]))
    b.output(b.pair(b.op("Add", [x, b.pair("x", np.float32(0.0001), np.uint16(30000))]), fine, np.int16(9)))
    b.output(b.pair(b.op("ReduceMean", [x, b.constant(np.array([0, 2], np.int64))]), fine, np.int16(9)))
    b.result("Sigmoid", [x])
    b.result("Sin", [x])
    wide = [np.float32(0.001), np.int16(9)]
    b.output(b.pair(b.op("Conv", [x, b.weights(4, 6, 3, 3), b.reals(4)], pads=[1, 1, 1, 1]), *wide))
    b.output(b.pair(b.op("LeakyRelu", [b.op("Conv", [x, b.weights(6, 1, 3, 3)], group=6)], alpha=0.1), *wide))
    b.output(b.op("Conv", [x, b.weights(2, 6, 1, 1), b.reals(2)]))  # a float result
    b.result("ConvTranspose", [x, b.weights(6, 2, 3, 3)], strides=[2, 2], group=2)
    b.result("MatMul", [x, b.wide_weights(8, 3)])
    b.output(b.pair(b.op("MatMul", [x, x]), *wide))
    b.output(b.pair(b.op("Gemm", [rows_of(b, x), b.wide_weights(64, 5), b.reals(5)]), *wide))


def rows_of(b, x):
    return b.op("Reshape", [x, b.constant(np.array([12, 64], np.int64))])


def model():
    b = Builder()
    x = b.pair("x")
    rows = rows_of(b, x)
    b.result("Conv", [x, b.weights(4, 6, 3, 3), b.reals(4)], pads=[1, 1, 1, 1])
    b.result("Conv", [x, b.weights(6, 1, 3, 3)], group=6, strides=[2, 2])
    b.result("LeakyRelu", [b.op("Conv", [x, b.weights(4, 6, 1, 1)])], alpha=0.1)  # a stage
    b.output(b.op("Conv", [x, b.weights(2, 6, 1, 1)]))  # a float result
    b.result("ConvTranspose", [x, b.weights(6, 2, 3, 3), b.reals(4)], strides=[2, 2], group=2)
    b.result("Gemm", [rows, b.weights(64, 5), b.reals(5)])
    b.result("Gemm", [rows, b.weights(5, 64)], transB=1)
    b.result("MatMul", [x, b.weights(8, 3)])
    b.result("MatMul", [x, x])
    b.result("MatMul", [b.weights(6, 3, 8), x])
    for op_type in ("Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu"):
        b.result(op_type, [x, b.weights(6, 1, 1)])
    other = b.pair(x, np.float32(0.05), np.int8(1))
    b.result("Sum", [x, other, b.weights(6, 1, 1), b.reals(8, 8)])
    b.result("Mean", [x, other])
    b.result("Where", [b.constant(np.arange(64).reshape(8, 8) % 3 == 0), x, other])
    b.result("Mul", [x, b.reals(6, 8, 8)])
    b.result("Tanh", [b.op("Add", [x, other])])
    b.result("AveragePool", [x], kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1])
    b.result("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    b.result("LpPool", [x], kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1])
    b.result("GlobalAveragePool", [x])
    axes = b.constant(np.array([1, 2], np.int64))
    for op_type in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"):
        b.result(op_type, [x, axes])
    b.result("ReduceMean", [x, b.constant(np.array([0, 2], np.int64))])  # no run of dimensions
    b.result("ConvTranspose", [x, b.weights(6, 2, 3, 3)], strides=[2, 2], auto_pad="SAME_UPPER")
    b.result("Gemm", [b.op("Transpose", [rows]), b.weights(64, 5), b.reals(5)], transA=1, alpha=0.3)
    b.result("Softmax", [x], axis=1)
    b.result("LogSoftmax", [x])
    b.result("Hardmax", [x])
    b.result("LpNormalization", [x], axis=1)
    b.result("MeanVarianceNormalization", [x])
    b.result("LRN", [x], size=3, alpha=0.5)
    grid = b.constant(b.random.uniform(-1.2, 1.2, (2, 3, 5, 2)).astype(np.float32))
    b.result("GridSample", [x, grid])
    boxes = [b.constant(np.array([[1, 1, 6, 5], [0, 2, 9, 7]], np.float32)), b.constant(np.array([1, 0], np.int64))]
    b.result("RoiAlign", [x, *boxes], output_height=2, output_width=3)
    b.result("RoiAlign", [x, *boxes], output_height=2, output_width=3, sampling_ratio=2, mode="max")
    b.result("Pow", [b.op("Abs", [x]), other])
    b.result("Mod", [x, other], fmod=1)
    b.result("LpPool", [x], kernel_shape=[3, 3], p=3)
    b.result("ReduceLogSumExp", [x, axes])
    b.result("CumSum", [x, b.constant(np.int64(2))], exclusive=1, reverse=1)
    scattered = [x, b.constant(np.array([[1], [0], [1]], np.int64)), b.weights(3, 6, 8, 8)]
    for reduction in ("add", "mul", "min", "max"):
        b.result("ScatterND", scattered, reduction=reduction)
    b.result("Trilu", [x], upper=0)
    b.result("Einsum", [x], equation="abcc->ba")
    b.result("LayerNormalization", [x, b.reals(8), b.reals(8, 1)], axis=2)
    b.result("RMSNormalization", [x, b.reals(8)])
    b.result("InstanceNormalization", [x, b.reals(6), b.reals(6)])
    b.result("GroupNormalization", [x, b.reals(6), b.reals(6)], num_groups=3)
    scales = b.constant(np.array([1, 1, 1.5, 2.25], np.float32))
    b.result("Resize", [x, "", scales], mode="linear")
    b.result("Resize", [x, "", scales], mode="cubic")
    b.result("Resize", [x, "", scales], mode="linear", antialias=1)
    b.result("Tanh", [x])
    b.result("Mul", [x, b.reals(6, 1, 1)])  # a table for each channel
    b.result("Mul", [b.op("Slice", [x, *(b.constant(np.array([v], np.int64)) for v in (0, 1, 1))]), b.reals(6, 1, 1)])
    b.result("Add", [x, b.reals(8)])
    move(b, x)
    sixteen_bits(b)
    graph = helper.make_graph(
        b.nodes, "every_kind", [helper.make_tensor_value_info("x", TensorProto.FLOAT, IMAGE)], b.outputs, b.constants
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)
