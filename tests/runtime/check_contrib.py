"""ONNX Runtime's own operators (com.microsoft) and model-local functions against ONNX Runtime.

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is
"""

import pathlib
import sys
import tempfile

import numpy as np
from onnx import AttributeProto, TensorProto, helper
from own_cases import run_cases, write_case

# Of the output's range: float differs in the order of sums. Codes have to be equal; their scales are such that no value
# lies halfway between two of them, where ONNX Runtime's own kernels disagree with its formula.
TOLERANCE = 2e-5

rng = np.random.default_rng(7)
ONNX_TYPES = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float16): TensorProto.FLOAT16,
    np.dtype(np.uint8): TensorProto.UINT8,
    np.dtype(np.int8): TensorProto.INT8,
    np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.int64): TensorProto.INT64,
    np.dtype(np.uint16): TensorProto.UINT16,
    np.dtype(np.int16): TensorProto.INT16,
}


def real(*shape):
    return rng.normal(size=shape).astype(np.float32)


def codes(dtype, *shape):
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max + 1, size=shape).astype(dtype)


def scale(value):
    return np.array(value, np.float32)


def zero(dtype, value):
    return np.array(value, dtype)


def node_model(op_type, operands, outputs, domain="com.microsoft", opset=17, constants=(), **attributes):
    """A model of one node; operands: arrays, or None for absent ones. Those in constants are initializers."""
    names = ["" if array is None else f"x{i}" for i, array in enumerate(operands)]
    given = {name: array for name, array in zip(names, operands) if name}
    node = helper.make_node(op_type, names, outputs, domain=domain, **attributes)
    inputs = {name: array for name, array in given.items() if int(name[1:]) not in constants}
    graph = helper.make_graph(
        [node],
        op_type,
        [helper.make_tensor_value_info(n, ONNX_TYPES[a.dtype], a.shape) for n, a in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs if name],
        [
            helper.make_tensor(n, ONNX_TYPES[a.dtype], a.shape, a.tobytes(), raw=True)
            for n, a in given.items()
            if n not in inputs
        ],
    )
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9), inputs


def fused():
    image, weights, bias = real(2, 3, 8, 9), real(4, 3, 3, 3), real(4)
    yield "conv", node_model("FusedConv", [image, weights, bias], ["y"], activation="Relu", pads=[1, 1, 1, 1])
    yield "conv_sum", node_model(
        "FusedConv", [image, weights, bias, real(2, 4, 6, 7)], ["y"], constants=(1, 2), activation="Relu"
    )
    for name, parameters in (("LeakyRelu", [0.3]), ("Clip", [-0.5, 1.5]), ("HardSigmoid", [0.3, 0.4]), ("Tanh", [])):
        yield f"conv_{name}", node_model(
            "FusedConv", [image, weights], ["y"], constants=(1,), activation=name, activation_params=parameters or [0.0]
        )
    yield "gemm", node_model(
        "FusedGemm", [real(5, 4), real(6, 5), real(6)], ["y"], transA=1, transB=1, alpha=0.5, activation="Relu"
    )
    yield "gemm_leaky", node_model(
        "FusedGemm", [real(4, 5), real(5, 6)], ["y"], activation="LeakyRelu", activation_alpha=0.2
    )
    for a, b in ((0, 0), (1, 0), (0, 1), (1, 1)):
        left, right = (2, 5, 4) if a else (2, 4, 5), (2, 6, 5) if b else (2, 5, 6)
        yield f"matmul_{a}{b}", node_model(
            "FusedMatMul", [real(*left), real(*right)], ["y"], transA=a, transB=b, alpha=0.25
        )


def activations():
    x, bias = real(3, 4, 8), real(8)
    yield "gelu", node_model("Gelu", [x], ["y"])
    yield "bias_gelu", node_model("BiasGelu", [x, bias], ["y"])
    yield "fast_gelu", node_model("FastGelu", [x], ["y"])
    yield "fast_gelu_bias", node_model("FastGelu", [x, bias], ["y"])
    yield "quick_gelu", node_model("QuickGelu", [x], ["y"], alpha=1.3)


def normalizations():
    x, skip, gamma, beta, bias = real(2, 5, 8), real(2, 5, 8), real(8), real(8), real(8)
    yield "skip_layer", node_model("SkipLayerNormalization", [x, skip, gamma, beta, bias], ["y", "", "", "sum"])
    yield "skip_layer_plain", node_model("SkipLayerNormalization", [x, skip, gamma], ["y"], epsilon=1e-3)
    yield "skip_rms", node_model("SkipSimplifiedLayerNormalization", [x, skip, gamma, bias], ["y", "", "", "sum"])
    yield "rms", node_model("SimplifiedLayerNormalization", [x, gamma], ["y"], domain="", axis=-1)
    yield "layer_13", node_model("LayerNormalization", [x, gamma, beta], ["y"], domain="", opset=13)


def attention():
    x, weights, bias = real(2, 5, 8), real(8, 24), real(24)
    yield "self", node_model("Attention", [x, weights, bias], ["y"], num_heads=2)
    yield "self_causal", node_model("Attention", [x, weights, bias], ["y"], num_heads=4, unidirectional=1)
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    yield "self_mask", node_model("Attention", [x, weights, bias, mask], ["y"], num_heads=2)
    lengths = np.array([3, 5], np.int32)
    yield "self_lengths", node_model("Attention", [x, weights, bias, lengths], ["y"], num_heads=2)
    past = real(2, 2, 2, 3, 4)
    yield "self_past", node_model(
        "Attention", [x, weights, bias, None, past], ["y", "present"], num_heads=2, unidirectional=1
    )
    yield "self_bias", node_model("Attention", [x, weights, bias, None, None, real(2, 2, 5, 5)], ["y"], num_heads=2)
    query, key, value = real(2, 5, 8), real(2, 7, 8), real(2, 7, 8)
    yield "cross", node_model("MultiHeadAttention", [query, key, value], ["y"], num_heads=2)
    yield "cross_heads", node_model("MultiHeadAttention", [query, real(2, 2, 7, 4), real(2, 2, 7, 4)], ["y"], num_heads=2)
    yield "cross_bias", node_model("MultiHeadAttention", [query, key, value, bias], ["y"], num_heads=2, scale=0.3)
    padding = np.array([[1] * 7, [1] * 4 + [0] * 3], np.int32)
    yield "cross_mask", node_model(
        "MultiHeadAttention", [query, key, value, None, padding, real(1, 2, 5, 7)], ["y"], num_heads=2
    )
    yield "cross_past", node_model(
        "MultiHeadAttention",
        [query, query, query, None, None, None, real(2, 2, 3, 4), real(2, 2, 3, 4)],
        ["y", "k", "v"],
        num_heads=2,
    )
    cosines, sines = np.cos(real(9, 2)), np.sin(real(9, 2))
    positions = np.array([[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]], np.int64)
    yield "rotary", node_model("RotaryEmbedding", [real(2, 3, 5, 4), positions, cosines, sines], ["y"])
    yield "rotary_offset", node_model(
        "RotaryEmbedding", [real(2, 3, 5, 4), np.array([2], np.int64), cosines, sines], ["y"], interleaved=1
    )


def codes_operators():
    for dtype, zero_a, zero_b in ((np.uint8, 120, 7), (np.int8, -3, 11)):
        kind = np.dtype(dtype).name
        a, b = codes(dtype, 2, 3, 6, 5), codes(dtype, 2, 3, 6, 5)
        first = [a, scale(0.02137), zero(dtype, zero_a)]
        second = [b, scale(0.04919), zero(dtype, zero_b)]
        to = [scale(0.07373), zero(dtype, zero_b)]
        yield f"add_{kind}", node_model("QLinearAdd", first + second + to, ["y"], constants=(1, 2, 4, 5, 6, 7))
        yield f"mul_{kind}", node_model("QLinearMul", first + second + to, ["y"], constants=(1, 2, 4, 5, 6, 7))
        yield f"concat_{kind}", node_model("QLinearConcat", to + first + second, ["y"], constants=(0, 1, 3, 4, 6, 7), axis=1)
        constants = (1, 2, 3, 4)
        yield f"pool_{kind}", node_model(
            "QLinearAveragePool", first + to, ["y"], constants=constants, kernel_shape=[3, 2], pads=[1, 0, 1, 0]
        )
        yield f"global_pool_{kind}", node_model("QLinearGlobalAveragePool", first + to, ["y"], constants=constants)
        yield f"leaky_{kind}", node_model("QLinearLeakyRelu", first + to, ["y"], constants=constants, alpha=0.1)
        unit = [scale(1 / 256), zero(dtype, np.iinfo(dtype).min)]
        yield f"sigmoid_{kind}", node_model("QLinearSigmoid", first + unit, ["y"], constants=constants)
        x = real(3, 4)
        yield f"quantize_{kind}", node_model("QuantizeLinear", [x] + to, ["y"])
        yield f"dequantize_{kind}", node_model("DequantizeLinear", first, ["y"])
    x = real(3, 4)
    yield "quantize_uint16", node_model("QuantizeLinear", [x, scale(0.001), zero(np.uint16, 30000)], ["y"])
    yield "dequantize_int16", node_model("DequantizeLinear", [codes(np.int16, 4), scale(0.01), zero(np.int16, 5)], ["y"])


def integer_products():
    for a, b in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
        kind = f"{np.dtype(a).name}_{np.dtype(b).name}"
        image, weights = codes(a, 2, 4, 9, 8), codes(b, 6, 2, 3, 3)
        yield f"conv_{kind}", node_model(
            "QLinearConv",
            [image, scale(0.02), zero(a, 9), weights, np.abs(real(6)) + 0.001, np.zeros(6, b), scale(40), zero(a, 100), codes(np.int16, 6).astype(np.int32)],
            ["y"], domain="", constants=(1, 2, 3, 4, 5, 6, 7, 8), group=2, strides=[2, 1], pads=[1, 2, 0, 1],
        )  # fmt: skip
        left, right = codes(a, 2, 5, 40), codes(b, 40, 7)
        yield f"matmul_{kind}", node_model(
            "QLinearMatMul",
            [left, scale(0.02), zero(a, 9), right, scale(0.1), zero(b, 3), scale(60), zero(a, 100)],
            ["y"], domain="", constants=(1, 2, 3, 4, 5, 6, 7),
        )  # fmt: skip
        yield f"matmul_integer_{kind}", node_model(
            "MatMulInteger", [left, right, zero(a, 9), zero(b, 3)], ["y"], domain="", constants=(1, 2, 3)
        )
    yield "conv_integer", node_model(
        "ConvInteger", [codes(np.uint8, 1, 2, 7, 7), codes(np.uint8, 3, 2, 3, 3), zero(np.uint8, 9), zero(np.uint8, 3)],
        ["y"], domain="", pads=[1, 1, 1, 1], dilations=[2, 2],
    )  # fmt: skip
    yield "dynamic", node_model("DynamicQuantizeLinear", [real(4, 5)], ["y", "scale", "zero"], domain="")


def reference(name, to):
    """An attribute that takes the value of the function's attribute."""
    attribute = helper.make_attribute_ref(name, AttributeProto.FLOAT)
    attribute.ref_attr_name = to
    return attribute


def functions():
    """A function that calls another, with an attribute handed on, and a default."""
    domain = "local"
    imports = [helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)]
    leaky = helper.make_node("LeakyRelu", ["a"], ["t"])
    leaky.attribute.append(reference("alpha", "slope"))
    scaled = helper.make_function(domain, "Scaled", ["a", "b"], ["y"], [leaky, helper.make_node("Mul", ["t", "b"], ["y"])], imports, ["slope"])  # fmt: skip
    call = helper.make_node("Scaled", ["x", "x"], ["s"], domain=domain, name="inner")
    call.attribute.append(reference("slope", "slope"))
    outer = helper.make_function(
        domain, "Outer", ["x", "w"], ["r"], [call, helper.make_node("Add", ["s", "w"], ["r"])], imports,
        attribute_protos=[helper.make_attribute("slope", 0.5)],
    )  # fmt: skip
    x, w = real(3, 4), real(4)
    graph = helper.make_graph(
        [
            helper.make_node("Outer", ["in", "w"], ["p"], domain=domain, name="first"),
            helper.make_node("Outer", ["p", "w"], ["q"], domain=domain, name="call", slope=0.1),
        ],
        "functions",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [3, 4]), helper.make_tensor_value_info("w", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("q", TensorProto.FLOAT, [3, 4])],
    )  # fmt: skip
    model = helper.make_model(graph, functions=[scaled, outer], opset_imports=imports, ir_version=9)
    yield "nested", (model, {"in": x, "w": w})


FAMILIES = [fused, activations, normalizations, attention, codes_operators, integer_products, functions]


def main():
    with tempfile.TemporaryDirectory() as folder:
        refused = []
        for family in FAMILIES:
            for name, (model, inputs) in family():
                try:
                    write_case(pathlib.Path(folder) / f"{family.__name__}_{name}", model, inputs)
                except Exception as error:  # ONNX Runtime's errors have no common class
                    refused.append((f"{family.__name__}_{name}", error))
        failures, passed = run_cases(folder, TOLERANCE)
    for name, error in refused:
        print(f"FAILED {name}: ONNX Runtime refuses it: {str(error)[:300]}")
    for name, why in failures.items():
        print(f"FAILED {name}: {why}")
    failed = len(failures) + len(refused)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
