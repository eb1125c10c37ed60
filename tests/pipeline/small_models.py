"""Small models of shapes and structures that the real ones of the data folder do not have.

Each function returns a model with random weights and what to calibrate it on: a list of samples, each a
dict of arrays by input name. The models have names that say what is unusual about them.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Writes an ONNX graph down as expressions."""

    def __init__(self, seed=7):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def constant(self, value, name=None):
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, *shape):
        fan_in = np.prod(shape[:-1]) if len(shape) == 2 else np.prod(shape[1:])
        return self.constant(self.random.standard_normal(shape) / np.sqrt(fan_in))

    def input(self, name, shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, shape):
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def op(self, kind, *operands, count=1, **attributes):
        names = [f"{kind.lower()}_{len(self.nodes)}" + (f"_{i}" if i else "") for i in range(count)]
        operands = [o if isinstance(o, str) else self.constant(o) for o in operands]
        self.nodes.append(
            helper.make_node(kind, operands, names, name=f"node_{names[0]}", **attributes)
        )
        return names[0] if count == 1 else names

    def model(self, opset):
        graph = helper.make_graph(self.nodes, "small", self.inputs, self.outputs, self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        made.ir_version = 8
        onnx.checker.check_model(made)
        return made


def linear(b, x, inputs, outputs):
    return b.op("Add", b.op("MatMul", x, b.weight(inputs, outputs)), b.constant(b.random.standard_normal(outputs) * 0.1))


def reduce_mean(b, x, opset, axis=-1):
    if opset >= 18:
        return b.op("ReduceMean", x, np.array([axis]))
    return b.op("ReduceMean", x, axes=[axis])


def layer_norm(b, x, width, opset):
    """As PyTorch writes it before opset 17."""
    scale = b.constant(1 + 0.5 * b.random.standard_normal(width))
    bias = b.constant(0.1 * b.random.standard_normal(width))
    if opset >= 17:
        return b.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)
    centred = b.op("Sub", x, reduce_mean(b, x, opset))
    variance = reduce_mean(b, b.op("Pow", centred, np.float32(2)), opset)
    deviation = b.op("Sqrt", b.op("Add", variance, np.float32(1e-5)))
    return b.op("Add", b.op("Mul", b.op("Div", centred, deviation), scale), bias)


def erf_gelu(b, x):
    gate = b.op("Add", b.op("Erf", b.op("Div", x, np.float32(2**0.5))), np.float32(1))
    return b.op("Mul", b.op("Mul", x, gate), np.float32(0.5))


def tanh_gelu(b, x):
    cube = b.op("Mul", b.op("Pow", x, np.float32(3)), np.float32(0.044715))
    inner = b.op("Mul", b.op("Add", x, cube), np.float32((2 / np.pi) ** 0.5))
    gate = b.op("Add", b.op("Tanh", inner), np.float32(1))
    return b.op("Mul", b.op("Mul", np.float32(0.5), x), gate)


def attention(b, x, width, heads, split, join, mask=None):
    def head(perm):
        return b.op("Transpose", b.op("Reshape", linear(b, x, width, width), split), perm=perm)

    q, k, v = head([0, 2, 1, 3]), head([0, 2, 3, 1]), head([0, 2, 1, 3])
    scores = b.op("Div", b.op("MatMul", q, k), np.float32((width // heads) ** 0.5))
    if mask is not None:
        scores = b.op("Add", scores, mask)
    mixed = b.op("MatMul", b.op("Softmax", scores, axis=-1), v)
    together = b.op("Reshape", b.op("Transpose", mixed, perm=[0, 2, 1, 3]), join)
    return linear(b, together, width, width)


def float_samples(b, shapes, count=16, scale=1.0):
    return [
        {name: (scale * b.random.standard_normal(shape)).astype(np.float32) for name, shape in shapes.items()}
        for _ in range(count)
    ]


def vision_transformer(opset):
    """Patches by a strided Conv, normalization before each block, a class by the mean."""
    b, width, tokens = Builder(), 32, 16
    x = b.op("Conv", b.input("image", [1, 3, 16, 16]), b.weight(width, 3, 4, 4), strides=[4, 4])
    x = b.op("Transpose", b.op("Reshape", x, np.array([1, width, tokens])), perm=[0, 2, 1])
    x = b.op("Add", x, b.constant(0.5 * b.random.standard_normal((1, tokens, width))))
    for _ in range(2):
        split, join = np.array([1, tokens, 4, width // 4]), np.array([1, tokens, width])
        x = b.op("Add", x, attention(b, layer_norm(b, x, width, opset), width, 4, split, join))
        hidden = erf_gelu(b, linear(b, layer_norm(b, x, width, opset), width, 2 * width))
        x = b.op("Add", x, linear(b, hidden, 2 * width, width))
    pooled = reduce_mean(b, layer_norm(b, x, width, opset), opset, 1)
    y = b.op("Gemm", b.op("Flatten", pooled), b.weight(10, width), b.constant(np.zeros(10)), transB=1)
    b.output(y, [1, 10])
    return b.model(opset), float_samples(b, {"image": (1, 3, 16, 16)})


def masked_encoder(opset):
    """Token ids and a mask of int64, batch and length free, shapes computed in the graph."""
    b, width = Builder(), 32
    ids = b.input("ids", ["batch", "length"], TensorProto.INT64)
    keep = b.input("mask", ["batch", "length"], TensorProto.INT64)
    x = layer_norm(b, b.op("Gather", b.constant(b.random.standard_normal((50, width))), ids), width, opset)
    shape = b.op("Shape", ids)
    split = b.op("Concat", shape, np.array([4, width // 4]), axis=0)
    join = b.op("Concat", shape, np.array([width]), axis=0)
    four = b.op("Unsqueeze", b.op("Unsqueeze", keep, np.array([1])), np.array([2]))
    left = b.op("Sub", np.float32(1), b.op("Cast", four, to=TensorProto.FLOAT))
    mask = b.op("Mul", left, np.finfo(np.float32).min)
    for _ in range(2):
        x = layer_norm(b, b.op("Add", attention(b, x, width, 4, split, join, mask), x), width, opset)
        hidden = tanh_gelu(b, linear(b, x, width, 2 * width))
        x = layer_norm(b, b.op("Add", linear(b, hidden, 2 * width, width), x), width, opset)
    b.output(linear(b, x, width, 8), ["batch", "length", 8])
    samples = []
    for number in range(16):
        length = 12
        kept = np.arange(length) < 4 + number % 8
        tokens = b.random.integers(1, 50, (1, length)) * kept
        samples.append({"ids": tokens.astype(np.int64), "mask": kept[None].astype(np.int64)})
    return b.model(opset), samples


def outlier_channels(opset):
    """A normalization that makes three channels forty times as wide as the others."""
    b, width = Builder(), 32
    scale = np.ones(width)
    scale[[3, 11, 20]] = 40
    norm = b.op("LayerNormalization", b.input("x", [16, width]), b.constant(scale), b.constant(np.zeros(width)))
    narrow = b.random.standard_normal((width, width)) / np.sqrt(width)
    narrow[[3, 11, 20]] /= 40
    hidden = b.op("Relu", b.op("MatMul", norm, b.constant(narrow)))
    b.output(b.op("MatMul", hidden, b.weight(width, 8)), [16, 8])
    return b.model(opset), float_samples(b, {"x": (16, width)})


def post_norm(opset):
    """A feed-forward block as BERT has it: a sum reads the normalization's three wide channels as well."""
    b, width = Builder(), 32
    scale = np.ones(width)
    scale[[3, 11, 20]] = 40
    norm = b.op("LayerNormalization", b.input("x", [16, width]), b.constant(scale), b.constant(np.zeros(width)))
    narrow = b.random.standard_normal((width, 64)) / np.sqrt(width)
    narrow[[3, 11, 20]] /= 40
    first = b.op("MatMul", norm, b.constant(narrow))
    root = b.op("Div", first, np.float32(np.sqrt(2)))
    gelu = b.op("Mul", b.op("Mul", first, b.op("Add", b.op("Erf", root), np.float32(1))), np.float32(0.5))
    block = b.op("Add", norm, b.op("MatMul", gelu, b.weight(64, width)))
    # The wide channels themselves pass unharmed: what counts is what the products make.
    b.output(b.op("Sub", block, norm), [16, width])
    return b.model(opset), float_samples(b, {"x": (16, width)})


def feed_forward(opset, widen):
    """A feed-forward block; widen changes the weights [width, hidden] and [hidden, width] of its products."""
    b, width, hidden = Builder(), 32, 128
    first = b.random.standard_normal((width, hidden)) / np.sqrt(width)
    second = b.random.standard_normal((hidden, width)) / np.sqrt(hidden)
    widen(first, second)
    inner = b.op("Add", b.op("MatMul", b.input("x", [16, width]), b.constant(first)), b.constant(np.zeros(hidden)))
    root = b.op("Div", inner, np.float32(np.sqrt(2)))
    gelu = b.op("Mul", b.op("Mul", inner, b.op("Add", b.op("Erf", root), np.float32(1))), np.float32(0.5))
    block = b.op("MatMul", gelu, b.constant(second))
    # The wide channel is one of many: what counts is the others.
    b.output(b.op("Tanh", block), [16, width])
    return b.model(opset), float_samples(b, {"x": (16, width)})


def wide_weight(opset):
    """One weight of the second product is forty times as wide as the others."""

    def widen(first, second):
        second[71, 5] = 3.5

    return feed_forward(opset, widen)


def wide_column(opset):
    """One column of the second product is forty times as wide as the others, one hidden channel eight times."""

    def widen(first, second):
        first[:, 9] *= 8
        second[:, 5] *= 40

    return feed_forward(opset, widen)


def gated_decoder(opset):
    """RMSNorm, SiLU gates, and a causal mask in a constant."""
    b, width, tokens = Builder(), 32, 8
    x = b.input("x", [1, tokens, width])
    causal = b.constant(np.triu(np.full((tokens, tokens), -1e9, np.float32), 1))

    def rms_norm(value):
        moment = reduce_mean(b, b.op("Pow", value, np.float32(2)), opset)
        deviation = b.op("Sqrt", b.op("Add", moment, np.float32(1e-6)))
        normal = b.op("Mul", value, b.op("Div", np.float32(1), deviation))
        return b.op("Mul", b.constant(1 + 0.3 * b.random.standard_normal(width)), normal)

    split, join = np.array([1, tokens, 4, width // 4]), np.array([1, tokens, width])
    x = b.op("Add", x, attention(b, rms_norm(x), width, 4, split, join, causal))
    normal = rms_norm(x)
    gate = b.op("MatMul", normal, b.weight(width, 64))
    gate = b.op("Mul", gate, b.op("Sigmoid", gate))
    hidden = b.op("Mul", gate, b.op("MatMul", normal, b.weight(width, 64)))
    b.output(b.op("Add", x, b.op("MatMul", hidden, b.weight(64, width))), [1, tokens, width])
    return b.model(opset), float_samples(b, {"x": (1, tokens, width)})


def shared_weights(opset):
    """One weight for two MatMuls, one for two Convs, one for Conv and an output."""
    b = Builder()
    x, image = b.input("x", [4, 16]), b.input("image", [1, 4, 8, 8])
    matrix, kernel = b.weight(16, 16), b.weight(4, 4, 3, 3)
    first = b.op("Relu", b.op("MatMul", x, matrix))
    b.output(b.op("MatMul", first, matrix), [4, 16])
    conv = b.op("Relu", b.op("Conv", image, kernel, pads=[1, 1, 1, 1]))
    b.output(b.op("Conv", conv, kernel, pads=[1, 1, 1, 1]), [1, 4, 8, 8])
    return b.model(opset), float_samples(b, {"x": (4, 16), "image": (1, 4, 8, 8)})


def constant_on_the_left(opset):
    b = Builder()
    mixed = b.op("MatMul", b.constant(b.random.standard_normal((6, 5))), b.input("x", [5, 7]))
    b.output(b.op("MatMul", b.op("Relu", mixed), b.weight(7, 3)), [6, 3])
    return b.model(opset), float_samples(b, {"x": (5, 7)})


def gemm_forms(opset):
    """Both transpositions, factors, a bias for each row, no bias."""
    b = Builder()
    x = b.op("Gemm", b.input("x", [8, 4]), b.weight(8, 6), b.constant(np.ones((4, 1))), transA=1, alpha=0.5, beta=2.0)
    x = b.op("Gemm", b.op("Relu", x), b.weight(5, 6), b.constant(np.arange(5.0)), transB=1)
    x = b.op("Gemm", b.op("Relu", x), b.weight(5, 3))
    b.output(x, [4, 3])
    return b.model(opset), float_samples(b, {"x": (8, 4)})


def one_dimension(opset):
    """Conv and ConvTranspose over one dimension, with groups, and PRelu."""
    b = Builder()
    x = b.op("Conv", b.input("sound", [1, 2, 32]), b.weight(8, 2, 5), b.constant(np.zeros(8)), pads=[2, 2], strides=[2])
    x = b.op("PRelu", x, b.constant(np.full((8, 1), 0.1)))
    x = b.op("Conv", x, b.weight(8, 2, 3), group=4, pads=[1, 1])
    x = b.op("Relu", x)
    x = b.op("ConvTranspose", x, b.weight(8, 3, 4), strides=[2], group=2, pads=[1, 1])
    b.output(b.op("Sigmoid", x), [1, 6, 32])
    return b.model(opset), float_samples(b, {"sound": (1, 2, 32)})


def inputs_of_two_types(opset):
    """Floats, and int64 indices that pick rows of a float result."""
    b = Builder()
    rows = b.op("MatMul", b.input("x", ["rows", 8]), b.weight(8, 8))
    picked = b.op("Gather", rows, b.input("picks", ["count"], TensorProto.INT64), axis=0)
    b.output(b.op("MatMul", b.op("Relu", picked), b.weight(8, 4)), ["count", 4])
    samples = float_samples(b, {"x": (6, 8)})
    for sample in samples:
        sample["picks"] = b.random.integers(0, 6, 3)
    return b.model(opset), samples


def output_order(opset):
    """Outputs that are inner tensors too, in another order than they are computed."""
    b = Builder()
    first = b.op("Relu", b.op("Conv", b.input("x", [1, 3, 8, 8]), b.weight(4, 3, 3, 3)))
    second = b.op("Clip", b.op("Conv", first, b.weight(4, 4, 1, 1)), np.float32(0), np.float32(6))
    third = b.op("GlobalAveragePool", second)
    b.output(third, [1, 4, 1, 1])
    b.output(first, [1, 4, 6, 6])
    b.output(second, [1, 4, 6, 6])
    return b.model(opset), float_samples(b, {"x": (1, 3, 8, 8)})


MODELS = {
    "vision_transformer": (vision_transformer, (13, 17, 18)),
    "masked_encoder": (masked_encoder, (13, 17)),
    "outlier_channels": (outlier_channels, (17,)),
    "wide_weight": (wide_weight, (17,)),
    "wide_column": (wide_column, (17,)),
    "gated_decoder": (gated_decoder, (13, 18)),
    "shared_weights": (shared_weights, (13,)),
    "constant_on_the_left": (constant_on_the_left, (13,)),
    "gemm_forms": (gemm_forms, (11, 13)),
    "one_dimension": (one_dimension, (13,)),
    "inputs_of_two_types": (inputs_of_two_types, (13,)),
    "output_order": (output_order, (13,)),
}
