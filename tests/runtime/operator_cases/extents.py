"""Zero sizes, scalars and rank 8 for every family."""

import numpy as np

from .case import Case, float32, int64, numbers

DEEP = (2, 1, 3, 1, 2, 2, 1, 2)


def windows():
    none = numbers(0, 3, 6, 7)
    weights = numbers(4, 3, 3, 3, seed=1)
    yield Case("Conv", 11, [none, weights])
    yield Case("ConvTranspose", 11, [none, numbers(3, 4, 3, 3, seed=1)], {"strides": [2, 2]})
    for op in ("MaxPool", "AveragePool", "LpPool"):
        yield Case(op, 11, [none], {"kernel_shape": [2, 2]})
    for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
        yield Case(op, 11, [none])
    parameters = [numbers(3, seed=i, low=0.5) for i in range(1, 5)]
    yield Case("BatchNormalization", 15, [none, *parameters])
    yield Case("InstanceNormalization", 7, [none, *parameters[:2]])
    yield Case("LayerNormalization", 17, [none, numbers(7, seed=1)])
    yield Case("LRN", 13, [none], {"size": 3})
    yield Case("Resize", 13, [none, None, float32(1, 1, 2, 2)], {"mode": "linear"})
    yield Case("Resize", 13, [none, None, float32(1, 1, 2, 2)], {"mode": "nearest"})
    yield Case("GridSample", 16, [none, numbers(0, 2, 3, 2)])
    yield Case("DepthToSpace", 13, [numbers(0, 4, 2, 2)], {"blocksize": 2})
    rois, batches = np.zeros((0, 4), np.float32), np.zeros((0,), np.int64)
    sizes = {"output_height": 2, "output_width": 2}
    yield Case("RoiAlign", 16, [numbers(1, 2, 5, 5), rois, batches], sizes, expected=[np.zeros((0, 2, 2, 2), np.float32)])
    for boxes in (0, 3):
        yield Case("NonMaxSuppression", 11, [numbers(1, boxes, 4), numbers(1, 0, boxes), int64(5)])
    yield Case("NonMaxSuppression", 11, [numbers(1, 0, 4), numbers(1, 2, 0), int64(5)])


def empty():
    x = numbers(2, 0, 3)
    for op in ("Relu", "Exp", "Sin", "Neg", "IsNaN", "Softplus", "Gelu", "Softmax", "LogSoftmax", "Hardmax"):
        yield Case(op, 20, [x])
    for op in ("Add", "Mul", "Div", "Max", "Pow", "Equal", "Less"):
        yield Case(op, 18, [x, numbers(3)])
        yield Case(op, 18, [x, numbers(2, 1, 1)])
    for op, value in (("Sum", 0), ("Prod", 1), ("Max", -np.inf), ("Min", np.inf), ("L1", 0), ("L2", 0), ("SumSquare", 0), ("LogSumExp", -np.inf)):
        yield Case(f"Reduce{op}", 20, [x, int64(1)], expected=[np.full((2, 1, 3), value, np.float32)])
        yield Case(f"Reduce{op}", 20, [x, int64(0)])
    yield Case("Transpose", 13, [x], {"perm": [2, 1, 0]})
    yield Case("Concat", 13, [x, numbers(2, 4, 3)], {"axis": 1})
    yield Case("Concat", 13, [x, x], {"axis": 1})
    yield Case("Split", 13, [numbers(2, 4), int64(0, 4)], {"axis": 1}, outputs=2)
    yield Case("Slice", 13, [numbers(6), int64(4), int64(2), int64(0)])
    yield Case("Pad", 13, [x, int64(0, 1, 0, 0, 1, 0)])
    yield Case("Tile", 13, [x, int64(2, 3, 1)])
    yield Case("Tile", 13, [numbers(2, 3), int64(0, 2)])
    yield Case("Expand", 13, [numbers(1, 3), int64(0, 3)])
    yield Case("Where", 9, [x > 0, x, x])
    yield Case("Gather", 13, [numbers(3, 4), np.zeros((0, 2), np.int64)])
    yield Case("Gather", 13, [x, int64(0)], {"axis": 2})
    yield Case("GatherElements", 13, [numbers(3, 4), np.zeros((0, 4), np.int64)])
    yield Case("ScatterElements", 18, [numbers(3, 4), np.zeros((0, 4), np.int64), numbers(0, 4)])
    yield Case("ScatterND", 18, [numbers(3, 4), np.zeros((0, 1), np.int64), numbers(0, 4)])
    yield Case("NonZero", 13, [x])
    yield Case("Compress", 11, [x, np.array([True, False])], {"axis": 0})
    yield Case("Unique", 11, [np.zeros((0,), np.float32)], outputs=4)
    yield Case("TopK", 11, [x, int64(2)], {"axis": 2}, outputs=2)
    yield Case("CumSum", 14, [x, np.array(1, np.int64)])
    yield Case("Trilu", 14, [x])
    yield Case("OneHot", 11, [np.zeros((0,), np.int64), np.array(3, np.int64), float32(0, 1)])
    yield Case("MatMul", 13, [numbers(2, 0), numbers(0, 3)])
    yield Case("MatMul", 13, [numbers(0, 2), numbers(2, 3)])
    yield Case("MatMul", 13, [numbers(2, 0, 4), numbers(4, 3)])
    yield Case("Gemm", 13, [numbers(2, 0), numbers(0, 3), numbers(3)])
    yield Case("Einsum", 12, [numbers(2, 0), numbers(0, 3)], {"equation": "ij,jk->ik"})
    yield Case("Reshape", 14, [x, int64(0, 0, 3)])
    yield Case("Flatten", 13, [x])
    yield Case("Cast", 13, [x], {"to": 7})
    yield Case("Shape", 15, [x])
    yield Case("Size", 13, [x])


def scalars():
    one = np.array(2.5, np.float32)
    for op in ("Relu", "Exp", "Sin", "Neg", "Identity", "Shape", "Size", "Softplus"):
        yield Case(op, 13 if op not in ("Softplus", "Sin") else 9, [one])
    for op in ("Add", "Pow", "Max", "Equal"):
        yield Case(op, 13, [one, np.array(3.0, np.float32)])
        yield Case(op, 13, [one, numbers(2, 3)])
    for op in ("ReduceSum", "ReduceMean", "ReduceMax"):
        yield Case(op, 18, [one], {"keepdims": 0})
    yield Case("Where", 9, [np.array(True), one, one])
    yield Case("Expand", 13, [one, int64(2, 3)])
    yield Case("Unsqueeze", 13, [one, int64(0)])
    yield Case("Reshape", 14, [one, int64(1, 1)])
    yield Case("Concat", 13, [numbers(1), numbers(2)], {"axis": 0})
    yield Case("Gather", 13, [numbers(3), np.array(1, np.int64)])
    yield Case("Einsum", 12, [one, numbers(3)], {"equation": ",i->i"})
    yield Case("Cast", 13, [one], {"to": 7})


def deep():
    x = numbers(*DEEP)
    for op in ("Relu", "Exp", "Neg"):
        yield Case(op, 14, [x])
    for op in ("Add", "Mul", "Max", "Equal"):
        yield Case(op, 14, [x, numbers(3, 1, 1, 2, 1, 1, seed=1)])
    yield Case("Transpose", 13, [x], {"perm": [7, 0, 6, 1, 5, 2, 4, 3]})
    for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceL2", "ReduceLogSumExp"):
        yield Case(op, 18, [x, int64(0, 3, 5)])
        yield Case(op, 18, [x, int64(-1, 2)], {"keepdims": 0})
    yield Case("ArgMax", 13, [x], {"axis": 2})
    yield Case("Softmax", 13, [x], {"axis": 4})
    yield Case("Softmax", 11, [x], {"axis": 4})
    yield Case("LayerNormalization", 17, [x, numbers(2, 1, 2, seed=1)], {"axis": 5})
    yield Case("CumSum", 14, [x, np.array(5, np.int32)])
    yield Case("TopK", 11, [x, int64(2)], {"axis": 2}, outputs=2)
    yield Case("Tile", 13, [x, int64(1, 2, 1, 1, 1, 1, 3, 1)])
    yield Case("Tile", 13, [x, int64(2, 2, 2, 2, 2, 1, 3, 2)])
    yield Case("Expand", 13, [x, int64(2, 2, 3, 3, 2, 2, 2, 2)])
    yield Case("Slice", 13, [x, int64(0, -1), int64(1, 9), int64(2, 4)])
    yield Case("Pad", 13, [x, int64(*([1, 0] * 8))])
    yield Case("Pad", 13, [x, int64(*([0] * 7 + [1] + [0] * 7 + [1]))], {"mode": "reflect"})
    yield Case("Concat", 13, [x, x], {"axis": -3})
    yield Case("Split", 13, [x, int64(1, 2)], {"axis": 2}, outputs=2)
    yield Case("Gather", 13, [x, int64(1, 0)], {"axis": 2})
    yield Case("GatherElements", 13, [x, np.zeros(DEEP, np.int64)], {"axis": 2})
    yield Case("GatherND", 13, [x, int64([1, 0, 2, 0, 1, 1, 0, 1])])
    yield Case("ScatterElements", 18, [x, np.ones(DEEP, np.int64), x], {"axis": 4})
    yield Case("ScatterND", 18, [x, int64([1, 0, 2]), numbers(1, 1, 2, 2, 1, 2)])
    yield Case("NonZero", 13, [x])
    yield Case("Where", 9, [np.array(True), x, np.array(1.0, np.float32)])
    yield Case("OneHot", 11, [numbers(2, 1, 2, 1, 2, 1, 2, dtype=np.int64, low=0, high=3), np.array(3, np.int64), float32(0, 1)], {"axis": 3})
    yield Case("Compress", 11, [x, np.array([True, False, True])], {"axis": 2})
    yield Case("Unique", 11, [np.round(x)], {"axis": 2}, outputs=4)
    yield Case("Trilu", 14, [x])
    yield Case("MatMul", 13, [numbers(2, 1, 3, 1, 2, 1, 2, 4), numbers(3, 1, 1, 2, 4, 2, seed=1)])
    yield Case("Unsqueeze", 13, [numbers(2, 3, 2, 2), int64(0, 2, 4, 6)])
    yield Case("Squeeze", 13, [x])
    yield Case("Reshape", 14, [x, int64(0, 3, -1)])
    yield Case("Einsum", 12, [numbers(2, 3, 1, 2, 2, 1), numbers(2, 3, 1, 2, 1, 2)], {"equation": "abcdef,abcdgh->abefgh"})


def cases():
    yield from windows()
    yield from empty()
    yield from scalars()
    yield from deep()
