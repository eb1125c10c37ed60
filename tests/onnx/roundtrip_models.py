"""Small models that together use every corner of the ONNX format. models() yields (name, ModelProto)."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F = TensorProto.FLOAT


def _model(graph, opset=21, ir=10, **more):
    imports = more.pop("opset_imports", [helper.make_opsetid("", opset)])
    model = helper.make_model(graph, opset_imports=imports, **more)
    model.ir_version = ir
    return model


def _info(name, shape=(2, 3), kind=F):
    return helper.make_tensor_value_info(name, kind, shape)


def _entry(owner, key, value):
    entry = owner.metadata_props.add()
    entry.key, entry.value = key, value


def _relu_graph(name="g"):
    return helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], "relu")], name, [_info("x")], [_info("y")]
    )


def _identity_of(tensor):
    """A graph whose output is the tensor."""
    output = helper.make_tensor_value_info("y", tensor.data_type, list(tensor.dims))
    return helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])], "g", [], [output], [tensor]
    )


def _typed_tensor(kind, values, dims):
    return helper.make_tensor("w", kind, dims, values)


def initializers():
    """Every element type, in its own field and as raw bytes."""
    kinds = [k for k in TensorProto.DataType.values() if k not in (TensorProto.UNDEFINED,)]
    for kind in kinds:
        label = TensorProto.DataType.Name(kind).lower()
        new = kind > TensorProto.FLOAT8E5M2FNUZ
        opset, ir = (25, 13) if new else (21, 10)
        if kind == TensorProto.STRING:
            tensor = helper.make_tensor("w", kind, [2, 2], [b"a", b"", "ü".encode(), b"\x00\xff"])
            yield label, _model(_identity_of(tensor), opset, ir)
            continue
        values = [0, 1, 1, 0, 1, 1, 0]
        typed = helper.make_tensor("w", kind, [7], values)
        yield f"{label} typed", _model(_identity_of(typed), opset, ir)
        raw = numpy_helper.from_array(numpy_helper.to_array(typed), "w")
        assert raw.HasField("raw_data") and raw.data_type == kind
        yield f"{label} raw", _model(_identity_of(raw), opset, ir)
    for label, kind, values in (
        ("negative int8 typed", TensorProto.INT8, [-128, 127]),
        ("negative int64 typed", TensorProto.INT64, [-(2**63), 2**63 - 1]),
        ("large uint64 typed", TensorProto.UINT64, [2**64 - 1, 0]),
        ("large uint32 typed", TensorProto.UINT32, [2**32 - 1, 0]),
        ("negative float16 typed", TensorProto.FLOAT16, [-1.5, 65504.0]),
        ("special floats", F, [float("nan"), float("-inf")]),
    ):
        yield label, _model(_identity_of(helper.make_tensor("w", kind, [2], values)))
    yield "scalar", _model(_identity_of(helper.make_tensor("w", F, [], [2.5])))
    yield "no elements raw", _model(
        _identity_of(numpy_helper.from_array(np.zeros((0, 3), np.float32), "w"))
    )
    yield "no elements typed", _model(_identity_of(helper.make_tensor("w", F, [2, 0], [])))
    large = np.arange(300_000, dtype=np.float32).reshape(100, 3000)
    yield "large raw", _model(_identity_of(numpy_helper.from_array(large, "w")))


def constants():
    dense = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "inner name")
    dense.doc_string = "doc of a constant"
    values = helper.make_tensor("v", F, [2], [1.0, 2.0])
    indices = helper.make_tensor("i", TensorProto.INT64, [2], [1, 4])
    sparse = helper.make_sparse_tensor(values, indices, [6])
    for attribute, value, kind, shape in (
        ("value", dense, F, (2, 3)),
        ("value_float", 1.5, F, ()),
        ("value_int", -3, TensorProto.INT64, ()),
        ("value_string", "text", TensorProto.STRING, ()),
        ("value_floats", [1.0, 2.0], F, (2,)),
        ("value_ints", [0, -1], TensorProto.INT64, (2,)),
        ("value_strings", ["a", ""], TensorProto.STRING, (2,)),
        ("sparse_value", sparse, F, (6,)),
    ):
        node = helper.make_node("Constant", [], ["y"], **{attribute: value})
        yield f"constant {attribute}", _model(
            helper.make_graph([node], "g", [], [_info("y", shape, kind)])
        )


def sparse_initializer():
    values = helper.make_tensor("w", F, [2], [1.0, 2.0])
    indices = helper.make_tensor("w_indices", TensorProto.INT64, [2], [1, 4])
    graph = _relu_graph()
    graph.node[0].input[0] = "w"
    graph.node[0].output[0] = "z"
    graph.node.append(helper.make_node("Add", ["x", "z"], ["y"]))
    graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2, 3]))
    yield "sparse initializer", _model(graph)


def _branch(name, operator, outer):
    return helper.make_graph(
        [helper.make_node(operator, [outer], [name + "_y"])], name, [], [_info(name + "_y")]
    )


def subgraphs():
    condition = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    node = helper.make_node(
        "If",
        ["c"],
        ["y"],
        then_branch=_branch("then", "Neg", "x"),
        else_branch=_branch("else", "Abs", "x"),
    )
    yield "if", _model(helper.make_graph([node], "g", [_info("x")], [_info("y")], [condition]))

    inner = helper.make_node(
        "If",
        ["c"],
        ["then_y"],
        then_branch=_branch("inner_then", "Neg", "x"),
        else_branch=_branch("inner_else", "Abs", "x"),
    )
    then = helper.make_graph([inner], "then", [], [_info("then_y")])
    node = helper.make_node(
        "If", ["c"], ["y"], then_branch=then, else_branch=_branch("else", "Abs", "x")
    )
    yield "nested if", _model(
        helper.make_graph([node], "g", [_info("x")], [_info("y")], [condition])
    )

    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["go_on"]),
            helper.make_node("Add", ["a", "one"], ["b"]),
        ],
        "body",
        [_info("i", (), TensorProto.INT64), _info("going", (), TensorProto.BOOL), _info("a")],
        [_info("go_on", (), TensorProto.BOOL), _info("b")],
        [numpy_helper.from_array(np.ones((2, 3), np.float32), "one")],
        doc_string="body doc",
    )
    count = helper.make_tensor("n", TensorProto.INT64, [], [3])
    node = helper.make_node("Loop", ["n", "", "x"], ["y"], body=body)
    yield "loop", _model(helper.make_graph([node], "g", [_info("x")], [_info("y")], [count]))

    body = helper.make_graph(
        [helper.make_node("Add", ["s", "e"], ["s2"]), helper.make_node("Neg", ["s2"], ["o"])],
        "body",
        [_info("s", (3,)), _info("e", (3,))],
        [_info("s2", (3,)), _info("o", (3,))],
    )
    node = helper.make_node("Scan", ["s0", "x"], ["sn", "y"], body=body, num_scan_inputs=1)
    yield "scan", _model(
        helper.make_graph(
            [node], "g", [_info("s0", (3,)), _info("x")], [_info("sn", (3,)), _info("y")]
        )
    )


def functions():
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]
    alpha = helper.make_node("LeakyRelu", ["a"], ["b"])
    reference = alpha.attribute.add()
    reference.name, reference.ref_attr_name, reference.type = (
        "alpha",
        "slope",
        onnx.AttributeProto.FLOAT,
    )
    function = helper.make_function(
        "local",
        "Leaky",
        ["a"],
        ["b"],
        [alpha],
        imports[:1],
        attribute_protos=[helper.make_attribute("slope", 0.5)],
        doc_string="a doc",
    )
    node = helper.make_node("Leaky", ["x"], ["y"], domain="local", slope=0.25)
    graph = helper.make_graph([node], "g", [_info("x")], [_info("y")])
    yield "function", _model(graph, functions=[function], opset_imports=imports)

    overloads = []
    for overload, operator in (("", "Relu"), ("negated", "Neg")):
        overloads.append(
            helper.make_function(
                "local",
                "F",
                ["a"],
                ["b"],
                [helper.make_node(operator, ["a"], ["b"])],
                imports[:1],
                overload=overload,
            )
        )
        _entry(overloads[-1], "kind", overload)
    nodes = [
        helper.make_node("F", ["x"], ["z"], domain="local"),
        helper.make_node("F", ["z"], ["y"], domain="local", overload="negated"),
    ]
    graph = helper.make_graph(nodes, "g", [_info("x")], [_info("y")])
    yield "overloads", _model(graph, functions=overloads, opset_imports=imports)


def domains():
    imports = [helper.make_opsetid("com.example", 3), helper.make_opsetid("", 21)]
    node = helper.make_node(
        "Mystery",
        ["x", "", "x"],
        ["", "y"],
        domain="com.example",
        mode="a",
        weights=[0.5, -1.0],
        shapes=[helper.make_tensor("t", F, [1], [2.0]), helper.make_tensor("", F, [], [3.0])],
        bodies=[_branch("one", "Neg", "x"), _branch("two", "Abs", "x")],
        names=["p", "q"],
        kind=helper.make_tensor_type_proto(F, [None, "n"]),
    )
    node.attribute[0].doc_string = "doc of an attribute"
    empty = node.attribute.add()
    empty.name, empty.type = "nothing", onnx.AttributeProto.INTS
    graph = helper.make_graph([node], "g", [_info("x")], [_info("y")])
    yield "custom domain", _model(graph, opset_imports=imports)

    graph = _relu_graph()
    graph.node[0].domain = "ai.onnx"
    yield "spelled default domain", _model(
        graph, opset_imports=[helper.make_opsetid("ai.onnx", 21)]
    )

    graph = helper.make_graph(
        [helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[1.0], scale=[2.0])],
        "g",
        [_info("x")],
        [_info("y")],
    )
    yield "ai.onnx.ml only", _model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 3)])


def types():
    tensor = helper.make_tensor_type_proto(F, ["batch", None, 3])
    tensor.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
    tensor.denotation = "IMAGE"
    kinds = {
        "denotations": tensor,
        "unknown rank": helper.make_tensor_type_proto(F, None),
        "sequence": helper.make_sequence_type_proto(helper.make_tensor_type_proto(F, ["n"])),
        "optional": helper.make_optional_type_proto(helper.make_tensor_type_proto(F, [1])),
        "map": helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(F, [])),
        "sparse tensor": helper.make_sparse_tensor_type_proto(F, [4]),
    }
    for name, kind in kinds.items():
        info = [helper.make_value_info(v, kind) for v in ("x", "z", "y")]
        nodes = [
            helper.make_node("Identity", ["x"], ["z"]),
            helper.make_node("Identity", ["z"], ["y"]),
        ]
        yield f"type {name}", _model(
            helper.make_graph(nodes, "g", info[:1], info[2:], value_info=info[1:2])
        )
    nodes = [
        helper.make_node("SequenceConstruct", ["x", "x"], ["s"]),
        helper.make_node("ConcatFromSequence", ["s"], ["y"], axis=0),
    ]
    yield "sequence run", _model(helper.make_graph(nodes, "g", [_info("x")], [_info("y", (4, 3))]))


def descriptions():
    weight = numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    weight.doc_string = "doc of a weight"
    _entry(weight, "layer", "first")
    x, y, z = (
        helper.make_tensor_value_info(n, F, ["batch", 3], doc_string=f"doc of {n}") for n in "xyz"
    )
    for info in (x, y, z):
        _entry(info, "of", info.name)
    nodes = [
        helper.make_node("Add", ["x", "w"], ["z"], "add", doc_string="doc of a node"),
        helper.make_node("Relu", ["z"], ["y"], "relu"),
    ]
    _entry(nodes[0], "namespace", "model/add")
    graph = helper.make_graph(
        nodes,
        "main",
        [x],
        [y],
        [weight],
        doc_string="doc of a graph",
        value_info=[z, y, _info("w")],
    )
    _entry(graph, "graph key", "graph value")
    annotation = graph.quantization_annotation.add()
    annotation.tensor_name = "z"
    entry = annotation.quant_parameter_tensor_names.add()
    entry.key, entry.value = "SCALE_TENSOR", "w"
    model = _model(
        graph,
        producer_name="p",
        producer_version="1.2",
        domain="org.example",
        model_version=7,
        doc_string="doc of a model",
    )
    _entry(model, "b", "2")
    _entry(model, "a", "1")
    yield "descriptions", model

    model = _model(_relu_graph(), ir=13, opset=25)
    device = model.configuration.add()
    device.name, device.num_devices = "two", 2
    device.device.extend(["gpu0", "gpu1"])
    on_node = model.graph.node[0].device_configurations.add()
    on_node.configuration_id, on_node.pipeline_stage = "two", 1
    sharding = on_node.sharding_spec.add()
    sharding.tensor_name = "x"
    sharding.device.extend([0, 1])
    yield "multi-device", model

    model = _model(_relu_graph())
    training = model.training_info.add()
    training.initialization.CopyFrom(
        _identity_of(numpy_helper.from_array(np.ones(3, np.float32), "w"))
    )
    training.algorithm.CopyFrom(_relu_graph("step"))
    yield "training info", model


def boundaries():
    weight = numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    add = helper.make_node("Add", ["x", "w"], ["y"])
    graph = helper.make_graph([add], "g", [_info("x"), _info("w")], [_info("y")], [weight])
    yield "IR 3, initializer among the inputs", _model(graph, opset=7, ir=3)
    yield "IR 4, initializer with default", _model(graph, opset=9, ir=4)
    yield "IR 13, opset 25", _model(_relu_graph(), opset=25, ir=13)
    graph = helper.make_graph(
        [add], "g", [_info("x")], [_info("y"), _info("x"), _info("w")], [weight]
    )
    yield "input and initializer as outputs", _model(graph)
    graph = helper.make_graph(
        [add], "g", [_info("x")], [_info("y")], [weight], value_info=[_info("y"), _info("gone")]
    )
    yield "value_info of an output and of nothing", _model(graph)
    graph = _relu_graph()
    graph.output.extend([_info("x", ("n", 3)), _info("y", (2, "m"))])
    graph.value_info.extend([_info("y", (None, None)), _info("x", None)])
    yield "declarations that differ", _model(graph)
    nodes = [
        helper.make_node("MaxPool", ["x"], ["y", ""], kernel_shape=[1]),
        helper.make_node("Clip", ["y", "", "top"], ["z"]),
    ]
    top = helper.make_tensor("top", F, [], [0.5])
    yield "absent operands", _model(
        helper.make_graph(nodes, "g", [_info("x", (1, 1, 4))], [_info("z", (1, 1, 4))], [top])
    )
    graph = _relu_graph()
    for info in (graph.input[0], graph.output[0]):
        info.type.tensor_type.shape.dim[0].dim_param = "n"
    graph.output[0].type.tensor_type.shape.dim[1].dim_param = "m"
    yield "symbolic dimensions", _model(graph)


def unsorted():
    """Not valid ONNX, but ONNX Runtime takes it: the checker is content with what is written."""
    nodes = [helper.make_node("Neg", ["z"], ["y"]), helper.make_node("Relu", ["x"], ["z"])]
    return _model(helper.make_graph(nodes, "g", [_info("x")], [_info("y")]))


def models():
    for family in (
        initializers,
        constants,
        sparse_initializer,
        subgraphs,
        functions,
        domains,
        types,
        descriptions,
        boundaries,
    ):
        yield from family()
