"""What one case is, and arrays for it."""

import dataclasses
import itertools

import numpy as np


@dataclasses.dataclass(frozen=True)
class Case:
    op: str
    opset: int
    inputs: list  # arrays, None for an absent operand
    attributes: dict = dataclasses.field(default_factory=dict)
    outputs: int = 1
    expected: list | None = None  # instead of ONNX Runtime's results
    name: str = ""
    has_constants: bool = False  # all operands but the first

    def numbered(self, family, number):
        kind = "constants" if number % 2 else "inputs"
        name = f"{family}_{number:04d}_{self.op}_{self.opset}_{kind}"
        return dataclasses.replace(self, name=name, has_constants=number % 2 == 1)


def numbers(*shape, seed=0, dtype=np.float32, low=-4.0, high=4.0):
    """Reproducible numbers; integers when dtype says so."""
    generator = np.random.default_rng(seed + 1000 * len(shape))
    values = generator.uniform(low, high, shape)
    return np.asarray(np.floor(values) if np.issubdtype(dtype, np.integer) else values, dtype)


def int64(*values):
    return np.array(values, np.int64)


def float32(*values):
    return np.array(values, np.float32)


def combinations(**choices):
    """Every dictionary with one of the choices for each key; a value of None leaves the key out."""
    for values in itertools.product(*choices.values()):
        yield {key: value for key, value in zip(choices, values) if value is not None}
