"""Every operator of ai.onnx between DequantizeLinear and QuantizeLinear: does it run in integers, with whose codes?

qdq_cases.py has a case of each operator that reads and writes real numbers. Those that are not listed below run in
integers, and their codes are those that ONNX Runtime (optimizations off) computes from the same quantized operands,
or one step from them where the real result lies at a tie. A listed one has to stay float: who gives it a kernel takes
it off.

usage: check_qdq_operators.py [part of a name]
environment: XQUANT_BUILD  native build folder (tests/integer/integer_run)
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
from check_integer_models import IntegerRuns, onnxruntime_session, require
from qdq_cases import Model, cases

# What no integer kernel computes, by operator or by operator and label: recurrent cells, DeformConv and Attention
# compute real numbers on the way that no QuantizeLinear rounds; Det is in no model that is quantized.
STAYS_FLOAT = {
    "DeformConv", "Det", "RNN", "GRU", "LSTM", "Attention",
}  # fmt: skip
# Their codes are compared with the float path's only (real_test.cc).
NOT_IN_ONNXRUNTIME = {"GlobalLpPool", "GlobalLpPool: p 5", "Resize: linear, channels", "Upsample: linear"}
# Operators of ai.onnx with real operands and results for which a case would say nothing: they end models that are
# trained, sample, make constants, or have bodies.
LEFT_OUT = {
    "AffineGrid", "Bernoulli", "Cast", "CastLike", "DFT", "DequantizeLinear", "DynamicQuantizeLinear",
    "EyeLike", "Loop", "MelWeightMatrix", "NegativeLogLikelihoodLoss", "OneHot", "OptionalGetElement",
    "RandomNormalLike", "RandomUniformLike", "Range", "STFT", "Scan", "SoftmaxCrossEntropyLoss",
    "TensorScatter", "Unique",
}  # fmt: skip
# Float results of ONNX Runtime are off by less than this many steps, for each width of the codes.
FLOAT_STEPS = {8: 0.005, 16: 0.1}


def name_of(case):
    return f"{case.op_type}: {case.label}" if case.label else case.op_type


def stays_float(case):
    return case.op_type in STAYS_FLOAT or name_of(case) in STAYS_FLOAT


def missing():
    """Operators with real operands and results without a case."""
    reals = "tensor(float)"
    wanted = set()
    for schema in onnx.defs.get_all_schemas():
        allowed = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
        kinds = [{p.type_str for p in parameters} for parameters in (schema.inputs, schema.outputs)]
        are_real = all(any(reals in allowed.get(kind, [kind]) for kind in side) for side in kinds)
        if schema.domain == "" and not schema.deprecated and are_real:
            wanted.add(schema.name)
    return wanted - LEFT_OUT - {case.op_type for case in cases()}


def result_scale(case, dtype, folder):
    """So that the results fill two thirds of the type's range; None: ONNX Runtime lacks the operator."""
    model = Model(case, dtype, 1.0)
    onnx.save(model.build(model.reals), folder / "reals.onnx")
    try:
        reals = onnxruntime_session(folder / "reals.onnx").run(model.reals, model.feeds)
    except Exception:
        return None
    return 1.5 * max(np.abs(real).max() for real in reals) / np.iinfo(dtype).max


def check(case, dtype, folder, runs):
    """Elements one step apart."""
    scale = result_scale(case, dtype, folder)
    model = Model(case, dtype, scale or 0.05)
    path = folder / "model.onnx"
    onnx.save(model.build(model.codes), path)
    runs.run(path, list(model.feeds.values()))
    in_integers, count = runs.told.split(" of ")
    require(stays_float(case) == (in_integers != count), f"{runs.told} operators in integers")
    if scale is None:
        is_known = {case.op_type, name_of(case)} & NOT_IN_ONNXRUNTIME
        require(stays_float(case) or is_known, "ONNX Runtime does not run it")
        return 0
    names = model.codes + model.reals
    onnx.save(model.build(names), folder / "theirs.onnx")
    theirs = onnxruntime_session(folder / "theirs.onnx").run(names, model.feeds)
    apart = 0
    for i in range(case.outputs):
        codes, reals = theirs[i].astype(np.int64), theirs[case.outputs + i].astype(np.float64)
        ours = np.fromfile(folder / f"{i}.bin", dtype).astype(np.int64).reshape(codes.shape)
        from_tie = np.abs(np.abs(reals / np.float64(model.scale)) % 1 - 0.5)
        differ = ours != codes
        require(np.all(np.abs(ours - codes) <= 1), f"{np.abs(ours - codes).max()} steps apart")
        trusted = FLOAT_STEPS[8 * np.dtype(dtype).itemsize]
        require(np.all(from_tie[differ] <= trusted), f"{from_tie[differ].max(initial=0)} steps from a tie")
        apart += int(differ.sum())
    return apart


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    if not wanted and missing():
        failed += 1
        print("failed: no case of", ", ".join(sorted(missing())))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        runs = IntegerRuns(folder)
        apart = in_integers = 0
        for case in cases():
            if wanted not in name_of(case):
                continue
            for dtype in (np.int8, np.uint8, np.int16, np.uint16):
                try:
                    apart += check(case, dtype, folder, runs)
                    in_integers += not stays_float(case)
                    passed += 1
                except Exception as error:  # a failing case must not hide the others
                    failed += 1
                    print(f"failed: {name_of(case)}, {np.dtype(dtype).name}: {error!r}")
                    if runs.process.poll() is not None:
                        runs = IntegerRuns(folder)
        runs.close()
    print(f"{in_integers} cases in integers, {apart} elements one step from ONNX Runtime's, at ties")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
