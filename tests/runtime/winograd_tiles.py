"""How far Winograd's F(2x2, 3x3) and F(4x4, 3x3) are from the exact convolution on the shared models, for several sets
of points: the largest difference over the range of the exact result, in double. By hand: python
tests/runtime/winograd_tiles.py (two minutes). Sums run over channels one after the other in float, as in conv/winograd.h."""

import os
import pathlib
from fractions import Fraction

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

VARIANTS = {
    "F(2x2) 0 1 -1": (2, [0, 1, -1]),
    "F(4x4) 0 1 -1 2 -2": (4, [0, 1, -1, 2, -2]),
    "F(4x4) 0 1 -1 1/2 -2": (4, [0, 1, -1, Fraction(1, 2), -2]),
    "F(4x4) 0 1 -1 1/2 -1/2": (4, [0, 1, -1, Fraction(1, 2), Fraction(-1, 2)]),
}
MODELS = {"cifar_resnet20": (1, 3, 32, 32), "super_resolution": (1, 1, 224, 224), "tiny_darknet": (1, 3, 224, 224)}


def matrices(outputs, points):
    """A^T, G and B^T of F(outputs, 3) by Cook-Toom: those points and infinity."""
    points = [Fraction(p) for p in points]
    others = [[q for q in points if q is not p] for p in points]

    def coefficients(roots):
        found = [Fraction(1)]
        for root in roots:
            found = [a - root * b for a, b in zip([Fraction(0), *found], [*found, Fraction(0)])]
        return found

    def product(values):
        return Fraction(int(np.prod([v.numerator for v in values])), int(np.prod([v.denominator for v in values])))

    scale = [product([p - q for q in rest]) for p, rest in zip(points, others)]
    a = [[p**j for j in range(outputs)] for p in points] + [[0] * (outputs - 1) + [1]]
    g = [[p**j / s for j in range(3)] for p, s in zip(points, scale)] + [[0, 0, 1]]
    b = [coefficients(rest) + [0] for rest in others] + [coefficients(points)]
    return [np.array([[float(v) for v in row] for row in m]) for m in (np.transpose(a), g, b)]


def apply(matrix, x):
    """matrix @ x along the last but one axis, in float, from left to right."""
    rows = []
    for row in matrix:
        terms = [x[..., k, :] * np.float32(v) for k, v in enumerate(row) if v != 0]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        rows.append(total)
    return np.stack(rows, -2)


def both_ways(matrix, x):
    return apply(matrix, apply(matrix, x).swapaxes(-1, -2)).swapaxes(-1, -2)


def winograd(x, weights, outputs, a, g, b):
    """x: [channels][rows][columns]; weights: [out][channels][3][3]; padding of 1."""
    channels, rows, columns = x.shape
    down, across, size = -(-rows // outputs), -(-columns // outputs), outputs + 2
    padded = np.zeros((channels, down * outputs + 2, across * outputs + 2), np.float32)
    padded[:, 1 : rows + 1, 1 : columns + 1] = x
    plane, row, column = padded.strides
    tiles = np.lib.stride_tricks.as_strided(
        padded, (channels, down, across, size, size), (plane, row * outputs, column * outputs, row, column)
    )
    u = (g @ weights.astype(np.float64) @ g.T).astype(np.float32)
    v = both_ways(b, tiles.reshape(channels, down * across, size, size))
    m = np.zeros((len(weights), down * across, size, size), np.float32)
    for c in range(channels):
        m += u[:, c, None] * v[c]
    y = both_ways(a, m).reshape(-1, down, across, outputs, outputs).transpose(0, 1, 3, 2, 4)
    return y.reshape(len(weights), down * outputs, across * outputs)[:, :rows, :columns]


def exact(x, weights):
    rows, columns = x.shape[1:]
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    taps = [(i, j) for i in range(3) for j in range(3)]
    return sum(np.tensordot(weights[:, :, i, j].astype(np.float64), padded[:, i : i + rows, j : j + columns], 1) for i, j in taps)


def is_winograd(node, constants):
    weights = constants.get(node.input[1]) if node.op_type == "Conv" else None
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if weights is None or weights.shape[2:] != (3, 3) or min(weights.shape[:2]) < 16:
        return False
    return attributes.get("group", 1) == 1 and attributes.get("strides", [1, 1]) == [1, 1] and attributes.get("pads") == [1] * 4


def main():
    data = pathlib.Path(os.environ.get("XQUANT_DATA") or "../shared/data")
    for name, shape in MODELS.items():
        model = onnx.load(data / "models" / name / "model.onnx")
        constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        nodes = [node for node in model.graph.node if is_winograd(node, constants)]
        read = {node.input[0] for node in nodes}
        model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(value) for value in read)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        image = np.random.default_rng(1).random(shape, dtype=np.float32)
        found = dict(zip(read, session.run(list(read), {session.get_inputs()[0].name: image})))
        worst = dict.fromkeys(VARIANTS, 0.0)
        for node in nodes:
            x, weights = found[node.input[0]][0], constants[node.input[1]]
            expected = exact(x, weights)
            for variant, (outputs, points) in VARIANTS.items():
                error = np.abs(winograd(x, weights, outputs, *matrices(outputs, points)) - expected).max()
                worst[variant] = max(worst[variant], error / np.ptp(expected))
        for variant, error in worst.items():
            print(f"{name:20}{variant:28}{error:.1e}")


if __name__ == "__main__":
    main()
