"""Data movement: Pad, Slice, Tile, Expand, Trilu, EyeLike, DepthToSpace, ReverseSequence, CenterCropPad, Range; old versions."""

import numpy as np

from .case import Case, float32, int64, numbers


def pad():
    x = numbers(2, 3, 4)
    widths = [0, 1, 2, 1, 0, 3]
    for mode in ("constant", "reflect", "edge"):
        fitting = widths if mode != "reflect" else [0, 1, 2, 1, 0, 3]
        yield Case("Pad", 7, [x], {"mode": mode, "pads": fitting, "value": 1.5} if mode == "constant" else {"mode": mode, "pads": fitting})
        yield Case("Pad", 11, [x, int64(*fitting)], {"mode": mode})
        yield Case("Pad", 13, [x, int64(*fitting), np.array(2.5, np.float32)], {"mode": mode})
        yield Case("Pad", 18, [x, int64(1, 2, 1, 1), None, int64(-1, 1)], {"mode": mode})
        yield Case("Pad", 13, [x, int64(0, -1, 1, 0, 1, -2)], {"mode": mode})
    yield Case("Pad", 19, [x, int64(1, 2, 3, 2, 1, 3)], {"mode": "wrap"})
    yield Case("Pad", 19, [x, int64(2, 2), None, int64(2)], {"mode": "wrap"})
    for dtype in (np.int32, np.int64, np.float64, np.uint8, np.bool_):
        yield Case("Pad", 13, [numbers(2, 3, dtype=np.int64, low=0, high=2).astype(dtype), int64(1, 1, 1, 1)])
    yield Case("Pad", 13, [numbers(2, 0), int64(1, 1, 0, 2)])


def moving():
    x = numbers(2, 8, 4, 6)
    for mode in ("DCR", "CRD"):
        yield Case("DepthToSpace", 11, [x], {"blocksize": 2, "mode": mode})
    yield Case("DepthToSpace", 7, [x], {"blocksize": 2})
    yield Case("SpaceToDepth", 7, [x], {"blocksize": 2})
    for upper in (0, 1):
        for k in (-5, -1, 0, 2, 9):
            yield Case("Trilu", 14, [numbers(2, 4, 5), np.array(k, np.int64)], {"upper": upper})
            yield Case("Trilu", 14, [numbers(4, 5, dtype=np.int64), np.array(k, np.int64)], {"upper": upper})
    for k in (-1, 0, 2):
        for dtype in (None, 1, 6, 7, 11):
            yield Case("EyeLike", 9, [numbers(3, 4)], {"k": k} | ({} if dtype is None else {"dtype": dtype}))
    for batch in (0, 1):
        attributes = {"batch_axis": batch, "time_axis": 1 - batch}
        yield Case("ReverseSequence", 10, [numbers(3, 4, 5), int64(1, 3, 2) if batch == 0 else int64(3, 1, 2, 1)], attributes)
    for shape in ((3, 9, 2), (5, 4, 3), (2, 1, 8)):
        yield Case("CenterCropPad", 18, [numbers(4, 5, 3), int64(*shape)])
        yield Case("CenterCropPad", 18, [numbers(4, 5, 3), int64(*shape[:2])], {"axes": [0, 2]})
    yield Case("Tile", 13, [numbers(2, 3), int64(2, 3)])
    yield Case("Tile", 7, [numbers(2, 3, dtype=np.int64), int64(1, 0)])
    yield Case("Expand", 8, [numbers(3, 1), int64(2, 1, 4)])
    for start, limit, step in ((0, 10, 3), (5, -3, -2), (3, 3, 1), (2, 1, 1)):
        for dtype in (np.int64, np.int32, np.float32, np.float64, np.int16):
            yield Case("Range", 11, [np.array(v, dtype) for v in (start, limit, step)])
    yield Case("Range", 11, [np.array(v, np.float32) for v in (0.1, 1.0, 0.3)])


def old_versions():
    x = numbers(2, 3, 6)
    yield Case("Slice", 7, [x], {"starts": [1, -4], "ends": [3, 9], "axes": [1, 2]})
    yield Case("Slice", 9, [x], {"starts": [0, 1], "ends": [1, -1]})
    yield Case("Slice", 10, [x, int64(1, -1), int64(3, -9), int64(1, -1), int64(1, -2)])
    yield Case("Slice", 11, [x, np.array([1], np.int32), np.array([100], np.int32)])
    yield Case("Split", 7, [x], {"axis": 2, "split": [1, 5]}, outputs=2)
    yield Case("Split", 11, [x], {"axis": -1}, outputs=3)
    yield Case("Split", 13, [x, int64(2, 4)], {"axis": 2}, outputs=2)
    yield Case("Split", 13, [x], {"axis": 2}, outputs=2)
    yield Case("Split", 18, [x], {"axis": 1, "num_outputs": 2}, outputs=2)
    yield Case("Squeeze", 7, [numbers(1, 3, 1)], {"axes": [0]})
    yield Case("Squeeze", 11, [numbers(1, 3, 1)], {"axes": [-1]})
    yield Case("Squeeze", 13, [numbers(1, 3, 1), int64(0, 2)])
    yield Case("Squeeze", 13, [numbers(1, 3, 1)])
    yield Case("Unsqueeze", 7, [x], {"axes": [0, 4]})
    yield Case("Unsqueeze", 11, [x], {"axes": [-1]})
    yield Case("Unsqueeze", 13, [x, int64(1, -1)])
    yield Case("Reshape", 7, [x, int64(0, -1)])
    yield Case("Reshape", 14, [numbers(0, 3), int64(3, 0)], {"allowzero": 1})
    yield Case("Flatten", 7, [x], {"axis": 0})
    yield Case("Flatten", 13, [x], {"axis": -1})
    yield Case("Clip", 7, [x], {"min": -1.0, "max": 2.0})
    yield Case("Clip", 11, [x, None, np.array(1.0, np.float32)])
    yield Case("Clip", 12, [numbers(3, 4, dtype=np.int64), np.array(-1, np.int64), np.array(2, np.int64)])
    yield Case("Dropout", 7, [x], {"ratio": 0.5})
    yield Case("Dropout", 13, [x, np.array(0.5, np.float32)], outputs=2)
    yield Case("Concat", 7, [x, x], {"axis": 0})
    yield Case("Where", 9, [x > 0, x, -x])
    yield Case("Mod", 10, [numbers(5, dtype=np.int32, low=-20, high=20), np.array(7, np.int32)])
    yield Case("Mod", 10, [x, np.array(1.5, np.float32)], {"fmod": 1})
    yield Case("BitShift", 11, [np.array([16, 4, 1], np.uint32), np.array([1, 2, 3], np.uint32)], {"direction": "LEFT"})
    for attributes in ({}, {"transA": 1}, {"transB": 1, "alpha": 0.5, "beta": 2.0}):
        a = numbers(4, 3) if attributes.get("transA") else numbers(3, 4)
        b = numbers(5, 4) if attributes.get("transB") else numbers(4, 5)
        for c in (numbers(5), numbers(3, 1), np.array(2.0, np.float32)):
            for version in (7, 9, 11, 13):
                yield Case("Gemm", version, [a, b, c], attributes)
        yield Case("Gemm", 11, [a, b], attributes)


def cases():
    yield from pad()
    yield from moving()
    yield from old_versions()
