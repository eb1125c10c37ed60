"""The network: its plan, and its forward pass in JAX (channels last).

A mobile network of the MobileNetV3 family (Howard 2019, arXiv:1905.02244): inverted residuals with
depthwise convolutions, ReLU6 in the wide-and-shallow first half, HardSwish and squeeze-excite in
the second. Parameters are a flat dict `name -> array`; the ONNX initializers have the same names.
"""
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from picture import CLASSES

MEAN = np.float32([123.675, 116.28, 103.53])  # of the pixels, on the 0-255 scale, RGB
STD = np.float32([58.395, 57.12, 57.375])
EPSILON = 1e-3  # of every BatchNormalization
STEM_CHANNELS = 24
HEAD_CHANNELS = 144


class Block(NamedTuple):
    """[Expand (1x1)], filter (depthwise 3x3), [squeeze-excite], project (1x1), [add the input]."""
    name: str
    wide: int  # channels between expansion and projection
    out: int
    stride: int
    squeeze: int  # channels between the two layers of squeeze-excite; 0: there is none
    activation: str  # "relu6" or "hardswish"

    def expands(self, channels_in):
        return self.wide != channels_in

    def is_residual(self, channels_in):
        return self.stride == 1 and channels_in == self.out


BLOCKS = (
    Block("block1", 24, 24, 2, 0, "relu6"),
    Block("block2", 72, 24, 1, 0, "relu6"),
    Block("block3", 72, 40, 2, 24, "hardswish"),
    Block("block4", 120, 40, 1, 24, "hardswish"),
    Block("block5", 120, 40, 1, 24, "hardswish"),
    Block("block6", 144, 56, 2, 24, "hardswish"),
    Block("block7", 168, 56, 1, 24, "hardswish"),
)


def blocks_with_input_channels():
    channels = STEM_CHANNELS
    for block in BLOCKS:
        yield block, channels
        channels = block.out


# ---- parameters ---------------------------------------------------------------------------------


def conv_shapes():
    """name -> (height, width, inputs / group, outputs) of what has a normalization."""
    shapes = {"stem.conv": (3, 3, 3, STEM_CHANNELS)}
    for block, channels in blocks_with_input_channels():
        if block.expands(channels):
            shapes[f"{block.name}.expand"] = (1, 1, channels, block.wide)
        shapes[f"{block.name}.depthwise"] = (3, 3, 1, block.wide)
        shapes[f"{block.name}.project"] = (1, 1, block.wide, block.out)
    shapes["head.conv"] = (1, 1, BLOCKS[-1].out, HEAD_CHANNELS)
    return shapes


def dense_shapes():
    """name -> (inputs, outputs) of what has a bias: squeeze-excite and the classifier."""
    shapes = {}
    for block in BLOCKS:
        if block.squeeze:
            shapes[f"{block.name}.se.reduce"] = (block.wide, block.squeeze)
            shapes[f"{block.name}.se.expand"] = (block.squeeze, block.wide)
    shapes["classifier"] = (HEAD_CHANNELS, len(CLASSES))
    return shapes


def initial(seed):
    """Parameters (learned) and statistics (running means and variances), He-initialized."""
    rng, params, stats = np.random.RandomState(seed), {}, {}
    for name, shape in conv_shapes().items():
        deviation = np.sqrt(2.0 / np.prod(shape[:3]))
        params[f"{name}.weight"] = np.float32(rng.standard_normal(shape) * deviation)
        params[f"{name}.bn.gamma"] = np.ones(shape[3], np.float32)
        params[f"{name}.bn.beta"] = np.zeros(shape[3], np.float32)
        stats[f"{name}.bn.mean"] = np.zeros(shape[3], np.float32)
        stats[f"{name}.bn.var"] = np.ones(shape[3], np.float32)
    for name, shape in dense_shapes().items():
        params[f"{name}.weight"] = np.float32(rng.standard_normal(shape) / np.sqrt(shape[0]))
        params[f"{name}.bias"] = np.zeros(shape[1], np.float32)
    return params, stats


# ---- forward pass -------------------------------------------------------------------------------


def hard_sigmoid(x):
    return jnp.clip(x / 6 + 0.5, 0, 1)


ACTIVATIONS = {
    "relu6": lambda x: jnp.clip(x, 0, 6),
    "hardswish": lambda x: x * hard_sigmoid(x),
    "none": lambda x: x,
}


def padded(x):
    return jnp.pad(x, [(0, 0)] * (x.ndim - 3) + [(1, 1), (1, 1), (0, 0)])


def windows(x, rows, columns, stride):
    """What each of the nine taps of a 3x3 filter sees of a padded picture, or of a batch."""
    return [x[..., i:i + rows * stride:stride, j:j + columns * stride:stride, :]
            for i in range(3) for j in range(3)]


def shifted_products(x, weight, stride):
    seen = windows(padded(x), x.shape[1] // stride, x.shape[2] // stride, stride)
    return sum(window * tap for window, tap in zip(seen, weight.reshape(9, -1)))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def depthwise(x, weight, stride):
    """3x3, padding 1, as nine shifted products: XLA's grouped convolution is slow on a CPU."""
    return shifted_products(x, weight, stride)


def depthwise_forward(x, weight, stride):
    return shifted_products(x, weight, stride), (x, weight)


def depthwise_backward(stride, saved, gradient):
    """Sums the weight's gradient picture by picture: XLA's own reduction takes 7 times as long."""
    (x, weight), (rows, columns, channels) = saved, gradient.shape[1:]
    _, backward = jax.vjp(lambda x: shifted_products(x, weight, stride), x)

    def add_picture(sums, one):
        seen = windows(padded(one[0]), rows, columns, stride)
        return [total + window * one[1] for total, window in zip(sums, seen)], None

    zeros = [jnp.zeros((rows, columns, channels))] * 9
    sums, _ = jax.lax.scan(add_picture, zeros, (x, gradient))
    by_weight = jnp.stack([total.sum((0, 1)) for total in sums]).reshape(weight.shape)
    return backward(gradient)[0], by_weight


depthwise.defvjp(depthwise_forward, depthwise_backward)


def full(x, weight, stride):
    return jax.lax.conv_general_dilated(x, weight, (stride, stride), [(1, 1), (1, 1)],
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"))


class Network:
    """One forward pass; `statistics` collects the batch's means and variances when training."""

    def __init__(self, params, stats, training):
        self.params, self.stats, self.training = params, stats, training
        self.statistics = {}

    def normalize(self, name, x):
        if self.training:
            mean = x.mean((0, 1, 2))
            var = (x * x).mean((0, 1, 2)) - mean * mean
            self.statistics[f"{name}.mean"], self.statistics[f"{name}.var"] = mean, var
        else:
            mean, var = self.stats[f"{name}.mean"], self.stats[f"{name}.var"]
        scale = self.params[f"{name}.gamma"] / jnp.sqrt(var + EPSILON)
        return (x - mean) * scale + self.params[f"{name}.beta"]

    def conv(self, name, x, activation, stride=1):
        weight = self.params[f"{name}.weight"]
        if weight.shape[:2] == (1, 1):
            y = x @ weight[0, 0]
        elif weight.shape[2] == 1:
            y = depthwise(x, weight, stride)
        else:
            y = full(x, weight, stride)
        return ACTIVATIONS[activation](self.normalize(f"{name}.bn", y))

    def dense(self, name, x):
        return x @ self.params[f"{name}.weight"] + self.params[f"{name}.bias"]

    def squeeze_excite(self, name, x):
        reduced = jax.nn.relu(self.dense(f"{name}.reduce", x.mean((1, 2))))
        return x * hard_sigmoid(self.dense(f"{name}.expand", reduced))[:, None, None, :]

    def block(self, block, x):
        y = x
        if block.expands(x.shape[3]):
            y = self.conv(f"{block.name}.expand", y, block.activation)
        y = self.conv(f"{block.name}.depthwise", y, block.activation, block.stride)
        if block.squeeze:
            y = self.squeeze_excite(f"{block.name}.se", y)
        y = self.conv(f"{block.name}.project", y, "none")
        return x + y if block.is_residual(x.shape[3]) else y

    def logits(self, x):
        y = self.conv("stem.conv", x, "hardswish", stride=2)
        for block in BLOCKS:
            y = self.block(block, y)
        y = self.conv("head.conv", y, "hardswish")
        return self.dense("classifier", y.mean((1, 2)))


def normalized(pixels):
    """uint8 pixels, (N, 64, 64, 3), to the network's input: as the quantizer's config says."""
    return (pixels.astype(np.float32) - MEAN) / STD


def predict(params, stats, x):
    return Network(params, stats, training=False).logits(x)
