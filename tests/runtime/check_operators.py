"""Single operators against ONNX Runtime, for what the ONNX project's cases lack: old versions, and combinations of
attributes that exporters write.

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is

  python tests/runtime/check_operators.py [word]...    only cases whose name holds one of the words
"""

import pathlib
import sys
import tempfile

from onnx import helper, numpy_helper
from operator_cases import all_cases
from own_cases import run_cases, store_case, write_case

IR_VERSION = 8

# Largest difference relative to the range of the result: ONNX Runtime sums floats, we sum doubles.
OF_RANGE = 1e-5


def model_of(case):
    """One node with its operands as inputs of the model; in every second case all but the first are constants."""
    names = [f"x{i}" if array is not None else "" for i, array in enumerate(case.inputs)]
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, case.inputs)
        if array is not None
    ]
    constants = [numpy_helper.from_array(array, f"x{i}") for i, array in constants_of(case)]
    outputs = [helper.ValueInfoProto(name=f"y{i}") for i in range(case.outputs)]
    node = helper.make_node(case.op, names, [value.name for value in outputs], name="node", **case.attributes)
    graph = helper.make_graph([node], "case", inputs[: len(inputs) - len(constants)], outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", case.opset)], ir_version=IR_VERSION)


def constants_of(case):
    return [(i, array) for i, array in enumerate(case.inputs) if case.has_constants and i > 0 and array is not None]


def inputs_of(case):
    constants = dict(constants_of(case))
    return {f"x{i}": array for i, array in enumerate(case.inputs) if array is not None and i not in constants}


def main():
    words = sys.argv[1:]
    refused = []
    with tempfile.TemporaryDirectory() as folder:
        for case in all_cases():
            if words and not any(word in case.name for word in words):
                continue
            inputs = inputs_of(case)
            if case.expected:
                store_case(pathlib.Path(folder) / case.name, model_of(case), inputs, case.expected)
                continue
            try:
                write_case(pathlib.Path(folder) / case.name, model_of(case), inputs)
            except Exception as error:  # ONNX Runtime's errors have no class in common
                refused.append(f"skipped: {case.name}: ONNX Runtime refuses it: {str(error)[:160]}")
        failures, passed = run_cases(folder, OF_RANGE)
    for line in refused + [f"FAILED {name}: {why}" for name, why in failures.items()]:
        print(line)
    print(f"{passed} passed, {len(failures)} failed, {len(refused)} skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
