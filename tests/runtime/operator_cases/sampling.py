"""GridSample and AffineGrid."""

from .case import Case, combinations, int64, numbers


def cases():
    x, grid = numbers(2, 3, 5, 6), numbers(2, 4, 3, 2, seed=1, low=-1.4, high=1.4)
    for version, names in ((16, ["bilinear", "nearest", "bicubic"]), (20, ["linear", "nearest", "cubic"])):
        for attributes in combinations(mode=names, padding_mode=["zeros", "border", "reflection"], align_corners=[0, 1]):
            yield Case("GridSample", version, [x, grid], attributes)
    x, grid = numbers(1, 2, 3, 4, 5), numbers(1, 2, 3, 4, 3, seed=1, low=-1.3, high=1.3)
    for attributes in combinations(mode=["linear", "nearest"], padding_mode=["zeros", "border", "reflection"], align_corners=[0, 1]):
        yield Case("GridSample", 20, [x, grid], attributes)
    for corners in (0, 1):
        yield Case("AffineGrid", 20, [numbers(2, 2, 3), int64(2, 3, 4, 5)], {"align_corners": corners})
        yield Case("AffineGrid", 20, [numbers(2, 3, 4), int64(2, 3, 4, 5, 6)], {"align_corners": corners})
