"""Every operator of ai.onnx that reads and writes real numbers, between DequantizeLinear and QuantizeLinear."""

import dataclasses

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 23


@dataclasses.dataclass
class Activation:
    """An operand that is quantized; values in [low, high]."""

    shape: tuple
    low: float = -2.0
    high: float = 2.0


@dataclasses.dataclass
class Weights:
    """A constant of 8 bits."""

    shape: tuple


@dataclasses.dataclass
class Raw:
    """An input of the model as it is: flags, indices."""

    values: np.ndarray


def reals(*shape, seed=5):
    return np.random.default_rng(seed).uniform(0.5, 2, shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


IMAGE = Activation((1, 4, 6, 8))
POSITIVE = Activation((1, 4, 6, 8), 0.1, 3)
UNIT = Activation((1, 4, 6, 8), -0.9, 0.9)
ROWS = Activation((3, 8))
VOLUME = Activation((1, 2, 4, 6, 8))
FLAGS = np.arange(48).reshape(6, 8) % 3 == 0


@dataclasses.dataclass
class Case:
    op_type: str
    operands: list
    attributes: dict
    label: str = ""
    outputs: int = 1
    opset: int = OPSET
    results: int = 0  # of the operator, where some are not quantized


def case(op_type, *operands, label="", outputs=1, opset=OPSET, results=0, **attributes):
    return Case(op_type, list(operands), attributes, label, outputs, opset, results)


def functions():
    for op_type in ("Abs", "Asinh", "Atan", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu",
                    "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Mish", "Neg", "Reciprocal", "Relu", "Round",
                    "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
                    "ThresholdedRelu", "Log", "Dropout"):  # fmt: skip
        yield case(op_type, POSITIVE if op_type in ("Log", "Sqrt", "Reciprocal") else IMAGE)
    for op_type in ("Acos", "Asin", "Atanh"):
        yield case(op_type, UNIT)
    yield case("Acosh", Activation((1, 4, 6, 8), 1.1, 3))
    yield case("Swish", IMAGE, opset=24)


def element_by_element():
    other = Activation((4, 1, 8), 0.3, 2)
    for op_type in ("Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu", "Sum", "Mean"):
        yield case(op_type, IMAGE, other, label="two tensors")
        yield case(op_type, IMAGE, reals(4, 1, 1), label="a constant of channels")
        for shape in ((1, 4, 6, 8), (6, 8), (1, 1, 8), (2, 1, 1, 1)):
            yield case(op_type, IMAGE, reals(*shape), label=f"a constant {list(shape)}")
        if op_type in ("Min", "Max", "Sum", "Mean"):
            yield case(op_type, IMAGE, other, IMAGE, Weights((6, 1)), label="four tensors")
    yield case("Where", FLAGS, IMAGE, other, label="two tensors")
    yield case("Where", Raw(FLAGS), IMAGE, other, label="two tensors, an input")
    yield case("Where", FLAGS, IMAGE, np.float32(-1), label="a number")
    yield case("Pow", IMAGE, np.float32(2), label="a number")
    yield case("Pow", POSITIVE, reals(6, 8), label="a constant [6, 8]")
    yield case("Pow", POSITIVE, other, label="two tensors")
    yield case("Pow", IMAGE, np.float32(3), label="by 3")
    yield case("Pow", POSITIVE, np.array([2, 0.5, 2, 3, -1, 0, 2, 1], np.float32), label="twos among others")
    yield case("Mod", POSITIVE, other, fmod=1)
    yield case("BatchNormalization", IMAGE, reals(4), reals(4), reals(4), reals(4))


def movements():
    yield case("Concat", IMAGE, IMAGE, axis=1)
    yield case("Concat", IMAGE, Activation((1, 2, 6, 8), -1, 1), label="two scales", axis=1)
    yield case("DepthToSpace", IMAGE, blocksize=2)
    yield case("SpaceToDepth", IMAGE, blocksize=2)
    yield case("Expand", ROWS, ints(2, 3, 8))
    yield case("Flatten", IMAGE)
    yield case("Gather", IMAGE, ints(3, 1), axis=1)
    yield case("GatherElements", ROWS, ints(0, 2).reshape(1, 2), axis=0)
    yield case("GatherND", ROWS, ints(1, 2).reshape(1, 2))
    yield case("Pad", IMAGE, ints(0, 0, 1, 1, 0, 0, 1, 1))
    yield case("Pad", IMAGE, ints(0, 0, 1, 1, 0, 0, 1, 1), label="reflect", mode="reflect")
    yield case("Reshape", IMAGE, ints(4, -1))
    yield case("ReverseSequence", ROWS, ints(2, 3, 8), batch_axis=0, time_axis=1)
    yield case("Slice", IMAGE, ints(1), ints(5), ints(3), ints(2))
    yield case("Split", IMAGE, ints(2, 2), axis=1, outputs=2)
    yield case("Squeeze", IMAGE, ints(0))
    yield case("Unsqueeze", IMAGE, ints(0))
    yield case("Tile", ROWS, ints(2, 1))
    yield case("Transpose", IMAGE, perm=[0, 2, 3, 1])
    yield case("Trilu", ROWS)
    yield case("Trilu", IMAGE, np.int64(-1), label="lower", upper=0)
    yield case("Compress", ROWS, np.array([True, False, True]), axis=0)
    yield case("CenterCropPad", IMAGE, ints(4, 10), axes=[2, 3])
    yield case("ScatterElements", ROWS, ints(1, 0).reshape(1, 2), Activation((1, 2), -1, 1), axis=0)
    yield case("ScatterND", ROWS, ints(1, 0).reshape(2, 1), Activation((2, 8), -1, 1))
    two_rows, rows = Activation((2, 8)), ints(1, 0).reshape(2, 1)
    yield case("ScatterND", ROWS, rows, two_rows, label="one scale")
    yield case("ScatterND", np.zeros((3, 8), np.float32), rows, two_rows, label="into zeros")
    for reduction in ("add", "mul", "min", "max"):
        yield case("ScatterND", ROWS, ints(1, 1).reshape(2, 1), two_rows, label=reduction, reduction=reduction)
        operands = [ROWS, ints(1, 0, 1, 2).reshape(2, 2), Activation((2, 2), -1, 1)]
        yield case("ScatterElements", *operands, label=reduction, axis=1, reduction=reduction)
    yield case("ScatterND", np.zeros((3, 8), np.float32), rows, two_rows, label="added to zeros", reduction="add")
    yield case("Concat", reals(1, 8), ROWS, label="a float constant", axis=0)
    yield case("TopK", ROWS, ints(2), results=2)
    yield case("TopK", IMAGE, ints(3), label="of channels", axis=1, largest=0, results=2)
    for scales in ([1, 1, 2, 2], [1, 1, 1.5, 0.5]):
        operands = [IMAGE, None, np.array(scales, np.float32)]
        yield case("Resize", *operands, label=f"nearest {scales}", mode="nearest")
        yield case("Resize", *operands, label=f"linear {scales}", mode="linear")
        yield case("Resize", *operands, label=f"cubic {scales}", mode="cubic")
    sizes = [IMAGE, None, None, ints(1, 4, 12, 12)]
    corners = {"coordinate_transformation_mode": "align_corners"}
    yield case("Resize", *sizes, label="cubic, align_corners", mode="cubic", **corners)
    yield case("Resize", *sizes, label="linear, antialias", mode="linear", antialias=1)
    channels = np.array([1, 2, 2, 2], np.float32)
    yield case("Resize", IMAGE, None, channels, label="linear, channels", mode="linear")
    depth = np.array([1, 1, 2, 2, 2], np.float32)
    yield case("Resize", VOLUME, None, depth, label="linear, three dimensions", mode="linear")
    yield case("Upsample", IMAGE, np.array([1, 1, 2, 2], np.float32), label="linear", mode="linear", opset=9)


def windows():
    window = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}
    for op_type in ("MaxPool", "AveragePool", "LpPool"):
        yield case(op_type, IMAGE, **window)
    yield case("LpPool", IMAGE, label="p 1", p=1, **window)
    yield case("LpPool", IMAGE, label="p 3", p=3, **window)
    yield case("GlobalLpPool", IMAGE, label="p 5", p=5)
    for op_type in ("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"):
        yield case(op_type, IMAGE)
    yield case("AveragePool", VOLUME, label="three dimensions", kernel_shape=[2, 2, 2])
    yield case("MaxRoiPool", IMAGE, np.array([[0, 1, 1, 6, 5]], np.float32), opset=21, pooled_shape=[2, 2])
    boxes = {"output_height": 2, "output_width": 2}
    regions = [IMAGE, np.array([[1, 1, 6, 5], [-2, 3, 3.3, 9]], np.float32), ints(0, 0)]
    yield case("RoiAlign", *regions, label="samples of its regions", opset=21, **boxes)
    yield case("RoiAlign", *regions, opset=21, sampling_ratio=3, **boxes)
    yield case("RoiAlign", *regions, label="the largest", opset=21, sampling_ratio=2, mode="max", **boxes)
    yield case("MaxUnpool", IMAGE, np.arange(192).reshape(1, 4, 6, 8) * 4, kernel_shape=[2, 2], strides=[2, 2])
    grid = Activation((1, 3, 4, 2), -1.3, 1.3)
    for mode in ("linear", "nearest", "cubic"):
        yield case("GridSample", IMAGE, grid, label=mode, mode=mode)
    corners = {"align_corners": 1, "padding_mode": "reflection"}
    yield case("GridSample", IMAGE, Raw(reals(1, 3, 4, 2) - 1.2), label="a float grid", **corners)
    depth = Activation((1, 2, 3, 4, 3), -1, 1)
    yield case("GridSample", VOLUME, depth, label="three dimensions", padding_mode="border")
    yield case("Col2Im", Activation((1, 4, 12)), ints(4, 5), ints(2, 2))
    window = {"strides": [2, 1], "pads": [1, 0, 1, 1], "dilations": [1, 2]}
    yield case("Col2Im", Activation((2, 12, 9)), ints(4, 4), ints(2, 2), label="dilated, padded", **window)


def reductions():
    for op_type in ("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
                    "ReduceProd", "ReduceSum", "ReduceSumSquare"):  # fmt: skip
        x = POSITIVE if op_type == "ReduceLogSum" else IMAGE
        yield case(op_type, x, ints(2, 3))
        yield case(op_type, x, ints(1, 3), label="no run of dimensions", keepdims=0)
    yield case("CumSum", ROWS, np.int64(1))
    yield case("CumSum", IMAGE, np.int64(-2), label="exclusive, reverse", exclusive=1, reverse=1)


def products():
    yield case("Conv", IMAGE, Weights((2, 4, 3, 3)), reals(2))
    yield case("ConvTranspose", IMAGE, Weights((4, 2, 2, 2)), strides=[2, 2])
    yield case("Gemm", ROWS, Weights((8, 5)), reals(5))
    yield case("MatMul", ROWS, Weights((8, 5)))
    yield case("MatMul", ROWS, Activation((8, 5)), label="two tensors")
    yield case("Einsum", ROWS, Activation((8, 5)), equation="ij,jk->ik")
    q, k = Activation((2, 5, 3, 8)), Activation((2, 6, 3, 8))
    yield case("Einsum", q, k, label="attention", equation="bqhd,bkhd->bhqk")
    yield case("Einsum", Activation((2, 3, 5, 6)), k, label="attended", equation="bhqk,bkhd->bqhd")
    yield case("Einsum", k, Weights((4, 8)), label="weights", equation="bkhd,od->bkho")
    yield case("Einsum", Activation((3, 3)), label="a trace", equation="ii->")
    yield case("Einsum", Activation((3, 3, 5)), label="diagonals", equation="iij->ji")
    yield case("Einsum", IMAGE, label="sums", equation="abcd->ca")
    offsets = Activation((1, 18, 4, 6), -1, 1)
    yield case("DeformConv", IMAGE, Weights((2, 4, 3, 3)), offsets, opset=22)
    yield case("Det", Activation((2, 3, 3)))
    steps = Activation((5, 1, 4))
    yield case("RNN", steps, Weights((1, 3, 4)), Weights((1, 3, 3)), hidden_size=3)
    yield case("GRU", steps, Weights((1, 9, 4)), Weights((1, 9, 3)), hidden_size=3)
    yield case("LSTM", steps, Weights((1, 12, 4)), Weights((1, 12, 3)), hidden_size=3)
    heads = Activation((1, 2, 3, 4))
    yield case("Attention", heads, heads, heads)
    turns = reals(1, 3, 2)
    yield case("RotaryEmbedding", heads, turns, turns)
    merged = Activation((1, 3, 12))
    tables = [reals(9, 2), reals(9, 2, seed=6), ints(4, 0, 8).reshape(1, 3)]
    partly = {"num_heads": 2, "rotary_embedding_dim": 4, "interleaved": 1}
    yield case("RotaryEmbedding", merged, *tables, label="by positions", **partly)


def normalizations():
    yield case("LayerNormalization", IMAGE, reals(8), reals(8))
    yield case("RMSNormalization", IMAGE, reals(8))
    yield case("InstanceNormalization", IMAGE, reals(4), reals(4))
    yield case("GroupNormalization", IMAGE, reals(4), reals(4), num_groups=2)
    yield case("Softmax", IMAGE)
    yield case("LogSoftmax", IMAGE)
    yield case("Hardmax", ROWS)
    yield case("Hardmax", IMAGE, label="of channels", axis=1)
    yield case("LRN", IMAGE, size=3)
    yield case("LRN", IMAGE, label="of all channels", size=7, alpha=2.0, beta=1.5, bias=0.5)
    for p in (1, 2):
        yield case("LpNormalization", IMAGE, label=f"p {p}", axis=1, p=p)
    yield case("MeanVarianceNormalization", IMAGE)
    yield case("MeanVarianceNormalization", IMAGE, label="of rows", axes=[2, 3])


def cases():
    for topic in (functions, element_by_element, movements, windows, reductions, products, normalizations):
        yield from topic()


class Model:
    """The case with everything around it: y and, of operators with several, their other results are quantized."""

    def __init__(self, case, dtype, result_scale, seed=1):
        self.case, self.dtype, self.random = case, np.dtype(dtype), np.random.default_rng(seed)
        self.limits = np.iinfo(self.dtype)
        self.nodes, self.constants, self.inputs, self.feeds = [], [], [], {}
        operands = [self.operand(i, operand) for i, operand in enumerate(case.operands)]
        self.reals = [f"real_{i}" for i in range(case.outputs)]
        rest = [f"rest_{i}" for i in range(case.results - case.outputs)]
        self.nodes.append(helper.make_node(case.op_type, operands, self.reals + rest, name="node", **case.attributes))
        self.zero = int(self.random.integers(self.limits.min // 2, self.limits.max // 2))
        self.scale = np.float32(result_scale)
        self.codes = []
        for real in self.reals:
            self.codes.append(self.quantize(real, self.scale, self.zero))

    def constant(self, values):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def quantize(self, name, scale, zero):
        operands = [self.constant(np.float32(scale)), self.constant(np.array(zero, self.dtype))]
        self.nodes.append(helper.make_node("QuantizeLinear", [name, *operands], [f"{name}_codes"]))
        return f"{name}_codes"

    def operand(self, number, operand):
        if operand is None:
            return ""
        name = f"x{number}"
        if isinstance(operand, Activation):
            steps = self.limits.max - self.limits.min
            scale = np.float32((operand.high - operand.low) / steps)
            zero = int(np.clip(np.round(self.limits.min - operand.low / scale), self.limits.min, self.limits.max))
            self.feeds[name] = self.random.uniform(operand.low, operand.high, operand.shape).astype(np.float32)
            self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, operand.shape))
            codes = self.quantize(name, scale, zero)
            pair = [self.constant(scale), self.constant(np.array(zero, self.dtype))]
            self.nodes.append(helper.make_node("DequantizeLinear", [codes, *pair], [f"{name}_real"]))
            return f"{name}_real"
        if isinstance(operand, Weights):
            codes = self.constant(self.random.integers(-127, 128, operand.shape).astype(np.int8))
            pair = [self.constant(np.float32(0.01)), self.constant(np.int8(0))]
            self.nodes.append(helper.make_node("DequantizeLinear", [codes, *pair], [f"{name}_real"]))
            return f"{name}_real"
        if isinstance(operand, Raw):
            self.feeds[name] = operand.values
            element = helper.np_dtype_to_tensor_dtype(operand.values.dtype)
            self.inputs.append(helper.make_tensor_value_info(name, element, operand.values.shape))
            return name
        return self.constant(operand)

    def build(self, outputs):
        element = dict.fromkeys(self.reals, TensorProto.FLOAT)
        kinds = [element.get(o, helper.np_dtype_to_tensor_dtype(self.dtype)) for o in outputs]
        graph = helper.make_graph(
            self.nodes, "qdq", self.inputs,
            [helper.make_tensor_value_info(o, kind, None) for o, kind in zip(outputs, kinds)], self.constants,
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.case.opset)], ir_version=11)
