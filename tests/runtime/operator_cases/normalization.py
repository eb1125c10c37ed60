"""Normalizations and the Softmax family, old versions among them."""

import numpy as np

from .case import Case, combinations, numbers


def batch():
    for version in (7, 9, 14, 15):
        for shape in ((3, 4, 5, 6), (3, 4, 7), (3, 4)):
            parameters = [numbers(4, seed=i) for i in (1, 2, 3)] + [numbers(4, seed=4, low=0.5, high=2)]
            yield Case("BatchNormalization", version, [numbers(*shape), *parameters], {"epsilon": 1e-3})


    for version in (7, 8):
        parameters = [numbers(4, 5, seed=i) for i in (1, 2, 3)] + [numbers(4, 5, seed=4, low=0.5, high=2)]
        x, scale, bias, mean, variance = numbers(3, 4, 5), *parameters
        expected = (x - mean) / np.sqrt(variance + np.float32(1e-5)) * scale + bias
        yield Case("BatchNormalization", version, [x, *parameters], {"spatial": 0}, expected=[expected])


def groups():
    x = numbers(2, 6, 4, 5)
    yield Case("InstanceNormalization", 7, [x, numbers(6, seed=1), numbers(6, seed=2)])
    yield Case("InstanceNormalization", 7, [numbers(2, 6, 9), numbers(6, seed=1), numbers(6, seed=2)])
    for count in (1, 2, 3, 6):
        yield Case("GroupNormalization", 21, [x, numbers(6, seed=1), numbers(6, seed=2)], {"num_groups": count})
        yield Case("GroupNormalization", 18, [x, numbers(count, seed=1), numbers(count, seed=2)], {"num_groups": count})
    for axis in (-1, 1, 2, 3):
        scale = numbers(*x.shape[axis:], seed=1)
        yield Case("LayerNormalization", 17, [x, scale, numbers(*x.shape[axis:], seed=2)], {"axis": axis}, outputs=3)
        yield Case("LayerNormalization", 17, [x, scale], {"axis": axis})
        yield Case("RMSNormalization", 23, [x, scale], {"axis": axis, "epsilon": 1e-3})
    # PyTorch writes ones of the operand's shape where there is no scale.
    for shape in ((2, 6, 4, 5), (1, 1, 1, 5), (6, 1, 1), (1,), ()):
        yield Case("RMSNormalization", 23, [x, numbers(*shape, seed=1)])


def local():
    for size in (1, 3, 5):
        yield Case("LRN", 13, [numbers(2, 7, 3, 4)], {"size": size, "alpha": 0.5, "beta": 0.6, "bias": 1.5})
    yield Case("LRN", 7, [numbers(2, 7, 3, 4)], {"size": 3})
    for axis in (-1, 0, 1):
        for p in (1, 2):
            yield Case("LpNormalization", 7, [numbers(3, 4, 5)], {"axis": axis, "p": p})


def softmax():
    for op in ("Softmax", "LogSoftmax", "Hardmax"):
        for version in (7, 11, 13):
            for axis in (None, 0, 1, 2):
                attributes = {} if axis is None else {"axis": axis}
                yield Case(op, version, [numbers(3, 4, 5)], attributes)
        yield Case(op, 11, [numbers(3, 4, 5)], {"axis": -1})
        yield Case(op, 13, [numbers(3, 4, 5)], {"axis": -2})
        yield Case(op, 13, [np.full((2, 3), 200.0, np.float32)])
        yield Case(op, 13, [numbers(2, 0, 3)], {"axis": 2})


def cases():
    yield from batch()
    yield from groups()
    yield from local()
    yield from softmax()
