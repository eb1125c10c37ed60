"""Cases of single operators for check_operators.py, one file a family."""

from . import (
    arithmetic,
    convolution,
    extents,
    normalization,
    pooling,
    reduction,
    resizing,
    sampling,
    scattering,
    shaping,
    signal,
)

FAMILIES = [
    arithmetic,
    convolution,
    extents,
    normalization,
    pooling,
    reduction,
    resizing,
    sampling,
    scattering,
    shaping,
    signal,
]


def all_cases():
    for family in FAMILIES:
        for number, case in enumerate(family.cases()):
            prefix = family.__name__.rsplit(".", 1)[-1]
            yield case.named(f"{prefix}_{number:03d}_{case.op}_{case.opset}")
