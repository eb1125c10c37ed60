"""Element-wise operators of one operand, Einsum, Det, casts."""

import numpy as np

from .case import Case, float32, int64, numbers

EQUATIONS = [
    ("ij,jk->ik", (3, 4), (4, 5)),
    ("ij,jk", (3, 4), (4, 5)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)),
    ("bhij,bjhd->bihd", (2, 3, 4, 6), (2, 6, 3, 5)),
    ("nhwc,kc->nhwk", (2, 3, 4, 5), (6, 5)),
    ("...ij,...jk->...ik", (2, 3, 4, 5), (2, 3, 5, 6)),
    ("...ij,jk->...ik", (2, 3, 4, 5), (5, 6)),
    ("i,j->ij", (3,), (4,)),
    ("i,i->", (5,), (5,)),
    ("ij,ij->i", (3, 4), (3, 4)),
    ("ij,kj->ki", (3, 4), (5, 4)),
    ("bqc,bkc->bkq", (2, 3, 4), (2, 5, 4)),
    ("abcd,cdef->abef", (2, 3, 4, 5), (4, 5, 3, 2)),
    ("ij->ji", (3, 4)),
    ("ij->i", (3, 4)),
    ("ij->", (3, 4)),
    ("ii->i", (4, 4)),
    ("ii->", (4, 4)),
    ("bii->bi", (2, 4, 4)),
    ("...ii->...i", (2, 4, 4)),
    ("ij,jk,kl->il", (3, 4), (4, 5), (5, 2)),
    ("bcxd,bcyd->bcxy", (1, 2, 3, 4), (1, 2, 5, 4)),
    (" i j , j k -> i k ", (3, 4), (4, 5)),
]


def einsum():
    for equation, *shapes in EQUATIONS:
        inputs = [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]
        yield Case("Einsum", 12, inputs, {"equation": equation})
    # ONNX Runtime has no integers here; NumPy does.
    for equation, *shapes in EQUATIONS[:8]:
        inputs = [numbers(*shape, seed=i, dtype=np.int64) for i, shape in enumerate(shapes)]
        yield Case("Einsum", 12, inputs, {"equation": equation}, expected=[np.einsum(equation, *inputs)])


def unary():
    x = numbers(3, 40, seed=1)
    for op in ("Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Erf", "Exp", "Tanh", "Sigmoid", "Softplus", "Softsign"):
        yield Case(op, 13 if op in ("Erf", "Exp", "Tanh", "Sigmoid") else 9, [x])
    for op in ("Asin", "Acos", "Atanh"):
        yield Case(op, 9, [x / 4.5])
    yield Case("Acosh", 9, [np.abs(x) + 1])
    yield Case("Sin", 7, [x * 1e6])
    for attributes in ({}, {"alpha": 0.5}, {"alpha": 2.0}):
        for op, version in (("Elu", 7), ("Celu", 12), ("LeakyRelu", 7), ("ThresholdedRelu", 10)):
            yield Case(op, version, [x], attributes)
    yield Case("Selu", 7, [x])
    yield Case("Selu", 7, [x], {"alpha": 2.0, "gamma": 3.0})
    yield Case("HardSigmoid", 7, [x], {"alpha": 0.1, "beta": 0.4})
    yield Case("HardSwish", 14, [x])
    yield Case("Mish", 18, [x])
    for kind in ("none", "tanh"):
        yield Case("Gelu", 20, [x], {"approximate": kind})
    for bias in (0.0, 0.5):
        yield Case("Shrink", 9, [x], {"lambd": 1.0, "bias": bias})
    halves = float32(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1e10, -0.0)
    for op in ("Round", "Ceil", "Floor", "Sign", "Neg", "Abs"):
        yield Case(op, 13 if op != "Round" else 11, [halves])
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], np.float32)
    yield Case("IsNaN", 13, [special])
    for attributes in ({}, {"detect_positive": 0}, {"detect_negative": 0}):
        yield Case("IsInf", 10, [special], attributes)


def casts():
    values = float32(-3.7, -0.5, 0.0, 0.5, 3.7, 100.9)
    for to in (2, 3, 5, 6, 7, 9, 10, 11, 12, 13):
        yield Case("Cast", 13, [np.abs(values) if to in (2, 12, 13) else values], {"to": to})
    for dtype in (np.int32, np.int64, np.uint8, np.bool_, np.float64, np.float16):
        for to in (1, 6, 7, 9, 10, 11):
            yield Case("Cast", 13, [np.array([0, 1, 2, 100], np.int32).astype(dtype)], {"to": to})


def cases():
    yield from einsum()
    yield from unary()
    yield from casts()
    for shape in ((3, 3), (4, 5, 5), (2, 2, 1, 1)):
        yield Case("Det", 11, [numbers(*shape)])
    yield Case("Det", 11, [np.ones((3, 3), np.float32)])
