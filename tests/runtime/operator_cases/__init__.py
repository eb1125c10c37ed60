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
            yield case.numbered(family.__name__.rsplit(".", 1)[-1], number)
