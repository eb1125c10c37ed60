"""Single operators against ONNX Runtime, for what the ONNX project's cases lack: old versions, and combinations of
attributes that exporters write. Each case is one node, written as ONNX writes its cases and run by onnx_cases.

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is

  python tests/runtime/check_operators.py [word]...    only cases whose name holds one of the words
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnxruntime
from onnx import helper, numpy_helper

from operator_cases import all_cases

IR_VERSION = 8

# Largest difference relative to the range of the result: ONNX Runtime sums floats, we sum doubles.
OF_RANGE = "1e-5"


def model_of(case):
    """One node with all operands as inputs of the model."""
    names = [f"x{i}" if array is not None else "" for i, array in enumerate(case.inputs)]
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, case.inputs)
        if array is not None
    ]
    outputs = [f"y{i}" for i in range(case.outputs)]
    node = helper.make_node(case.op, names, outputs, name="node", **case.attributes)
    graph = helper.make_graph([node], "case", inputs, [helper.ValueInfoProto(name=name) for name in outputs])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", case.opset)], ir_version=IR_VERSION)


def with_output_types(model, results):
    """onnx_cases reads declared types; ONNX Runtime needs none."""
    for value, array in zip(model.graph.output, results):
        dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
        value.CopyFrom(helper.make_tensor_value_info(value.name, dtype, array.shape))
    return model


def expected_of(model, case):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {f"x{i}": array for i, array in enumerate(case.inputs) if array is not None}
    return session.run(None, feeds)


def write(folder, model, inputs, outputs):
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    given = [array for array in inputs if array is not None]
    for kind, arrays in (("input", given), ("output", outputs)):
        for i, array in enumerate(arrays):
            (data / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())


def main():
    program = pathlib.Path(os.environ.get("XQUANT_BUILD", "build/native")) / "tests/conformance/onnx_cases"
    words = sys.argv[1:]
    cases = [case for case in all_cases() if not words or any(word in case.name for word in words)]
    refused = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for case in cases:
            model = model_of(case)
            try:
                results = case.expected or expected_of(model, case)
            except Exception as error:  # ONNX Runtime has no class for its errors in common
                refused.append(f"skipped: {case.name}: ONNX Runtime refuses it: {str(error)[:160]}")
                continue
            write(folder / case.name, with_output_types(model, results), case.inputs, results)
        environment = {**os.environ, "ONNX_NODE_CASES": str(folder)}
        run = subprocess.run([program, "--of-range", OF_RANGE], env=environment, capture_output=True, text=True)
    lines = run.stdout.strip().splitlines()
    print("\n".join(refused + lines[:-1]))
    passed, failed, skipped = (int(part.split()[0]) for part in lines[-1].split(", "))
    print(f"{passed} passed, {failed} failed, {skipped + len(refused)} skipped")
    return 1 if failed or run.returncode not in (0, 1) else 0


if __name__ == "__main__":
    sys.exit(main())
