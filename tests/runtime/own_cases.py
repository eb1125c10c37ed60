"""Models with inputs and ONNX Runtime's outputs in the layout of the ONNX node cases, and onnx_cases run on them."""

import os
import pathlib
import re
import subprocess

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


def session_of(model):
    """The model as it is: nothing fused, folded or reordered."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def write_case(folder, model, inputs):
    """model.onnx, its inputs (a dict in the graph's order) and what ONNX Runtime makes of them."""
    with np.errstate(all="ignore"):
        outputs = session_of(model).run(None, inputs)
    store_case(folder, model, inputs, outputs)


def store_case(folder, model, inputs, outputs):
    """model.onnx, its inputs and what is expected of it."""
    data = pathlib.Path(folder) / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, str(data.parent / "model.onnx"))
    for i, value in enumerate(model.graph.input):
        (data / f"input_{i}.pb").write_bytes(numpy_helper.from_array(inputs[value.name], value.name).SerializeToString())
    for i, array in enumerate(outputs):
        (data / f"output_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(array)).SerializeToString())


def program():
    return pathlib.Path(os.environ.get("XQUANT_BUILD", "build/native")) / "tests/conformance/onnx_cases"


def run_cases(folder, tolerance):
    """{name: why} of the cases that fail, and how many passed; tolerance relative to each output's range."""
    run = subprocess.run(
        [program(), "--of-range", str(tolerance)],
        env={**os.environ, "ONNX_NODE_CASES": str(folder)},
        capture_output=True,
        text=True,
    )
    failures = dict(re.findall(r"^FAILED (\S+): (.*)$", run.stdout, re.M))
    summary = re.search(r"^(\d+) passed, (\d+) failed, 0 skipped$", run.stdout, re.M)
    if summary is None or int(summary[2]) != len(failures):
        raise RuntimeError(f"onnx_cases said: {run.stdout[-2000:]}{run.stderr[-2000:]}")
    return failures, int(summary[1])
