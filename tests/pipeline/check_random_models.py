"""Random models, quantized with settings that differ from one to the next: does each job end well, do the ONNX checker
and ONNX Runtime take the file, does `xquant check` pass it, and is no output further from float than rounding explains?

  check_random_models.py [--seeds first count] [--keep folder]

environment: XQUANT_BUILD  native build folder (core/cli/xquant)

A model that fails prints its seed and the command that makes it again, with model, data and configuration kept.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from check_quantized_models import BUILD, Failure, onnxruntime_session, require, sqnr_db
from check_small_models import write_job

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "runtime"))
import random_graphs  # noqa: E402

# An infinite scale of a range that ends just above zero; a Clip with the steps of an operand 800 times as wide.
FAILED_ONCE = (1324, 3381)
SAMPLES, COMPARED = 8, 4
TARGETS = ("spacemit", "ort")
CALIBRATIONS = ("default", "minmax", "kl", "percentile", "mse")
FINE_TUNING = (0, 1, 1, 2, 3)
# Inputs are uniform in [-1.5, 1.5]: what a step of 8 bits more or less does to an output tells how much it shows rounding.
STEP = 3 / 255
# A chain of up to 20 operators rounds more than the inputs. Squares and reciprocals of wide ranges come to 9 dB.
MOST_LOSS_DB, ENOUGH_DB = 25.0, 6.0


class NetworkBuilder(random_graphs.Builder):
    """As the graphs that test the runtime, with more of what is quantized and without what jumps or is quantized."""

    def families(self):
        left_out = {
            self.quantize, self.recurrent, self.loop, self.branch, self.one_hot, self.argmax, self.jump,
            self.grid_sample, self.einsum,
        }  # fmt: skip
        kept = [family for family in super().families() if family not in left_out]
        products = [self.conv] * 7 + [self.conv_transpose] * 2 + [self.matmul] * 4 + [self.gemm] * 3
        others = [self.normalization, self.pool, self.binary, self.binary, self.concat, self.clip, self.smooth_unary, self.softmax]
        return kept + products + others


def job_of(seed):
    """Model, samples, settings and calibration type."""
    model, first = random_graphs.random_model(seed, NetworkBuilder)
    rng = np.random.default_rng(seed + 10**6)
    samples = [
        {name: rng.uniform(-1.5, 1.5, value.shape).astype(np.float32) for name, value in first.items()}
        for _ in range(SAMPLES)
    ]
    settings = {
        "target": TARGETS[seed % 2],
        "precision_level": seed // 2 % 3,
        "finetune_level": FINE_TUNING[seed // 6 % 5],
        "int32_bias": seed % 7 == 0,
        "analysis_enable": seed % 5 == 0,
    }
    return model, samples, settings, CALIBRATIONS[seed // 7 % 5]


def declare_ranks(model, results):
    """The checker wants shapes of outputs; any dimensions do."""
    for value, result in zip(model.graph.output, results):
        dims = value.type.tensor_type.shape
        dims.SetInParent()
        for axis in range(result.ndim):
            dims.dim.add().dim_param = f"{value.name}_{axis}"


def xquant(*arguments):
    command = [BUILD / "core/cli/xquant", *arguments, "--quiet"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def check_outputs(folder, names, samples, quantized):
    session, theirs = onnxruntime_session(folder / "model.onnx"), onnxruntime_session(quantized)
    rng = np.random.default_rng(1)
    for sample in samples[:COMPARED]:
        moved = {
            name: value + rng.uniform(-STEP / 2, STEP / 2, value.shape).astype(np.float32)
            for name, value in sample.items()
        }
        rows = session.run(None, sample), theirs.run(None, sample), session.run(None, moved)
        for name, real, rounded, shaken in zip(names, *rows):
            require(rounded.shape == real.shape and rounded.dtype == real.dtype, f"{name}: another shape or type")
            finite = np.isfinite(real)
            require(np.all(np.isfinite(rounded[finite])), f"{name}: not finite where float is")
            loss, limit = sqnr_db(real[finite], rounded[finite]), sqnr_db(real[finite], shaken[finite])
            require(loss >= min(limit - MOST_LOSS_DB, ENOUGH_DB), f"{name}: {loss:.1f} dB, {limit:.1f} dB by its inputs")


def check(seed, folder):
    """Whether the model has anything in int8."""
    model, samples, settings, calibration = job_of(seed)
    onnx.save(model, folder / "model.onnx")
    declare_ranks(model, onnxruntime_session(folder / "model.onnx").run(None, samples[0]))
    write_job(folder, model, samples, settings)
    config = json.loads((folder / "config.json").read_text())
    config["calibration_parameters"]["calibration_type"] = calibration
    (folder / "config.json").write_text(json.dumps(config))
    quantized = folder / "model.q.onnx"
    done = xquant("-c", folder / "config.json", "-o", quantized)
    require(done.returncode == 0, f"the job ended with {done.returncode}: {done.stderr}")
    onnx.checker.check_model(str(quantized), full_check=True)
    check_outputs(folder, [value.name for value in model.graph.output], samples, quantized)
    if not any(node.op_type == "QuantizeLinear" for node in onnx.load(quantized).graph.node):
        return False
    verdict = xquant("check", quantized, "-c", folder / "config.json")
    require(verdict.returncode == 0, f"check ended with {verdict.returncode}: {verdict.stdout}{verdict.stderr}")
    return True


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "COUNT"))
    arguments.add_argument("--keep", type=pathlib.Path, help="write the jobs here instead of a temporary folder")
    options = arguments.parse_args()
    seeds = [*range(120), *FAILED_ONCE]
    if options.seeds:
        first, count = options.seeds
        seeds = range(first, first + count)
    passed = failed = quantized = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep / f"seed_{seed}" if options.keep else pathlib.Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                quantized += check(seed, folder)
                passed += 1
            except Exception as error:  # a failing case must not hide the others
                failed += 1
                print(f"failed: seed {seed}: {error if isinstance(error, Failure) else repr(error)}")
                print(f"  again: python tests/pipeline/check_random_models.py --seeds {seed} 1 --keep seeds")
    print(f"  {quantized} of {len(seeds)} have operators in int8")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
