"""Reading and writing a model keeps its meaning: fields, what onnx.checker says, ONNX Runtime's outputs.

usage: check_roundtrip.py [path of onnx_roundtrip]
environment: XQUANT_BUILD    native build folder, where onnx_roundtrip is when no path is given
             XQUANT_DATA     folder of real models (models/*/*.onnx); skipped when absent
             ONNX_NODE_CASES folder of ONNX's backend node cases; skipped when absent
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from roundtrip_models import models, unsorted
from semantic_equality import first_difference

RANDOM_OPERATORS = {
    "Bernoulli",
    "Dropout",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}
OLDEST_OPSET, NEWEST_OPSET = 7, 25


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = self.run = 0

    def fail(self, name, why):
        self.failed += 1
        print(f"FAILED {name}: {why}", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped {name}: {why}", flush=True)


def complaint_of_checker(path):
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:  # the checker has no common base class
        return str(error).strip()
    return None


def some_inputs(model, seed=0):
    """Random values for the inputs that need one; None when a type cannot be made up."""
    generator = np.random.default_rng(seed)
    initialized = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for info in model.graph.input:
        if info.name in initialized:
            continue
        kind = info.type.tensor_type
        if not info.type.HasField("tensor_type") or not kind.HasField("shape"):
            return None
        shape = [dim.dim_value or 2 for dim in kind.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type)
        if dtype.kind == "f":
            feeds[info.name] = generator.standard_normal(shape).astype(dtype)
        elif dtype.kind in "iub":
            feeds[info.name] = generator.integers(0, 2, shape).astype(dtype)
        else:
            return None
    return feeds


def case_inputs(folder, model):
    """The inputs that come with a backend case; None when one of them is not a tensor."""
    initialized = {tensor.name for tensor in model.graph.initializer}
    names = [info.name for info in model.graph.input if info.name not in initialized]
    kinds = {info.name: info.type for info in model.graph.input}
    feeds = {}
    for i, name in enumerate(names):
        file = folder / "test_data_set_0" / f"input_{i}.pb"
        if not file.exists() or not kinds[name].HasField("tensor_type"):
            return None
        tensor = onnx.TensorProto.FromString(file.read_bytes())
        feeds[name] = numpy_helper.to_array(tensor)
    return feeds


def operators(nodes):
    for node in nodes:
        yield node.op_type
        for attribute in node.attribute:
            yield from operators(attribute.g.node)


def outputs_of(path, feeds):
    """What ONNX Runtime computes; the exception when it does not take the model."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        return session.run(None, feeds)
    except Exception as error:
        return error


def same_outputs(a, b):
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same_outputs, a, b))
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return np.array_equal(a, b) if a.dtype.kind in "OUS" else a.tobytes() == b.tobytes()


class Checker:
    def __init__(self, helper_program, folder):
        self.helper = helper_program
        self.result = folder / "result.onnx"
        self.tally = Tally()

    def roundtrip(self, source, *options):
        return subprocess.run(
            [self.helper, *options, source, self.result], capture_output=True, text=True
        )

    def why_wrong(self, source, feeds):
        """None when the model survives; else what is wrong."""
        before = onnx.load(str(source))
        run = self.roundtrip(source)
        if run.returncode != 0:
            return run.stderr.strip() or f"exit status {run.returncode}"
        difference = first_difference(before, onnx.load(str(self.result)))
        if difference:
            return difference
        complaint = complaint_of_checker(self.result)
        if complaint and not complaint_of_checker(source):
            return f"the checker now says: {complaint}"
        return self.why_other_outputs(source, before, feeds) or self.why_unstable()

    def why_other_outputs(self, source, model, feeds):
        if feeds is None or RANDOM_OPERATORS & set(operators(model.graph.node)):
            return None
        expected = outputs_of(source, feeds)
        if isinstance(expected, Exception):
            return None
        self.tally.run += 1
        actual = outputs_of(self.result, feeds)
        if isinstance(actual, Exception):
            return f"ONNX Runtime no longer takes it: {actual}"
        return None if same_outputs(expected, actual) else "ONNX Runtime computes something else"

    def why_unstable(self):
        """Writing what was written gives the same bytes."""
        first = self.result.read_bytes()
        copy = self.result.with_name("first.onnx")
        copy.write_bytes(first)
        self.roundtrip(copy)
        return (
            None if self.result.read_bytes() == first else "a second round trip gives other bytes"
        )

    def check(self, name, source, feeds):
        why = self.why_wrong(source, feeds)
        if why:
            self.tally.fail(name, why)
        else:
            self.tally.passed += 1


def check_made(checker, folder):
    for name, model in models():
        source = folder / "made.onnx"
        source.write_bytes(model.SerializeToString())
        checker.check(f"made: {name}", source, some_inputs(model))
        if name == "large raw":
            external = folder / "external"
            external.mkdir()
            onnx.save(
                model,
                str(external / "m.onnx"),
                save_as_external_data=True,
                location="weights.bin",
                size_threshold=0,
            )
            checker.check("made: external data", external / "m.onnx", some_inputs(model))


def check_unsorted(checker, folder):
    model = unsorted()
    source = folder / "unsorted.onnx"
    source.write_bytes(model.SerializeToString())
    run = checker.roundtrip(source)
    complaint = run.stderr.strip() or complaint_of_checker(checker.result)
    feeds = some_inputs(model)
    if not complaint and not same_outputs(
        outputs_of(source, feeds), outputs_of(checker.result, feeds)
    ):
        complaint = "ONNX Runtime computes something else"
    if complaint:
        checker.tally.fail("made: unsorted nodes", complaint)
    else:
        checker.tally.passed += 1


def check_real(checker):
    folder = pathlib.Path(os.environ.get("XQUANT_DATA", "")) / "models"
    if "XQUANT_DATA" not in os.environ or not folder.is_dir():
        checker.tally.skip("real models", "XQUANT_DATA names no folder with models")
        return
    for source in sorted(folder.glob("*/*.onnx")):
        checker.check(f"real: {source.parent.name}", source, some_inputs(onnx.load(str(source))))


def check_node_cases(checker):
    folder = pathlib.Path(os.environ.get("ONNX_NODE_CASES", ""))
    if "ONNX_NODE_CASES" not in os.environ or not folder.is_dir():
        checker.tally.skip("ONNX's node cases", "ONNX_NODE_CASES names no folder")
        return
    for case in sorted(folder.iterdir()):
        source = case / "model.onnx"
        if not source.exists():
            continue
        model = onnx.load(str(source))
        versions = [
            entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")
        ]
        if any(not OLDEST_OPSET <= version <= NEWEST_OPSET for version in versions):
            checker.tally.skip(f"case: {case.name}", f"opset {versions[0]} is not supported")
            continue
        checker.check(f"case: {case.name}", source, case_inputs(case, model))


def main():
    built = pathlib.Path(os.environ.get("XQUANT_BUILD", ".")) / "tests" / "onnx" / "onnx_roundtrip"
    helper_program = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else built
    if not helper_program.exists():
        sys.exit(f"{helper_program} does not exist; build it or set XQUANT_BUILD")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        checker = Checker(helper_program.resolve(), folder)
        check_made(checker, folder)
        check_unsorted(checker, folder)
        check_real(checker)
        check_node_cases(checker)
    tally = checker.tally
    print(f"{tally.run} of them also run in ONNX Runtime with equal outputs or failed above")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
