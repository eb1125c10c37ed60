"""MaxPool, AveragePool, LpPool of all ranks and versions; global pooling; MaxUnpool; regions."""

import numpy as np

from .case import Case, combinations, float32, int64, numbers

SPATIAL = {1: (11,), 2: (9, 10), 3: (5, 6, 7)}
KERNEL = {1: [3], 2: [3, 2], 3: [2, 3, 2]}


def windows(rank, versions, **more):
    for attributes in combinations(
        strides=[None, [2] * rank, [3, 1, 2][:rank]],
        pads=[None, [1, 0, 1][:rank] + [0, 1, 1][:rank], [1] * (2 * rank)],
        **more,
    ):
        for version in versions:
            yield version, {"kernel_shape": KERNEL[rank], **attributes}
    for attributes in combinations(auto_pad=["SAME_UPPER", "SAME_LOWER", "VALID"], strides=[None, [2] * rank]):
        yield versions[-1], {"kernel_shape": KERNEL[rank], **attributes}


def max_pool():
    for rank in (1, 2, 3):
        for version, attributes in windows(rank, [8], storage_order=[None]):
            yield Case("MaxPool", version, [numbers(2, 3, *SPATIAL[rank])], attributes, outputs=2)
        for version, attributes in windows(rank, [10, 12], ceil_mode=[0, 1], dilations=[None, [2] * rank]):
            yield Case("MaxPool", version, [numbers(2, 3, *SPATIAL[rank])], attributes, outputs=2)
    for dtype in (np.int8, np.uint8):
        yield Case("MaxPool", 12, [numbers(1, 2, 6, 6, dtype=dtype, low=0, high=100)], {"kernel_shape": [2, 2]})
        low, high = (-128, 128) if dtype == np.int8 else (0, 256)
        for version, attributes in windows(2, [12], ceil_mode=[0, 1]):
            yield Case("MaxPool", version, [numbers(2, 3, 9, 41, dtype=dtype, low=low, high=high)], attributes)
    yield Case("MaxPool", 12, [numbers(2, 3, 6, 7)], {"kernel_shape": [2, 3], "storage_order": 1}, outputs=2)
    yield Case("MaxPool", 12, [numbers(0, 3, 6, 7)], {"kernel_shape": [2, 3]})


def average_pool():
    for rank in (1, 2, 3):
        for version, attributes in windows(rank, [7], count_include_pad=[0, 1]):
            yield Case("AveragePool", version, [numbers(2, 3, *SPATIAL[rank])], attributes)
        for version, attributes in windows(rank, [10, 19], count_include_pad=[0, 1], ceil_mode=[0, 1]):
            yield Case("AveragePool", version, [numbers(2, 3, *SPATIAL[rank])], attributes)
        for version, attributes in windows(rank, [19], count_include_pad=[0, 1], ceil_mode=[0, 1], dilations=[[2] * rank]):
            yield Case("AveragePool", version, [numbers(2, 3, *SPATIAL[rank])], attributes)


def lp_pool():
    for rank in (1, 2, 3):
        for version, attributes in windows(rank, [2, 11], p=[None, 1, 3]):
            yield Case("LpPool", max(version, 7), [numbers(2, 3, *SPATIAL[rank])], attributes)
        for version, attributes in windows(rank, [18], p=[2], ceil_mode=[0, 1], dilations=[None, [2] * rank]):
            yield Case("LpPool", version, [numbers(2, 3, *SPATIAL[rank])], attributes)


def global_pool():
    for rank in (1, 2, 3):
        for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
            yield Case(op, 11, [numbers(2, 3, *SPATIAL[rank])])
    yield Case("GlobalLpPool", 11, [numbers(2, 3, 4, 5)], {"p": 1})


def max_unpool():
    for version in (9, 11):
        x = numbers(1, 2, 3, 3)
        indices = np.arange(18, dtype=np.int64).reshape(1, 2, 3, 3) * 4 + 1
        yield Case("MaxUnpool", version, [x, indices], {"kernel_shape": [2, 2], "strides": [2, 2]})


def regions():
    rois = np.concatenate([numbers(5, 2, low=0, high=8), numbers(5, 2, seed=1, low=9, high=20)], axis=1)
    batches = int64(0, 1, 1, 0, 1)
    for attributes in combinations(
        mode=["avg", "max"], sampling_ratio=[0, 2], spatial_scale=[0.5, 1.0], coordinate_transformation_mode=["half_pixel", "output_half_pixel"]
    ):
        sizes = {"output_height": 3, "output_width": 4}
        if attributes["mode"] == "avg":
            yield Case("RoiAlign", 16, [numbers(2, 3, 12, 14), rois, batches], {**attributes, **sizes})
        if attributes["coordinate_transformation_mode"] == "half_pixel" and attributes["mode"] == "avg":
            old = {k: v for k, v in attributes.items() if k != "coordinate_transformation_mode"}
            yield Case("RoiAlign", 10, [numbers(2, 3, 12, 14), rois, batches], {**old, **sizes})
    with_batch = np.concatenate([batches[:, None].astype(np.float32), np.floor(rois)], axis=1)
    for scale in (1.0, 0.5):
        yield Case("MaxRoiPool", 7, [numbers(2, 3, 12, 14), with_batch], {"pooled_shape": [3, 2], "spatial_scale": scale})


def suppression():
    generator = np.random.default_rng(5)
    corner = generator.uniform(0, 20, (2, 40, 2))
    boxes = np.concatenate([corner, corner + generator.uniform(1, 8, (2, 40, 2))], axis=2).astype(np.float32)
    scores = generator.uniform(0, 1, (2, 3, 40)).astype(np.float32)
    for most, iou, score in ((5, 0.5, 0.1), (100, 0.3, 0.5), (0, 0.5, 0.0), (100, 0.0, 0.0)):
        for centered in (0, 1):
            inputs = [boxes, scores, int64(most), float32(iou), float32(score)]
            for version in (10, 11):
                yield Case("NonMaxSuppression", version, inputs, {"center_point_box": centered})
    yield Case("NonMaxSuppression", 11, [boxes, scores, int64(10)])
    yield Case("NonMaxSuppression", 11, [boxes, scores, int64(10), float32(0.4)])
    yield Case("NonMaxSuppression", 11, [boxes, scores, int64(2**63 - 1), float32(0.4)])  # as exporters write "all"
    flipped = boxes[:, :, [2, 3, 0, 1]]
    yield Case("NonMaxSuppression", 11, [flipped, scores, int64(10), float32(0.4)])
    yield Case("NonMaxSuppression", 11, [boxes, -scores, int64(10), float32(0.4)])


def cases():
    yield from max_pool()
    yield from average_pool()
    yield from lp_pool()
    yield from global_pool()
    yield from max_unpool()
    yield from regions()
    yield from suppression()
