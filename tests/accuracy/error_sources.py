"""What the rounding of activations costs on evaluation data, and what that of weights: a QDQ model without the one and
without the other.

  error_sources.py TASK MODEL.onnx --float FLOAT.onnx --data DIR [--eval DIR]

TASK is one of evaluate.py's with classes. Prints agreement with the float model and SQNR of the outputs. Float
activations still end where their ranges do. Float weights and biases are those of the float model with its
normalizations folded in: as long as no stage has scaled channels or pixels, which is said.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

COMPUTING = ("Conv", "Gemm")
# Rounded and fitted weights are nearer to those of the float model than this, scaled ones are not.
LEAST_LIKENESS_DB = 20.0


def sqnr_db(exact, other):
    exact, other = exact.astype(np.float64), other.astype(np.float64)
    return 10 * np.log10((exact**2).sum() / max(((exact - other) ** 2).sum(), 1e-30))


def constants_of(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def folded_layers(model):
    """Weight and bias of every product with constant weights, in the order of the graph."""
    constants, layers = constants_of(model), []
    normalizations = {n.input[0]: n for n in model.graph.node if n.op_type == "BatchNormalization"}
    for node in model.graph.node:
        if node.op_type not in COMPUTING:
            continue
        weight = constants[node.input[1]].astype(np.float64)
        bias = constants[node.input[2]].astype(np.float64) if len(node.input) > 2 else np.zeros(len(weight))
        normalization = normalizations.get(node.output[0])
        if normalization is not None:
            scale, shift, mean, variance = (constants[name].astype(np.float64) for name in normalization.input[1:])
            epsilon = next((a.f for a in normalization.attribute if a.name == "epsilon"), 1e-5)
            factor = scale / np.sqrt(variance + epsilon)
            weight *= factor.reshape(-1, *[1] * (weight.ndim - 1))
            bias = (bias - mean) * factor + shift
        layers.append((weight.astype(np.float32), bias.astype(np.float32)))
    return layers


def dequantized(node, constants):
    values, scale, zero = (constants[name].astype(np.float32) for name in node.input)
    axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
    shape = [1] * values.ndim
    if scale.ndim == 1:
        shape[axis] = -1
    return (values - zero.reshape(shape)) * scale.reshape(shape)


def put(model, name, value):
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.float32), name))


def with_float_activations(path):
    """The ends of the ranges stay, which are an activation's in part; nothing between them is rounded."""
    model = onnx.load(path)
    constants, nodes = constants_of(model), []
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            scale, zero = (constants[name].astype(np.float64) for name in node.input[1:])
            ends = [f"{node.output[0]}_{end}" for end in ("low", "high")]
            codes = np.iinfo(constants[node.input[2]].dtype)
            for end, code in zip(ends, (codes.min, codes.max)):
                put(model, end, (code - zero) * scale)
            node = onnx.helper.make_node("Clip", [node.input[0], *ends], node.output)
        elif node.op_type == "DequantizeLinear" and node.input[0] not in constants:
            node = onnx.helper.make_node("Identity", [node.input[0]], node.output)
        nodes.append(node)
    del model.graph.node[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    return model


def with_float_weights(path, layers):
    """None when a weight is not like the float model's."""
    model = onnx.load(path)
    constants = constants_of(model)
    writers = {n.output[0]: n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] in constants}
    computing = [node for node in model.graph.node if node.op_type in COMPUTING]
    for number, (node, (weight, bias)) in enumerate(zip(computing, layers, strict=True)):
        rounded = dequantized(writers[node.input[1]], constants)
        if sqnr_db(weight, rounded) < LEAST_LIKENESS_DB:
            return None
        put(model, f"float_weight_{number}", weight)
        put(model, f"float_bias_{number}", bias)
        node.input[1] = f"float_weight_{number}"
        del node.input[2:]
        node.input.append(f"float_bias_{number}")
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task")
    parser.add_argument("model")
    parser.add_argument("--float", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--eval")
    options = parser.parse_args()
    sys.path.insert(0, options.eval or str(pathlib.Path(options.data, "../eval").resolve()))
    import evaluate

    samples, batch, _ = evaluate.task(options.task, options.data, None)
    exact = evaluate.run(options.float, samples, batch).reshape(len(samples), -1)
    models = {
        "as it is": onnx.load(options.model),
        "float activations": with_float_activations(options.model),
        "float weights": with_float_weights(options.model, folded_layers(onnx.load(options.float))),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            if model is None:
                print(f"{name}: channels or pixels are scaled, no figure")
                continue
            path = pathlib.Path(folder, "model.onnx")
            onnx.save(model, path)
            outputs = evaluate.run(str(path), samples, batch).reshape(len(samples), -1)
            agreement = np.mean(outputs.argmax(1) == exact.argmax(1))
            print(f"{name}: {sqnr_db(exact, outputs):.2f} dB, agreement {agreement:.4f}")


if __name__ == "__main__":
    main()
