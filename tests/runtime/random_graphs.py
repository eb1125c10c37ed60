"""Graphs of 5 to 20 operators from a seed. A value knows its shape, its type, and whether every machine computes it
exactly: operators with jumps (Floor, comparisons, TopK, ...) take only exact ones, so that a difference in the last
place elsewhere cannot become a large one."""

import numpy as np
from onnx import TensorProto, helper

OPSET = 17
SIZES = (1, 2, 3, 4, 5, 7, 8)


class Value:
    def __init__(self, name, shape, kind="float", exact=True):
        self.name, self.shape, self.kind, self.exact = name, tuple(int(d) for d in shape), kind, exact

    @property
    def rank(self):
        return len(self.shape)


class Builder:
    """Takes nodes; every method adds one and returns its result."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs, self.values = [], [], {}, []
        self.count = 0

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def real(self, shape):
        return self.rng.uniform(-1.5, 1.5, size=shape).astype(np.float32)

    def input(self, shape):
        name = self.fresh("in")
        self.inputs[name] = self.real(shape)
        return self.keep(Value(name, shape))

    def constant(self, array):
        name = self.fresh("c")
        kinds = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "uint8": TensorProto.UINT8}
        self.constants.append(helper.make_tensor(name, kinds[array.dtype.name], array.shape, array.tobytes(), raw=True))
        return name

    def ints(self, values):
        return self.constant(np.array(values, np.int64))

    def keep(self, value):
        self.values.append(value)
        return value

    def node(self, op_type, operands, shape, exact, kind="float", **attributes):
        name = self.fresh("v")
        names = [operand.name if isinstance(operand, Value) else operand for operand in operands]
        self.nodes.append(helper.make_node(op_type, names, [name], name=name, **attributes))
        return self.keep(Value(name, shape, kind, exact))

    def some(self, rank=None, exact=False, kind="float"):
        """A value of the graph with these properties; None when there is none."""
        found = [v for v in self.values if v.kind == kind and (v.exact or not exact)]
        found = [v for v in found if (rank is None and v.rank > 0) or v.rank == rank]
        return self.pick(found) if found else None

    # ---- families of operators; each returns a Value, or None when nothing fits

    def smooth_unary(self):
        x = self.some()
        op_type, attributes = self.pick([
            ("Tanh", {}), ("Sigmoid", {}), ("Softplus", {}), ("Erf", {}), ("Elu", {"alpha": 0.7}), ("Selu", {}),
            ("HardSwish", {}), ("Softsign", {}), ("Celu", {"alpha": 1.3}), ("Sin", {}), ("Cos", {}), ("Atan", {}),
            ("Mish", None),
        ])  # fmt: skip
        if attributes is None:  # newer than OPSET: by its definition
            inner = self.node("Tanh", [self.node("Softplus", [x], x.shape, False)], x.shape, False)
            return self.node("Mul", [x, inner], x.shape, False)
        return self.node(op_type, [x], x.shape, False, **attributes)

    def exact_unary(self):
        x = self.some()
        op_type, attributes = self.pick([
            ("Relu", {}), ("Neg", {}), ("Abs", {}), ("Identity", {}), ("LeakyRelu", {"alpha": 0.25}),
        ])  # fmt: skip
        return self.node(op_type, [x], x.shape, x.exact, **attributes)

    def clip(self):
        x = self.some()
        low, high = self.constant(np.float32(-0.8)), self.constant(np.float32(0.9))
        return self.node("Clip", [x, low, high], x.shape, x.exact)

    def positive_unary(self):
        """Functions of positive numbers, kept away from where they are steep."""
        x = self.node("Add", [self.node("Abs", [s := self.some()], s.shape, s.exact), self.constant(np.float32(0.5))], s.shape, s.exact)  # fmt: skip
        op_type = self.pick(["Sqrt", "Log", "Reciprocal"])
        return self.node(op_type, [x], x.shape, x.exact and op_type != "Log")

    def jump(self):
        x = self.some(exact=True)
        if x is None:
            return None
        return self.node(self.pick(["Floor", "Ceil", "Round", "Sign"]), [x], x.shape, True)

    def binary(self):
        a = self.some()
        same = [v for v in self.values if v.kind == "float" and v.shape == a.shape]
        op_type = self.pick(["Add", "Sub", "Mul", "Min", "Max"])
        b = self.pick(same)
        return self.node(op_type, [a, b], a.shape, a.exact and b.exact)

    def broadcast_constant(self):
        x = self.some()
        shape = [d if self.rng.random() < 0.6 else 1 for d in x.shape][int(self.rng.integers(x.rank)) :]
        constant = self.real(shape)
        op_type = self.pick(["Add", "Sub", "Mul", "Div", "PRelu"])
        if op_type == "Div":
            constant = np.abs(constant) + np.float32(0.5)
        return self.node(op_type, [x, self.constant(constant)], x.shape, x.exact)

    def compare_and_choose(self):
        a = self.some(exact=True)
        if a is None:
            return None
        condition = self.node(
            self.pick(["Greater", "Less", "GreaterOrEqual"]), [a, self.constant(np.float32(0.1))], a.shape, True, "bool"
        )
        same = [v for v in self.values if v.kind == "float" and v.shape == a.shape]
        b, c = self.pick(same), self.pick(same)
        return self.node("Where", [condition, b, c], a.shape, b.exact and c.exact)

    def transpose(self):
        x = self.some()
        order = [int(i) for i in self.rng.permutation(x.rank)]
        return self.node("Transpose", [x], [x.shape[i] for i in order], x.exact, perm=order)

    def reshape(self):
        x = self.some()
        size = int(np.prod(x.shape))
        first = self.pick([d for d in range(1, size + 1) if size % d == 0])
        shape = self.pick([[-1], [first, -1], [1, first, size // first]])
        return self.node("Reshape", [x, self.ints(shape)], [size // first if d == -1 and len(shape) > 1 else size if d == -1 else d for d in shape], x.exact)  # fmt: skip

    def slice(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        start = int(self.rng.integers(x.shape[axis]))
        step = self.pick([1, 1, 2, -1])
        length = len(range(x.shape[axis])[start::step])
        end = 2**31 - 1 if step > 0 else -(2**31)
        shape = [*x.shape[:axis], length, *x.shape[axis + 1 :]]
        operands = [x, self.ints([start]), self.ints([end]), self.ints([axis]), self.ints([step])]
        return self.node("Slice", operands, shape, x.exact)

    def concat(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        fits = [
            v
            for v in self.values
            if v.kind == "float" and v.rank == x.rank and all(v.shape[d] == x.shape[d] for d in range(x.rank) if d != axis)
        ]
        others = [x, self.pick(fits)]
        length = sum(v.shape[axis] for v in others)
        if length > 32:
            return None
        return self.node("Concat", others, [*x.shape[:axis], length, *x.shape[axis + 1 :]], all(v.exact for v in others), axis=axis)  # fmt: skip

    def gather(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        indices = self.rng.integers(-x.shape[axis], x.shape[axis], size=int(self.rng.integers(1, 4)))
        shape = [*x.shape[:axis], len(indices), *x.shape[axis + 1 :]]
        return self.node("Gather", [x, self.ints(indices)], shape, x.exact, axis=axis)

    def pad(self):
        x = self.some()
        if max(x.shape) > 16:
            return None
        before, after = self.rng.integers(0, 3, size=x.rank), self.rng.integers(0, 3, size=x.rank)
        mode = self.pick(["constant", "edge"])
        operands = [x, self.ints([*before, *after])] + ([self.constant(np.float32(0.3))] if mode == "constant" else [])
        return self.node("Pad", operands, np.array(x.shape) + before + after, x.exact, mode=mode)

    def tile(self):
        x = self.some()
        repeats = self.rng.integers(1, 3, size=x.rank)
        if np.prod(x.shape) * np.prod(repeats) > 4096:
            return None
        return self.node("Tile", [x, self.ints(repeats)], np.array(x.shape) * repeats, x.exact)

    def reduce(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        keep = int(self.rng.integers(2)) if x.rank > 1 else 1
        op_type = self.pick(["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSumExp", "ReduceL1"])
        shape = [d if i != axis else 1 for i, d in enumerate(x.shape) if keep or i != axis]
        return self.node(op_type, [x], shape, x.exact and op_type in ("ReduceMax", "ReduceMin"), axes=[axis], keepdims=keep)  # fmt: skip

    def reduce_sum(self):
        x = self.some()
        axis = int(self.rng.integers(-x.rank, x.rank))
        shape = [1 if i == axis % x.rank else d for i, d in enumerate(x.shape)]
        return self.node("ReduceSum", [x, self.ints([axis])], shape, False, keepdims=1)

    def argmax(self):
        x = self.some(exact=True)
        if x is None:
            return None
        axis = int(self.rng.integers(x.rank))
        shape = [1 if i == axis else d for i, d in enumerate(x.shape)]
        found = self.node(self.pick(["ArgMax", "ArgMin"]), [x], shape, True, "int64", axis=axis, keepdims=1)
        return self.node("Cast", [found], shape, True, to=TensorProto.FLOAT)

    def softmax(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        return self.node(self.pick(["Softmax", "LogSoftmax"]), [x], x.shape, False, axis=axis)

    def matmul(self):
        x = self.some()
        if x.rank < 2:
            return None
        n = self.pick(SIZES)
        weights = self.constant(self.real([x.shape[-1], n]) / np.float32(np.sqrt(x.shape[-1])))
        return self.node("MatMul", [x, weights], [*x.shape[:-1], n], False)

    def gemm(self):
        x = self.some(rank=2)
        if x is None:
            return None
        n = self.pick(SIZES)
        operands = [x, self.constant(self.real([n, x.shape[1]])), self.constant(self.real([n]))]
        return self.node("Gemm", operands, [x.shape[0], n], False, transB=1, alpha=0.5, beta=0.25)

    def image(self):
        x = self.some(rank=4)
        return x if x is not None and min(x.shape[2:]) >= 3 else None

    def conv(self):
        x = self.image()
        if x is None:
            return None
        channels = x.shape[1]
        groups = self.pick([1, channels])
        out = channels * self.pick([1, 2]) if groups > 1 else self.pick(SIZES)
        kernel = self.pick([1, 2, 3])
        stride, pads = self.pick([1, 2]), [int(p) for p in self.rng.integers(0, 2, size=4)]
        weights = self.real([out, channels // groups, kernel, kernel])
        size = [(x.shape[2 + i] + pads[i] + pads[i + 2] - kernel) // stride + 1 for i in range(2)]
        return self.node(
            "Conv", [x, self.constant(weights), self.constant(self.real([out]))], [x.shape[0], out, *size], False,
            kernel_shape=[kernel, kernel], strides=[stride, stride], pads=pads, group=groups,
        )  # fmt: skip

    def conv_transpose(self):
        x = self.image()
        if x is None or max(x.shape[2:]) > 10:
            return None
        out = self.pick([1, 2, 3])
        weights = self.constant(self.real([x.shape[1], out, 3, 3]))
        size = [2 * (d - 1) + 3 - 2 for d in x.shape[2:]]
        return self.node("ConvTranspose", [x, weights], [x.shape[0], out, *size], False, strides=[2, 2], pads=[1, 1, 1, 1])  # fmt: skip

    def pool(self):
        x = self.image()
        if x is None:
            return None
        op_type = self.pick(["MaxPool", "AveragePool"])
        size = [d - 1 for d in x.shape[2:]]
        return self.node(op_type, [x], [*x.shape[:2], *size], x.exact and op_type == "MaxPool", kernel_shape=[2, 2], strides=[1, 1])  # fmt: skip

    def global_pool(self):
        x = self.image()
        if x is None:
            return None
        op_type = self.pick(["GlobalAveragePool", "GlobalMaxPool"])
        return self.node(op_type, [x], [*x.shape[:2], 1, 1], x.exact and op_type == "GlobalMaxPool")

    def normalization(self):
        x = self.image()
        if x is None:
            x = self.some()
            return self.node("LayerNormalization", [x, self.constant(self.real([x.shape[-1]]))], x.shape, False, epsilon=0.1)  # fmt: skip
        channels = x.shape[1]
        parameters = [self.constant(self.real([channels])) for _ in range(2)]
        if self.rng.random() < 0.5:
            return self.node("InstanceNormalization", [x, *parameters], x.shape, False, epsilon=0.1)
        mean, variance = self.constant(self.real([channels])), self.constant(np.abs(self.real([channels])) + np.float32(0.1))  # fmt: skip
        return self.node("BatchNormalization", [x, *parameters, mean, variance], x.shape, False)

    def resize(self):
        x = self.image()
        if x is None or max(x.shape[2:]) > 10:
            return None
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        mode = self.pick(["nearest", "linear"])
        return self.node(
            "Resize", [x, "", scales], [*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3]], x.exact and mode == "nearest",
            mode=mode, coordinate_transformation_mode="half_pixel" if mode == "linear" else "asymmetric", nearest_mode="floor",
        )  # fmt: skip

    def depth_to_space(self):
        x = self.image()
        if x is None or x.shape[1] % 4 != 0:
            return None
        shape = [x.shape[0], x.shape[1] // 4, 2 * x.shape[2], 2 * x.shape[3]]
        return self.node("DepthToSpace", [x], shape, x.exact, blocksize=2, mode=self.pick(["DCR", "CRD"]))

    def expand(self):
        x = self.some()
        if np.prod(x.shape) > 512:
            return None
        return self.node("Expand", [x, self.ints([2, *([1] * x.rank)])], [2, *x.shape], x.exact)

    def quantize(self):
        x = self.some(exact=True)
        if x is None:
            return None
        operands = [self.constant(np.float32(0.0173)), self.constant(np.array(117, np.uint8))]
        quantized = self.node("QuantizeLinear", [x, *operands], x.shape, True, "uint8")
        return self.node("DequantizeLinear", [quantized, *operands], x.shape, True)

    def recurrent(self):
        x = self.some(rank=3)
        if x is None:
            return None
        op_type, gates = self.pick([("LSTM", 4), ("GRU", 3), ("RNN", 1)])
        hidden = self.pick([1, 2, 4])
        directions, direction = self.pick([(1, "forward"), (1, "reverse"), (2, "bidirectional")])
        w = self.constant(self.real([directions, gates * hidden, x.shape[2]]))
        r = self.constant(self.real([directions, gates * hidden, hidden]))
        b = self.constant(self.real([directions, 2 * gates * hidden]))
        attributes = {"linear_before_reset": 1} if op_type == "GRU" else {}
        shape = [x.shape[0], directions, x.shape[1], hidden]
        return self.node(op_type, [x, w, r, b], shape, False, hidden_size=hidden, direction=direction, **attributes)

    def branch(self):
        """If on an exact condition, with branches that read the graph around them."""
        a = self.some(exact=True)
        if a is None:
            return None
        largest = self.node("ReduceMax", [a], [], True, keepdims=0)
        condition = self.node("Greater", [largest, self.constant(np.float32(0.5))], [], True, "bool")
        same = [v for v in self.values if v.kind == "float" and v.shape == a.shape]
        b, c = self.pick(same), self.pick(same)

        def graph(name, op_type, operands):
            info = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            return helper.make_graph([helper.make_node(op_type, operands, [name])], name, [], [info])

        first, second = graph(self.fresh("t"), "Neg", [b.name]), graph(self.fresh("e"), "Add", [b.name, c.name])
        return self.node("If", [condition], a.shape, b.exact and c.exact, then_branch=first, else_branch=second)

    def loop(self):
        """A Loop that carries one value, reads another from around it, and collects a third."""
        a = self.some()
        same = [v for v in self.values if v.kind == "float" and v.shape == a.shape]
        b, trips = self.pick(same), int(self.rng.integers(0, 4))
        names = {key: self.fresh("l") for key in ("i", "go", "go_on", "carried", "next", "half")}
        body = helper.make_graph(
            [
                helper.make_node("Identity", [names["go"]], [names["go_on"]]),
                helper.make_node("Mul", [names["carried"], self.constant(np.float32(0.5))], [names["half"]]),
                helper.make_node("Add", [names["half"], b.name], [names["next"]]),
            ],
            "body",
            [
                helper.make_tensor_value_info(names["i"], TensorProto.INT64, []),
                helper.make_tensor_value_info(names["go"], TensorProto.BOOL, []),
                helper.make_tensor_value_info(names["carried"], TensorProto.FLOAT, a.shape),
            ],
            [
                helper.make_tensor_value_info(names["go_on"], TensorProto.BOOL, []),
                helper.make_tensor_value_info(names["next"], TensorProto.FLOAT, a.shape),
                helper.make_tensor_value_info(names["half"], TensorProto.FLOAT, a.shape),
            ],
        )
        last, all_of_them = self.fresh("v"), self.fresh("v")
        count = self.constant(np.array(trips, np.int64))
        self.nodes.append(helper.make_node("Loop", [count, "", a.name], [last, all_of_them], name=last, body=body))
        exact = a.exact and b.exact
        self.keep(Value(last, a.shape, "float", exact))
        return self.keep(Value(all_of_them, (trips, *a.shape), "float", exact)) if trips else None

    def top_k(self):
        x = self.some(exact=True)
        if x is None:
            return None
        axis = int(self.rng.integers(x.rank))
        k = int(self.rng.integers(1, x.shape[axis] + 1))
        values, indices = self.fresh("v"), self.fresh("v")
        self.nodes.append(helper.make_node("TopK", [x.name, self.ints([k])], [values, indices], name=values, axis=axis))
        shape = [*x.shape[:axis], k, *x.shape[axis + 1 :]]
        return self.keep(Value(values, shape, "float", True))  # equal values may have their indices in either order

    def cumulative_sum(self):
        x = self.some()
        axis = self.constant(np.array(int(self.rng.integers(x.rank)), np.int64))
        return self.node("CumSum", [x, axis], x.shape, False, exclusive=int(self.rng.integers(2)), reverse=int(self.rng.integers(2)))  # fmt: skip

    def triangle(self):
        x = self.some()
        if x.rank < 2:
            return None
        k = self.constant(np.array(int(self.rng.integers(-2, 3)), np.int64))
        return self.node("Trilu", [x, k], x.shape, x.exact, upper=int(self.rng.integers(2)))

    def einsum(self):
        x = self.some(rank=2)
        if x is None:
            return None
        n = self.pick(SIZES)
        return self.node("Einsum", [x, self.constant(self.real([n, x.shape[1]]))], [n, x.shape[0]], False, equation="ij,kj->ki")  # fmt: skip

    def scatter(self):
        x = self.some()
        axis = int(self.rng.integers(x.rank))
        index = self.rng.integers(x.shape[axis], size=[1 if d == axis else n for d, n in enumerate(x.shape)])
        updates = self.constant(self.real(index.shape))
        return self.node("ScatterElements", [x, self.constant(index.astype(np.int64)), updates], x.shape, x.exact, axis=axis)  # fmt: skip

    def grid_sample(self):
        x = self.image()
        if x is None:
            return None
        size = [int(d) for d in self.rng.integers(1, 6, size=2)]
        grid = self.constant(self.real([x.shape[0], *size, 2]))
        padding = self.pick(["zeros", "border", "reflection"])
        return self.node("GridSample", [x, grid], [*x.shape[:2], *size], False, mode="bilinear", padding_mode=padding)

    def local_response(self):
        x = self.image()
        if x is None:
            return None
        return self.node("LRN", [x], x.shape, False, size=3, alpha=0.5, beta=0.75, bias=1.0)

    def one_hot(self):
        indices = self.constant(self.rng.integers(-3, 4, size=int(self.rng.integers(1, 5))).astype(np.int64))
        values = self.constant(self.real([2]))
        shape = [*next(c.dims for c in self.constants if c.name == indices), 4]
        return self.node("OneHot", [indices, self.constant(np.array(4, np.int64)), values], shape, True)

    def families(self):
        return [
            self.smooth_unary, self.exact_unary, self.clip, self.positive_unary, self.jump, self.binary,
            self.broadcast_constant, self.compare_and_choose, self.transpose, self.reshape, self.slice, self.concat,
            self.gather, self.pad, self.tile, self.reduce, self.reduce_sum, self.argmax, self.softmax, self.matmul,
            self.gemm, self.conv, self.conv, self.conv_transpose, self.pool, self.global_pool, self.normalization,
            self.resize, self.depth_to_space, self.expand, self.quantize, self.recurrent, self.branch, self.top_k,
            self.cumulative_sum, self.triangle, self.einsum, self.scatter, self.grid_sample, self.local_response,
            self.one_hot, self.loop,
        ]  # fmt: skip


def random_model(seed, make_builder=Builder):
    """A model and its inputs."""
    builder = make_builder(seed)
    rng = builder.rng
    builder.input([int(builder.pick((1, 2))), int(builder.pick((1, 3, 4))), *(int(d) for d in rng.integers(3, 9, size=2))])
    builder.input([int(builder.pick(SIZES)) for _ in range(int(rng.integers(1, 4)))])
    wanted = int(rng.integers(5, 21))
    while len(builder.nodes) < wanted:
        builder.pick(builder.families())()
    read = {name for node in builder.nodes for name in node.input}
    results = [v for v in builder.values if v.name not in builder.inputs and (v.name not in read or rng.random() < 0.2)]
    kinds = {"float": TensorProto.FLOAT, "bool": TensorProto.BOOL, "int64": TensorProto.INT64, "uint8": TensorProto.UINT8}
    graph = helper.make_graph(
        builder.nodes,
        f"seed_{seed}",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in builder.inputs.items()],
        [helper.make_tensor_value_info(v.name, kinds[v.kind], None) for v in results],
        builder.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    return model, builder.inputs
