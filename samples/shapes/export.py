"""Writes the trained network as ONNX: opset 17, IR 8, channels first, normalizations unfolded."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from network import BLOCKS, EPSILON, STEM_CHANNELS
from picture import CLASSES, SIZE

OPSET, IR_VERSION = 17, 8


class Graph:
    """Collects nodes and initializers; every method returns the name of the tensor it makes."""

    def __init__(self, arrays):
        self.arrays, self.nodes, self.initializers, self.known = arrays, [], [], set()

    def constant(self, name, array):
        if name not in self.known:
            self.known.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator, name, inputs, output=None, **attributes):
        output = output or f"{name}.out"
        self.nodes.append(helper.make_node(operator, inputs, [output], name, **attributes))
        return output

    def activation(self, kind, name, x):
        if kind == "relu6":
            low = self.constant("relu6.min", np.float32(0))
            high = self.constant("relu6.max", np.float32(6))
            return self.node("Clip", f"{name}.relu6", [x, low, high])
        return self.node("HardSwish", f"{name}.hardswish", [x]) if kind == "hardswish" else x

    def conv(self, name, x, activation, stride=1):
        """Conv, BatchNormalization, activation. A depthwise weight is (3, 3, 1, C) before."""
        weight = self.arrays[f"{name}.weight"].transpose(3, 2, 0, 1)  # HWIO -> OIHW
        size, depthwise = weight.shape[2], weight.shape[1] == 1
        y = self.node("Conv", name, [x, self.constant(f"{name}.weight", weight)],
                      kernel_shape=[size, size], pads=[size // 2] * 4, strides=[stride, stride],
                      dilations=[1, 1], group=weight.shape[0] if depthwise else 1)
        statistics = [self.constant(f"{name}.bn.{part}", self.arrays[f"{name}.bn.{part}"])
                      for part in ("gamma", "beta", "mean", "var")]
        y = self.node("BatchNormalization", f"{name}.bn", [y, *statistics], epsilon=EPSILON)
        return self.activation(activation, name, y)

    def dense_as_conv(self, name, x):
        weight = self.arrays[f"{name}.weight"].T[:, :, None, None]
        bias = self.constant(f"{name}.bias", self.arrays[f"{name}.bias"])
        return self.node("Conv", name, [x, self.constant(f"{name}.weight", weight), bias],
                         kernel_shape=[1, 1])

    def squeeze_excite(self, name, x):
        y = self.node("GlobalAveragePool", f"{name}.pool", [x])
        y = self.node("Relu", f"{name}.relu", [self.dense_as_conv(f"{name}.reduce", y)])
        y = self.dense_as_conv(f"{name}.expand", y)
        y = self.node("HardSigmoid", f"{name}.gate", [y], alpha=1 / 6, beta=0.5)
        return self.node("Mul", f"{name}.scale", [x, y])

    def block(self, block, x, channels):
        y = x
        if block.expands(channels):
            y = self.conv(f"{block.name}.expand", y, block.activation)
        y = self.conv(f"{block.name}.depthwise", y, block.activation, block.stride)
        if block.squeeze:
            y = self.squeeze_excite(f"{block.name}.se", y)
        y = self.conv(f"{block.name}.project", y, "none")
        if block.is_residual(channels):
            y = self.node("Add", f"{block.name}.add", [x, y])
        return y

    def network(self, x, output):
        y, channels = self.conv("stem.conv", x, "hardswish", stride=2), STEM_CHANNELS
        for block in BLOCKS:
            y, channels = self.block(block, y, channels), block.out
        y = self.conv("head.conv", y, "hardswish")
        y = self.node("Flatten", "flatten", [self.node("GlobalAveragePool", "pool", [y])], axis=1)
        weight = self.constant("classifier.weight", self.arrays["classifier.weight"].T)
        bias = self.constant("classifier.bias", self.arrays["classifier.bias"])
        self.node("Gemm", "classifier", [y, weight, bias], output, transB=1)


def to_onnx(params, stats):
    """The model: `image` (N, 3, 64, 64) float32, normalized -> `logits` (N, classes)."""
    graph = Graph({**params, **stats})
    graph.network("image", "logits")
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(CLASSES)])
    proto = helper.make_graph(graph.nodes, "shapes", [image], [logits], graph.initializers)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)],
                              ir_version=IR_VERSION, producer_name="xquant samples/shapes")
    onnx.checker.check_model(model, full_check=True)
    return model


def from_onnx(path, params, stats):
    """The arrays of a model that `to_onnx` wrote; `params` and `stats` give names and shapes."""
    stored = {tensor.name: numpy_helper.to_array(tensor)
              for tensor in onnx.load(path).graph.initializer}

    def restored(name, like):
        array = stored[name]
        if array.ndim == 4:
            array = array.transpose(2, 3, 1, 0)  # OIHW -> HWIO
        elif array.ndim == 2:
            array = array.T
        return np.ascontiguousarray(array).reshape(like.shape)

    return tuple({name: restored(name, like) for name, like in group.items()}
                 for group in (params, stats))
