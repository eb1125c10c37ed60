"""Gather and Scatter in all forms, OneHot, NonZero, Unique, Compress."""

import numpy as np

from .case import Case, float32, int64, numbers


def gather():
    x = numbers(3, 4, 5)
    for axis in (0, 1, -1):
        yield Case("Gather", 11, [x, int64([0, -1], [2, 1])], {"axis": axis})
        yield Case("Gather", 7, [x, np.array(1, np.int64)], {"axis": axis})
        yield Case("GatherElements", 13, [x, numbers(3, 4, 5, dtype=np.int64, low=-3, high=3)], {"axis": axis})
    yield Case("GatherND", 11, [x, int64([0, 1], [2, -1])])
    yield Case("GatherND", 12, [x, int64([[1, 2], [0, 3]], [[3, 4], [2, 0]], [[1, 1], [-1, -1]])], {"batch_dims": 1})
    yield Case("GatherND", 13, [x, numbers(3, 4, 1, dtype=np.int64, low=0, high=5)], {"batch_dims": 2})


def scatter():
    x = numbers(3, 4, 5)
    for axis in (0, 1, -1):
        indices = numbers(2, 3, 4, dtype=np.int64, low=-3, high=3)
        updates = numbers(2, 3, 4, seed=1)
        yield Case("Scatter", 9, [x, indices % 2 if axis == 0 else np.argsort(updates, axis) % 3, updates], {"axis": axis})
        yield Case("ScatterElements", 11, [x, np.argsort(updates, axis), updates], {"axis": axis})
        yield Case("ScatterElements", 16, [x, indices, updates], {"axis": axis, "reduction": "add"})
        for reduction in ("add", "mul", "min", "max"):
            for dtype in (np.float32, np.int32, np.int64):
                inputs = [x.astype(dtype), indices, updates.astype(dtype)]
                yield Case("ScatterElements", 18, inputs, {"axis": axis, "reduction": reduction})
    indices = int64([0, 1], [2, -1], [1, 3])
    for version in (11, 13):
        yield Case("ScatterND", version, [x, indices, numbers(3, 5, seed=1)])
    for reduction in ("none", "add", "mul", "min", "max"):
        for dtype in (np.float32, np.int32):
            inputs = [x.astype(dtype), indices, numbers(3, 5, seed=1, dtype=dtype)]
            yield Case("ScatterND", 18, inputs, {"reduction": reduction})
    yield Case("ScatterND", 18, [x, int64([0, 1, 2]), float32(9)], {"reduction": "add"})
    yield Case("ScatterND", 18, [x, int64([1], [0]), numbers(2, 4, 5, seed=1)])


def one_hot():
    """ONNX Runtime has few of the types; the results are NumPy's."""
    for axis in (-1, 0, 1):
        for dtype in (np.int64, np.int32, np.float32):
            indices = numbers(2, 3, dtype=np.int64, low=-5, high=5)
            hot = np.moveaxis(np.where(np.arange(4) == np.where(indices < 0, indices + 4, indices)[..., None], 2, -1), -1, axis)
            inputs = [indices.astype(dtype), np.array(4, np.int64), float32(-1, 2)]
            yield Case("OneHot", 11, inputs, {"axis": axis}, expected=[hot.astype(np.float32)])
    inputs = [int64(0, 2, 1), np.array([3.0], np.float32), int64(0, 1)]
    yield Case("OneHot", 9, inputs, expected=[np.eye(3, dtype=np.int64)[[0, 2, 1]]])


def choosing():
    sparse = numbers(3, 4, 5, dtype=np.int64, low=-1, high=2)
    for dtype in (np.float32, np.int32, np.int64, np.uint8, np.bool_):
        yield Case("NonZero", 13, [sparse.astype(dtype)])
    yield Case("NonZero", 9, [np.zeros((2, 3), np.float32)])
    yield Case("NonZero", 13, [np.array(3.0, np.float32)])
    for axis in (None, 0, 1, -1):
        for condition in ([True, False, True], [False, False], [True]):
            attributes = {} if axis is None else {"axis": axis}
            yield Case("Compress", 11, [numbers(3, 4, 5), np.array(condition)], attributes)
    repeated = numbers(4, 5, 2, dtype=np.int64, low=0, high=2)
    for ordered in (0, 1):
        for axis in (None, 0, 1, 2):
            attributes = {"sorted": ordered} | ({} if axis is None else {"axis": axis})
            for dtype in (np.float32, np.int64):
                yield Case("Unique", 11, [repeated.astype(dtype)], attributes, outputs=4)


def cases():
    yield from gather()
    yield from scatter()
    yield from one_hot()
    yield from choosing()
