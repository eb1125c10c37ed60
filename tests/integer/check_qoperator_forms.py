"""Operators in QOperator form: integer execution and ONNX Runtime against real results in float64.

Each form with uint8 and int8, random scales and zero points, codes over the whole range. Both results have to be
the code that is nearest to the real result, except where that lies at a rounding tie: so every difference between
the two is a tie. Only QLinearSoftmax means another number there (exact_reals.py says which), unless its scale is 1 / n.

usage: check_qoperator_forms.py
environment: XQUANT_BUILD  native build folder (tests/integer/integer_run)
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
from check_integer_models import ROUNDING_STEPS, IntegerRuns, onnxruntime_session, require
from exact_reals import FORMS, exact_steps, largest_distance, steps_of_onnxruntime
from onnx import helper, numpy_helper

SEEDS = 3


class Case:
    """One node; operands that are no activations are constants."""

    def __init__(self, op_type, operands, activations, dtype, **attributes):
        names = [f"operand_{i}" for i in range(len(operands))]
        self.values = dict(zip(names, operands))
        self.activations = [names[i] for i in activations]
        domain = "" if op_type in ("QLinearConv", "QLinearMatMul") else "com.microsoft"
        self.node = helper.make_node(op_type, names, ["y"], name="node", domain=domain, **attributes)

        def value(name, dtype, shape):
            return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)

        graph = helper.make_graph(
            [self.node],
            "form",
            [value(name, self.values[name].dtype, self.values[name].shape) for name in self.activations],
            [value("y", dtype, None)],
            [numpy_helper.from_array(np.asarray(v), n) for n, v in self.values.items() if n not in self.activations],
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        self.model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        self.feeds = {name: self.values[name] for name in self.activations}

    def value(self, name):
        return self.values[name]


class Forms:
    def __init__(self, dtype, seed):
        self.dtype, self.limits, self.random = dtype, np.iinfo(dtype), np.random.default_rng(seed)

    def codes(self, *shape):
        return self.random.integers(self.limits.min, self.limits.max + 1, shape).astype(self.dtype)

    def zero(self, code=None):
        code = self.random.integers(self.limits.min, self.limits.max + 1) if code is None else code
        return np.array(code, self.dtype)

    def scale(self):
        return np.float32(np.exp(self.random.uniform(-5, -1)))

    def case(self, op_type, operands, activations=(0,), **attributes):
        return op_type, Case(op_type, operands, activations, self.dtype, **attributes)

    def all(self):
        a = [self.codes(2, 6, 24, 24), self.scale(), self.zero()]
        b = [self.codes(2, 6, 24, 24), self.scale(), self.zero()]
        like_a = [np.float32(0.7 * a[1]), self.zero()]
        yield self.case("QLinearAdd", a + b + [np.float32(1.7 * max(a[1], b[1])), self.zero()], (0, 3))
        yield self.case("QLinearMul", a + b + [np.float32(60 * a[1] * b[1]), self.zero()], (0, 3))
        to = [np.float32(1.3 * max(a[1], b[1])), self.zero()]
        yield self.case("QLinearConcat", to + a + b, (2, 5), axis=1)
        flags = self.random.integers(0, 2, (6, 24, 1)).astype(bool)
        yield self.case("QLinearWhere", [flags] + a + b + [np.float32(1.3 * max(a[1], b[1])), self.zero()], (0, 1, 4))
        window = {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1], "strides": [1, 2]}
        yield self.case("QLinearAveragePool", a + like_a, **window)
        yield self.case("QLinearAveragePool", a + like_a, count_include_pad=1, **window)
        planes = [self.codes(16, 16, 7, 9), a[1], a[2], np.float32(0.1 * a[1]), self.zero()]
        yield self.case("QLinearGlobalAveragePool", planes)
        yield self.case("QLinearLeakyRelu", a + like_a, alpha=0.1)
        unit = [np.float32(1 / 256), self.zero(self.limits.min)]
        yield self.case("QLinearSigmoid", a + unit)
        rows = [self.codes(64, 50), a[1], a[2]]
        yield self.case("QLinearSoftmax", rows + unit, axis=-1, opset=13)
        yield self.case("QLinearSoftmax", rows + [np.float32(1 / 100.5), unit[1]], axis=-1, opset=13)
        yield from self.products()

    def products(self):
        x, w = [self.codes(100, 64), self.scale(), self.zero()], self.codes(64, 96)
        one = [np.float32(0.01), self.zero()]
        to = [np.float32(60 * x[1]), self.zero()]
        bias = self.random.integers(-20000, 20000, 96).astype(np.int32)
        channels = [self.random.uniform(0.002, 0.01, 96).astype(np.float32), np.zeros(96, self.dtype)]
        yield self.case("QLinearMatMul", [*x, w, *one, *to])
        yield self.case("QLinearMatMul", [*x, self.codes(64, 40), *one, *to], (0, 3))
        yield self.case("QGemm", [*x, w, *one, bias, *to])
        yield self.case("QGemm", [*x, w.T.copy(), *channels, bias, *to], transB=1, alpha=0.3)
        turned = [x[0].T.copy(), x[1], x[2]]
        yield self.case("QGemm", [*turned, w, *one, bias, *to], transA=1)
        image = [self.codes(2, 6, 14, 14), x[1], x[2]]
        kernel = [self.codes(8, 3, 3, 3), channels[0][:8], np.zeros(8, self.dtype)]
        steps = [np.float32(30 * x[1]), to[1]]
        yield self.case("QLinearConv", [*image, *kernel, *steps, bias[:8]], group=2, pads=[1, 1, 1, 1])


def check(case, folder, runs):
    path = folder / "form.onnx"
    onnx.save(case.model, path)
    their = onnxruntime_session(path).run(None, case.feeds)[0]
    ours = np.fromfile(runs.run(path, list(case.feeds.values())), their.dtype).reshape(their.shape)
    in_int8, operators = runs.told.split(" of ")
    require(in_int8 == operators, f"{runs.told} operators in int8")
    steps = exact_steps(case.node, case.value)
    theirs = steps_of_onnxruntime(case.node, case.value)
    for who, codes, real in (("we are", ours, steps), ("ONNX Runtime is", their, theirs)):
        distance = largest_distance(case.node, case.value, codes, real)
        require(distance <= ROUNDING_STEPS, f"{who} {distance:.6f} steps from a tie")
    # Where both mean the same number; the ratio of the two is 1 up to the rounding of the scale.
    why = "all at ties" if np.allclose(theirs, steps, rtol=1e-6) else "because ONNX Runtime rounds 1 / scale down"
    return their.size, np.count_nonzero(their != ours), why


def main():
    passed = failed = 0
    told = {}
    with tempfile.TemporaryDirectory() as folder:
        runs = IntegerRuns(pathlib.Path(folder))
        for dtype in (np.uint8, np.int8):
            for seed in range(SEEDS):
                for op_type, case in Forms(dtype, seed).all():
                    try:
                        elements, differ, why = check(case, pathlib.Path(folder), runs)
                        passed += 1
                        before = told.get((op_type, why), (0, 0))
                        told[op_type, why] = (before[0] + elements, before[1] + differ)
                    except Exception as error:  # a failing case must not hide the others
                        failed += 1
                        print(f"failed: {op_type}, {np.dtype(dtype).name}, seed {seed}: {error!r}")
        runs.close()
    for (op_type, why), (elements, differ) in told.items():
        print(f"{op_type}: {differ} of {elements} one step from ONNX Runtime, {why}")
    missing = set(FORMS) - {op_type for op_type, _ in told} - {"QLinearReduceMean"}  # ONNX Runtime has no kernel for it
    if missing:
        failed += 1
        print(f"failed: no case for {', '.join(sorted(missing))}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
