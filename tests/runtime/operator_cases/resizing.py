"""Resize of all versions and modes, Upsample."""

import numpy as np

from .case import Case, combinations, float32, int64, numbers

NONE = np.array([], np.float32)
COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"]
SCALES = [(1.0, 1.0, 2.0, 3.0), (1.0, 1.0, 0.6, 0.7), (1.0, 1.0, 1.5, 0.5), (1.0, 1.0, 1.0, 2.0)]


def by_scales(version):
    x = numbers(1, 2, 5, 6)
    coordinates = [c for c in COORDINATES if version >= 19 or c != "half_pixel_symmetric"]
    for scales in SCALES:
        for coordinate in coordinates:
            for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
                yield x, scales, {"mode": "nearest", "coordinate_transformation_mode": coordinate, "nearest_mode": nearest}
            yield x, scales, {"mode": "linear", "coordinate_transformation_mode": coordinate}
            for exclude in (0, 1):
                for a in (None, -0.5):
                    attributes = {"mode": "cubic", "coordinate_transformation_mode": coordinate, "exclude_outside": exclude}
                    yield x, scales, attributes | ({} if a is None else {"cubic_coeff_a": a})


def differs_from_standard(attributes, scales):
    """The standard aligns the corners of the scaled size, ONNX Runtime of the size rounded to whole elements; and one
    position that is whole in float is not in ONNX Runtime."""
    coordinate = attributes["coordinate_transformation_mode"]
    if coordinate == "half_pixel_symmetric" and attributes.get("nearest_mode") == "floor":
        return scales == SCALES[1]
    return coordinate == "align_corners" and scales != SCALES[0]


def cases():
    for version in (11, 13, 19):
        for x, scales, attributes in by_scales(version):
            if differs_from_standard(attributes, scales):
                continue
            yield Case("Resize", version, [x, NONE if version < 13 else None, float32(*scales)], attributes)
    for attributes in combinations(mode=["nearest", "linear", "cubic"], coordinate_transformation_mode=COORDINATES[:4]):
        for sizes in ((1, 2, 9, 4), (1, 2, 3, 11), (1, 2, 1, 1)):
            yield Case("Resize", 13, [numbers(1, 2, 5, 6), None, None, int64(*sizes)], attributes)
    # Antialias, with as well as without coordinates that shift.
    for attributes in combinations(
        mode=["linear", "cubic"], coordinate_transformation_mode=["half_pixel", "align_corners"], exclude_outside=[0, 1]
    ):
        for scales in SCALES:
            if differs_from_standard(attributes, scales):
                continue
            yield Case("Resize", 19, [numbers(1, 2, 9, 10), None, float32(*scales)], {**attributes, "antialias": 1})
    for policy in ("not_larger", "not_smaller", "stretch"):
        for mode in ("nearest", "linear", "cubic"):
            for sizes in ((7, 8), (9, 4), (3, 20)):
                attributes = {"mode": mode, "keep_aspect_ratio_policy": policy, "axes": [2, 3]}
                yield Case("Resize", 19, [numbers(1, 2, 5, 6), None, None, int64(*sizes)], attributes)
    for mode in ("nearest", "linear", "cubic"):
        roi = float32(0.4, 0.6, 0.8, 0.9)
        attributes = {"mode": mode, "coordinate_transformation_mode": "tf_crop_and_resize", "axes": [2, 3], "extrapolation_value": 7.0}
        yield Case("Resize", 19, [numbers(1, 2, 5, 6), roi, None, int64(3, 4)], attributes)
        wide = float32(-0.2, 0.1, 0.8, 1.3)
        yield Case("Resize", 19, [numbers(1, 2, 5, 6), wide, None, int64(6, 7)], attributes)
    # 1-D and 3-D.
    for mode in ("nearest", "linear"):
        yield Case("Resize", 13, [numbers(2, 3, 7), None, float32(1, 1, 2.5)], {"mode": mode})
        yield Case("Resize", 13, [numbers(1, 2, 3, 4, 5), None, float32(1, 1, 2, 1.5, 2)], {"mode": mode})
    # Integers are moved, and interpolated.
    for dtype in (np.uint8, np.int8, np.int32):
        x = numbers(1, 1, 4, 4, dtype=dtype, low=0, high=100)
        yield Case("Resize", 13, [x, None, float32(1, 1, 2, 2)], {"mode": "nearest"})
        yield Case("Resize", 13, [x, None, float32(1, 1, 2, 2)], {"mode": "linear"})
        yield Case("Resize", 13, [x, None, float32(1, 1, 2, 0.5)], {"mode": "linear", "coordinate_transformation_mode": "asymmetric"})
    for mode in ("nearest", "linear"):
        for scales in ((1.0, 1.0, 2.0, 3.0), (1.0, 1.0, 0.6, 0.6)):
            yield Case("Resize", 10, [numbers(1, 2, 5, 6), float32(*scales)], {"mode": mode})
        for scales in ((1.0, 1.0, 2.0, 3.0), (1.0, 1.0, 1.5, 2.5)):
            yield Case("Upsample", 7, [numbers(1, 2, 5, 6)], {"mode": mode, "scales": list(scales)})
            yield Case("Upsample", 9, [numbers(1, 2, 5, 6), float32(*scales)], {"mode": mode})
