"""Every element type that the standard allows, operator by operator, against ONNX Runtime, and against the ONNX
project's reference evaluator where ONNX Runtime has no kernel for the type.

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is

Types come from the operator's schema in its newest version up to OPSET; types below 8 bits, float8, strings and complex
numbers are left out, and bfloat16, for which neither has kernels.
"""

import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from own_cases import run_cases, session_of, store_case

OPSET = 23
# Of the output's range. The evaluator rounds float16 after every step, we once for each operator.
TOLERANCE = {"float16": 1e-2, "other": 2e-6}

NUMPY = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16, "tensor(bool)": np.bool_,
    "tensor(int8)": np.int8, "tensor(int16)": np.int16, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8, "tensor(uint16)": np.uint16, "tensor(uint32)": np.uint32, "tensor(uint64)": np.uint64,
}  # fmt: skip

# Where the evaluator leaves the standard (and ONNX Runtime): LRN's channels, CenterCropPad's list of axes.
EVALUATOR_ERRS = ("LRN", "CenterCropPad")
# Interpolated integers, which no text says how to round.
REALS_ONLY = ("GridSample",)

SHAPE = (2, 3, 4)
IMAGE = (1, 2, 5, 6)

# Operator: operands as shapes (of the schema's first type), arrays (as they are), and attributes.
INT = np.int64
CASES = {
    **{name: ([SHAPE], {}) for name in (
        "Abs", "Neg", "Sign", "Relu", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Exp", "Log", "Tanh", "Erf",
        "Sigmoid", "Softplus", "Softsign", "LeakyRelu", "ThresholdedRelu", "Shrink", "HardSigmoid", "HardSwish", "Elu",
        "Selu", "Celu", "Mish", "Gelu", "BitwiseNot", "Not", "IsNaN", "IsInf", "Identity", "Softmax", "LogSoftmax",
        "Hardmax", "Shape", "Size", "Transpose", "Flatten", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asinh", "Atan",
        "NonZero", "ArgMax", "ArgMin",
    )},
    **{name: ([SHAPE, (3, 1)], {}) for name in (
        "Add", "Sub", "Mul", "Div", "And", "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Equal", "Greater",
        "Less", "GreaterOrEqual", "LessOrEqual", "Min", "Max", "Mean", "Sum", "PRelu",
    )},
    **{name: ([SHAPE, np.array([1], INT)], {}) for name in (
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceProd",
        "ReduceLogSum", "ReduceLogSumExp",
    )},
    "Mod": ([SHAPE, (1,)], {"fmod": 1}),
    "BitShift": ([SHAPE, (1,)], {"direction": "LEFT"}),
    "Clip": ([SHAPE, (), ()], {}),
    "Pow": ([SHAPE, np.array(2, np.float32)], {}),
    "Where": ([np.array([True, False, True, True]), SHAPE, SHAPE], {}),
    "Concat": ([SHAPE, SHAPE], {"axis": 1}),
    "Reshape": ([SHAPE, np.array([4, -1], INT)], {}),
    "Expand": ([SHAPE, np.array([2, 1, 1, 1], INT)], {}),
    "Tile": ([SHAPE, np.array([1, 2, 2], INT)], {}),
    "Slice": ([SHAPE, np.array([1], INT), np.array([3], INT), np.array([2], INT)], {}),
    "Split": ([SHAPE, np.array([1, 3], INT)], {"axis": 2}),
    "Squeeze": ([(2, 1, 3), np.array([1], INT)], {}),
    "Unsqueeze": ([SHAPE, np.array([1], INT)], {}),
    "Gather": ([SHAPE, np.array([2, -1, 0], INT)], {"axis": 1}),
    "GatherElements": ([(3, 3), np.array([[0, 2, 1], [1, 1, 0]], INT)], {}),
    "GatherND": ([SHAPE, np.array([[0, 1], [1, 2]], INT)], {}),
    "ScatterElements": ([(3, 3), np.array([[0, 2, 1]], INT), (1, 3)], {}),
    "ScatterND": ([SHAPE, np.array([[1]], INT), (1, 3, 4)], {}),
    "Pad": ([SHAPE, np.array([0, 1, 0, 1, 0, 2], INT), ()], {}),
    "Trilu": ([SHAPE], {}),
    "CumSum": ([SHAPE, np.array(1, INT)], {}),
    "TopK": ([(4, 9), np.array([3], INT)], {}),
    "DepthToSpace": ([(1, 4, 2, 3)], {"blocksize": 2}),
    "SpaceToDepth": ([(1, 1, 4, 6)], {"blocksize": 2}),
    "MatMul": ([(2, 3, 4), (4, 5)], {}),
    "Gemm": ([(3, 4), (5, 4), (5,)], {"transB": 1}),
    "Conv": ([IMAGE, (3, 2, 3, 2), (3,)], {"pads": [1, 0, 1, 1], "strides": [2, 1]}),
    "ConvTranspose": ([IMAGE, (2, 3, 3, 2)], {"strides": [2, 2]}),
    "MaxPool": ([IMAGE], {"kernel_shape": [2, 3]}),
    "AveragePool": ([IMAGE], {"kernel_shape": [2, 3]}),
    "LpPool": ([IMAGE], {"kernel_shape": [2, 3]}),
    "GlobalAveragePool": ([IMAGE], {}),
    "GlobalMaxPool": ([IMAGE], {}),
    "InstanceNormalization": ([IMAGE, (2,), (2,)], {}),
    "LayerNormalization": ([SHAPE, (4,), (4,)], {}),
    "GroupNormalization": ([(1, 4, 5, 6), (4,), (4,)], {"num_groups": 2}),
    "LRN": ([IMAGE], {"size": 3}),
    "LpNormalization": ([SHAPE], {}),
    "MeanVarianceNormalization": ([IMAGE], {}),
    "Resize": ([IMAGE, None, np.array([1, 1, 2, 2], np.float32)], {"mode": "nearest"}),
    "Einsum": ([(3, 4), (4, 5)], {"equation": "ij,jk->ki"}),
    "Range": ([np.array(1), np.array(11), np.array(3)], {}),
    "EyeLike": ([(3, 4)], {}),
    "OneHot": ([np.array([1, 0, 3], INT), np.array(4, INT), (2,)], {}),
    "BatchNormalization": ([IMAGE, (2,), (2,), (2,), (2,)], {}),
    "RMSNormalization": ([SHAPE, (4,)], {}),
    "GlobalLpPool": ([IMAGE], {}),
    "Dropout": ([SHAPE], {}),
    "Det": ([(2, 3, 3)], {}),
    "Col2Im": ([(1, 8, 9), np.array([4, 4], INT), np.array([2, 2], INT)], {}),
    "Compress": ([SHAPE, np.array([True, False, True])], {"axis": 1}),
    "CenterCropPad": ([SHAPE, np.array([4, 2], INT)], {"axes": [1, 2]}),
    "ReverseSequence": ([(4, 2, 3), np.array([3, 4], INT)], {}),
    "Unique": ([(9,)], {}),
    "GridSample": ([IMAGE, (1, 3, 3, 2)], {}),
    "AffineGrid": ([(1, 2, 3), np.array([1, 1, 4, 5], INT)], {}),
    "RoiAlign": ([IMAGE, (2, 4), np.array([0, 0], INT)], {"output_height": 2, "output_width": 2}),
    "DeformConv": ([IMAGE, (3, 2, 2, 2), (1, 8, 4, 5)], {}),
    "Attention": ([(1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 5, 4)], {}),
    "RotaryEmbedding": ([(1, 2, 3, 4), (1, 3, 2), (1, 3, 2)], {}),
    "RNN": ([(3, 2, 4), (1, 5, 4), (1, 5, 5)], {"hidden_size": 5}),
    "GRU": ([(3, 2, 4), (1, 15, 4), (1, 15, 5)], {"hidden_size": 5}),
    "LSTM": ([(3, 2, 4), (1, 20, 4), (1, 20, 5)], {"hidden_size": 5}),
}  # fmt: skip


def numbers(rng, dtype, shape):
    """Small numbers, positive ones of integers, so that nothing overflows that the evaluator would wrap otherwise."""
    if dtype == np.bool_:
        return rng.random(shape) < 0.5
    if np.issubdtype(dtype, np.integer):
        return np.asarray(rng.integers(1, 6, size=shape)).astype(dtype)
    return np.asarray(rng.uniform(0.2, 2.0, size=shape)).astype(dtype)


def model_of(op_type, dtype, operands, attributes):
    rng = np.random.default_rng(len(op_type))
    arrays, names = {}, []
    for i, operand in enumerate(operands):
        names.append("" if operand is None else f"x{i}")
        if operand is None:
            continue
        array = numbers(rng, dtype, operand) if isinstance(operand, tuple) else operand
        if op_type == "Range":
            array = array.astype(dtype)
        arrays[names[-1]] = array
    schema = onnx.defs.get_schema(op_type, OPSET)
    outputs = [f"y{i}" for i in range(max(1, schema.min_output))]
    if op_type == "Split":
        outputs = ["y0", "y1"]
    node = helper.make_node(op_type, names, outputs, **attributes)
    graph = helper.make_graph(
        [node],
        op_type,
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in arrays.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10), arrays


def types_of(op_type):
    """The types of the first operand that CASES gives as a shape."""
    schema = onnx.defs.get_schema(op_type, OPSET)
    operands, _ = CASES[op_type]
    position = next((i for i, operand in enumerate(operands) if isinstance(operand, tuple)), 0)
    inputs = schema.inputs
    wanted = inputs[min(position, len(inputs) - 1)].type_str
    allowed = next((c.allowed_type_strs for c in schema.type_constraints if c.type_param_str == wanted), [wanted])
    types = [NUMPY[name] for name in sorted(allowed) if name in NUMPY]
    return [t for t in types if op_type not in REALS_ONLY or np.issubdtype(t, np.floating)]


def expected(model, inputs):
    """What the oracle gives; None when neither computes these types."""
    try:
        return session_of(model).run(None, inputs)
    except Exception:  # ONNX Runtime's errors have no common class
        pass
    if model.graph.node[0].op_type in EVALUATOR_ERRS:
        return None
    try:
        return ReferenceEvaluator(model).run(None, inputs)
    except Exception:
        return None


def main():
    warnings.simplefilter("ignore")
    failed, passed, unknown = [], 0, []
    with tempfile.TemporaryDirectory() as temporary:
        for op_type, (operands, attributes) in CASES.items():
            for dtype in types_of(op_type):
                kind = np.dtype(dtype).name
                model, inputs = model_of(op_type, dtype, operands, attributes)
                outputs = expected(model, inputs)
                if outputs is None:
                    unknown.append(f"{op_type} of {kind}")
                    continue
                if op_type == "ReduceSumSquare":  # the evaluator widens integers
                    outputs = [output.astype(dtype) for output in outputs]
                group = "float16" if kind == "float16" else "other"
                store_case(pathlib.Path(temporary) / group / f"{op_type}_{kind}", model, inputs, outputs)
        for group, tolerance in TOLERANCE.items():
            failures, good = run_cases(pathlib.Path(temporary) / group, tolerance)
            failed += failures.items()
            passed += good
    for name, why in failed:
        print(f"FAILED {name}: {why}")
    for what in unknown:
        print(f"skipped: no oracle computes {what}")
    print(f"{passed} passed, {len(failed)} failed, {len(unknown)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
