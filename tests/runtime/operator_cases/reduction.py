"""Reductions with axes as attribute and operand, ArgMax, ArgMin, TopK, CumSum."""

import numpy as np

from .case import Case, combinations, int64, numbers

REDUCTIONS = ["Sum", "Mean", "Prod", "Max", "Min", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"]
AXES = [None, [0], [1], [-1], [0, 2], [1, 2, 3], [0, 1, 2, 3]]


def reduce():
    x = numbers(2, 3, 4, 5, low=0.5, high=3.0)
    for name in REDUCTIONS:
        for axes in AXES:
            for keep in (0, 1):
                attributes = {"keepdims": keep} | ({} if axes is None else {"axes": axes})
                yield Case(f"Reduce{name}", 11, [x], attributes)
                operands = [x] if axes is None else [x, int64(*axes)]
                yield Case(f"Reduce{name}", 18, operands, {"keepdims": keep})
        empty = np.array([], np.int64)
        yield Case(f"Reduce{name}", 18, [x, empty], {"noop_with_empty_axes": 0})
    for name in ("Sum", "Mean", "Max", "Min", "Prod", "L1", "SumSquare"):
        for dtype in (np.int32, np.int64):
            yield Case(f"Reduce{name}", 13 if name != "Sum" else 11, [numbers(3, 4, 5, dtype=dtype, low=1, high=5)], {"axes": [1]})
    for name in ("Max", "Min"):
        for dtype in (np.int8, np.uint8):
            yield Case(f"Reduce{name}", 18, [numbers(3, 4, 5, dtype=dtype, low=0, high=100), int64(0)])
    yield Case("ReduceSum", 13, [x, int64(1, 3)])
    yield Case("ReduceSum", 13, [x, np.array([], np.int64)], {"noop_with_empty_axes": 1})


def extremes():
    ties = numbers(3, 4, 5, dtype=np.int32, low=0, high=3)
    for op in ("ArgMax", "ArgMin"):
        for axis in (0, 1, -1):
            for keep in (0, 1):
                yield Case(op, 7, [numbers(3, 4, 5)], {"axis": axis, "keepdims": keep})
                for last in (0, 1):
                    attributes = {"axis": axis, "keepdims": keep, "select_last_index": last}
                    yield Case(op, 13, [ties], attributes)
                    yield Case(op, 12, [ties.astype(np.float32)], attributes)


def top_k():
    x, ties = numbers(3, 6, 4), numbers(3, 6, 4, dtype=np.int64, low=0, high=4)
    for axis in (0, 1, -1):
        yield Case("TopK", 7, [x], {"axis": axis, "k": 2}, outputs=2)
        yield Case("TopK", 10, [x, int64(3)], {"axis": axis}, outputs=2)
        for largest in (0, 1):
            yield Case("TopK", 11, [x, int64(3)], {"axis": axis, "largest": largest}, outputs=2)
            yield Case("TopK", 11, [ties, int64(2)], {"axis": axis, "largest": largest}, outputs=2)
    yield Case("TopK", 11, [x, int64(0)], outputs=2)
    yield Case("TopK", 11, [numbers(2000), int64(100)], outputs=2)


def cumsum():
    for attributes in combinations(exclusive=[0, 1], reverse=[0, 1]):
        for axis in (0, 1, -1):
            yield Case("CumSum", 14, [numbers(3, 4, 5, low=0.5), np.array(axis, np.int32)], attributes)
            yield Case("CumSum", 11, [numbers(3, 4, 5, dtype=np.int32), np.array(axis, np.int64)], attributes)


def cases():
    yield from reduce()
    yield from extremes()
    yield from top_k()
    yield from cumsum()
