"""Conv and ConvTranspose of all ranks, DeformConv, Col2Im."""

import numpy as np

from .case import Case, combinations, int64, numbers

SPATIAL = {1: (11,), 2: (9, 10), 3: (5, 6, 7)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


def conv():
    for rank in (1, 2, 3):
        for attributes in combinations(
            group=[1, 2, 4],
            strides=[None, [2] * rank, [1, 3, 2][:rank]],
            dilations=[None, [2] * rank],
            pads=[None, [1, 0, 2][:rank] + [0, 1, 1][:rank]],
        ):
            weights = numbers(8, 4 // attributes["group"], *KERNEL[rank], seed=2)
            bias = numbers(8, seed=3) if attributes["group"] != 2 else None
            yield Case("Conv", 11, [numbers(2, 4, *SPATIAL[rank]), weights, bias][: 3 if bias is not None else 2], attributes)
        for attributes in combinations(auto_pad=["SAME_UPPER", "SAME_LOWER", "VALID"], strides=[None, [2] * rank, [3] * rank]):
            yield Case("Conv", 7, [numbers(1, 4, *SPATIAL[rank]), numbers(3, 4, *KERNEL[rank], seed=2)], attributes)


def conv_transpose():
    for rank in (1, 2, 3):
        for attributes in combinations(
            group=[1, 2],
            strides=[None, [2] * rank, [1, 3, 2][:rank]],
            dilations=[None, [2] * rank],
            pads=[None, [1, 0, 1][:rank] + [0, 1, 1][:rank]],
            output_padding=[None, [1, 1, 1][:rank]],
        ):
            steps = attributes.get("strides", [1] * rank)
            padding = attributes.get("output_padding", [0] * rank)
            if any(p >= s for p, s in zip(padding, steps)):
                continue
            weights = numbers(4, 6 // attributes["group"], *KERNEL[rank], seed=2)
            yield Case("ConvTranspose", 11, [numbers(2, 4, *SPATIAL[rank]), weights, numbers(6, seed=3)], attributes)
        for attributes in combinations(
            auto_pad=["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"],
            strides=[None, [2] * rank, [3] * rank],
            output_shape=[None, [2 * n for n in SPATIAL[rank]]],
        ):
            if "output_shape" in attributes and attributes.get("strides") != [2] * rank:
                continue
            if "output_shape" in attributes and attributes["auto_pad"] == "VALID":
                continue
            # ONNX Runtime makes the result smaller than the standard's input * stride when the kernel is.
            if attributes["auto_pad"].startswith("SAME") and attributes.get("strides") == [3] * rank:
                continue
            yield Case("ConvTranspose", 11, [numbers(1, 4, *SPATIAL[rank]), numbers(4, 3, *KERNEL[rank], seed=2)], attributes)


def deform_conv():
    for attributes in combinations(
        group=[1, 2], offset_group=[1, 2], strides=[None, [2, 1]], dilations=[None, [1, 2]], pads=[None, [1, 0, 1, 1]]
    ):
        step = attributes.get("strides", [1, 1])
        spread = attributes.get("dilations", [1, 1])
        pads = attributes.get("pads", [0, 0, 0, 0])
        sizes = [(n + pads[i] + pads[i + 2] - (3 - 1) * spread[i] - 1) // step[i] + 1 for i, n in enumerate((8, 9))]
        groups = attributes["offset_group"]
        yield Case(
            "DeformConv",
            19,
            [
                numbers(2, 4, 8, 9),
                numbers(4, 4 // attributes["group"], 3, 3, seed=2),
                numbers(2, groups * 18, *sizes, seed=3, low=-2, high=2),
                numbers(4, seed=4),
                numbers(2, groups * 9, *sizes, seed=5, low=0, high=1),
            ],
            {**attributes, "kernel_shape": [3, 3]},
        )


def col2im():
    for attributes in combinations(strides=[None, [2, 1]], dilations=[None, [1, 2]], pads=[None, [1, 0, 1, 2]]):
        step = attributes.get("strides", [1, 1])
        spread = attributes.get("dilations", [1, 1])
        pads = attributes.get("pads", [0, 0, 0, 0])
        blocks = [(n + pads[i] + pads[i + 2] - spread[i] * (k - 1) - 1) // step[i] + 1 for i, (n, k) in enumerate(((7, 2), (8, 3)))]
        yield Case("Col2Im", 18, [numbers(2, 3 * 6, int(np.prod(blocks))), int64(7, 8), int64(2, 3)], attributes)
    yield Case("Col2Im", 18, [numbers(1, 2 * 8, 2 * 3 * 4), int64(3, 4, 5), int64(2, 2, 2)])


def cases():
    yield from conv()
    yield from conv_transpose()
    yield from deform_conv()
    yield from col2im()
