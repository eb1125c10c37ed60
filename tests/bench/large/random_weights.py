"""Makes a large classifier of a known architecture, with weights drawn from a seed, and inputs for it.

    random_weights.py NAME FOLDER SAMPLES    FOLDER/NAME.onnx, FOLDER/NAME/*.npy, FOLDER/NAME.json

The graphs are those of ONNX's own backend tests (onnx/backend/test/data/light), which make their weights by ConstantOfShape.
Weights are normal with the variance that keeps activations' (He et al. 2015); what is one-dimensional stays as it is there.
"""

import json
import os
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper


def with_weights(model, rng):
    shapes = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    nodes, weights = [], []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            nodes.append(node)
            continue
        shape = shapes[node.input[0]]
        if len(shape) > 1:
            spread = np.float32((2 / np.prod(shape[1:])) ** 0.5)
            values = rng.standard_normal(shape).astype(np.float32) * spread
        else:
            fill = numpy_helper.to_array(node.attribute[0].t).reshape(-1)[0] if node.attribute else 0
            values = np.full(shape, fill, np.float32)
        weights.append(numpy_helper.from_array(values, node.output[0]))
    used = {name for node in nodes for name in node.input}
    weights += [i for i in model.graph.initializer if i.name in used]
    inputs = [i for i in model.graph.input if i.name not in shapes]
    graph = helper.make_graph(nodes, model.graph.name or "graph", inputs, list(model.graph.output), weights)
    made = helper.make_model(graph, opset_imports=model.opset_import)
    made.ir_version = 4  # the first one whose initializers need not be inputs
    return made


def main(name, folder, samples):
    source = os.path.join(os.path.dirname(onnx.__file__), f"backend/test/data/light/light_{name}.onnx")
    rng = np.random.default_rng(1)
    model = with_weights(onnx.load(source), rng)
    path = os.path.join(folder, f"{name}.onnx")
    onnx.save(model, path)
    data = model.graph.input[0]
    shape = [d.dim_value for d in data.type.tensor_type.shape.dim]
    os.makedirs(os.path.join(folder, name))
    for i in range(samples):
        np.save(os.path.join(folder, name, f"{i}.npy"), rng.standard_normal(shape).astype(np.float32))
    with open(os.path.join(folder, name, "list.txt"), "w") as listing:
        listing.writelines(f"{i}.npy\n" for i in range(samples))
    config = {
        "model_parameters": {"onnx_model": path, "working_dir": os.path.join(folder, "out"), "output_prefix": name},
        "calibration_parameters": {
            "calibration_step": samples,
            "input_parameters": [
                {
                    "input_name": data.name,
                    "input_shape": shape,
                    "file_type": "npy",
                    "data_list_path": os.path.join(folder, name, "list.txt"),
                }
            ],
        },
    }
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump(config, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
