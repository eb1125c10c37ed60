"""Every finetune_level on the calibration samples that no layer learns from: is 1 no worse than 0, 2 than 1, 3 than 2?

usage: check_finetune_levels.py [model...]
environment: XQUANT_BUILD  native build folder (core/cli/xquant)
             XQUANT_DATA   folder of real models and data; without it only small models are checked

The loss is computed from what ONNX Runtime makes of both models: noise beside signal of each sample, divergence beside
information where a Softmax comes last (core/quantize/README.md, Ranges).
"""

import json
import os
import pathlib
import sys
import tempfile

import numpy as np
import onnx

import check_quantized_models as real
import small_models
from check_quantized_models import Failure, require
from check_small_models import write_job

LEVELS = (0, 1, 2, 3)
# Their samples are read the same way here as by xquant: arrays, and pictures of the size of the input.
REAL_MODELS = ("kws_dscnn", "cifar_resnet20")
SMALL_MODELS = ("separable", "residual", "wide_weight", "gemm_forms", "shared_weights")
SMALL_SAMPLES = 64
# xquant judges by its integer execution. ONNX Runtime computes the same steps in float, so that single roundings fall
# the other way; with a change that gains nothing else that can look like a loss.
TIES_DB = 0.1


def images(random, channels):
    """Smooth pictures: what neighbours share tells layers with samples apart from layers with noise."""
    coarse = random.standard_normal((1, channels, 4, 4))
    return (np.kron(coarse, np.ones((4, 4))) + 0.3 * random.standard_normal((1, channels, 16, 16))).astype(np.float32)


def convolution(b, x, inputs, outputs, size, group=1):
    weight = b.constant(b.random.standard_normal((outputs, inputs // group, size, size)) * np.sqrt(2 * group / inputs) / size)
    bias = b.constant(b.random.standard_normal(outputs) * 0.1)
    return b.op("Conv", x, weight, bias, pads=[size // 2] * 4, group=group)


def classifier(b, x, channels, classes):
    pooled = b.op("Flatten", b.op("GlobalAveragePool", x))
    return b.op("Gemm", pooled, b.weight(channels, classes), b.constant(b.random.standard_normal(classes) * 0.1))


def separable():
    """Depthwise and pointwise convolutions with Clip, as MobileNet's, and a Softmax."""
    b = small_models.Builder()
    x = b.input("x", [1, 3, 16, 16])
    x = b.op("Clip", convolution(b, x, 3, 16, 3), np.float32(0), np.float32(6))
    for _ in range(3):
        x = b.op("Clip", convolution(b, x, 16, 16, 3, group=16), np.float32(0), np.float32(6))
        x = b.op("Clip", convolution(b, x, 16, 16, 1), np.float32(0), np.float32(6))
    b.output(b.op("Softmax", classifier(b, x, 16, 10)), [1, 10])
    return b.model(13), [{"x": images(b.random, 3)} for _ in range(SMALL_SAMPLES)]


def residual():
    """Sums of both branches, whose channels have to be scaled together."""
    b = small_models.Builder()
    x = b.op("Relu", convolution(b, b.input("x", [1, 3, 16, 16]), 3, 12, 3))
    for _ in range(3):
        branch = b.op("Relu", convolution(b, x, 12, 12, 3))
        x = b.op("Relu", b.op("Add", x, convolution(b, branch, 12, 12, 3)))
    b.output(classifier(b, x, 12, 10), [1, 10])
    return b.model(13), [{"x": images(b.random, 3)} for _ in range(SMALL_SAMPLES)]


OWN_MODELS = {"separable": separable, "residual": residual}


def held_back(samples):
    """The last quarter, taking turns: it teaches no layer anything."""
    return [sample for place, sample in enumerate(samples) if place % 4 == 3]


def outputs_of(path, samples):
    session = real.onnxruntime_session(path)
    results = [session.run(None, sample) for sample in samples]
    return [np.stack([result[i] for result in results]).astype(np.float64) for i in range(len(results[0]))]


def loss_of_output(exact, quantized, is_softmax):
    axes = tuple(range(1, exact.ndim))
    if is_softmax:
        p, q = np.maximum(exact, 1e-30), np.maximum(quantized, 1e-30)
        noise = (p * np.log(p / q)).sum(axes)
        signal = (p * np.log(p * exact.shape[-1])).sum(axes)
    else:
        noise, signal = ((exact - quantized) ** 2).sum(axes), (exact**2).sum(axes)
    usual = np.sort(signal)[len(signal) * 3 // 4]
    return np.mean(noise / (np.maximum(signal, usual) + noise))


def loss_db(model, float_path, quantized_path, samples):
    writers = {output: node.op_type for node in model.graph.node for output in node.output}
    pairs = zip(model.graph.output, outputs_of(float_path, samples), outputs_of(quantized_path, samples))
    losses = [loss_of_output(exact, quantized, writers[value.name] == "Softmax") for value, exact, quantized in pairs]
    return -10 * np.log10(np.mean(losses))


def check(name, float_path, config, samples, folder):
    model, judges = onnx.load(float_path), held_back(samples)
    config["quantization_parameters"] = {**config.get("quantization_parameters", {}), "analysis_enable": False}
    reached = []
    for level in LEVELS:
        config["quantization_parameters"]["finetune_level"] = level
        path, quantized = folder / f"level_{level}.json", folder / f"level_{level}.onnx"
        path.write_text(json.dumps(config))
        real.run(real.BUILD / "core/cli/xquant", "-c", path, "-o", quantized, "--quiet")
        reached.append(loss_db(model, float_path, quantized, judges))
    print(f"{name}: {', '.join(f'{db:.2f}' for db in reached)} dB at levels 0 to {LEVELS[-1]}, {len(judges)} samples", flush=True)
    for level, (before, after) in enumerate(zip(reached, reached[1:]), 1):
        require(after >= before - TIES_DB, f"level {level} loses: {before:.2f} dB became {after:.2f} dB")


def check_small(name, folder):
    make = OWN_MODELS.get(name)
    model, samples = make() if make else getattr(small_models, name)(13)
    write_job(folder, model, samples, {})
    config = json.loads((folder / "config.json").read_text())
    config["calibration_parameters"]["calibration_step"] = len(samples)
    check(name, folder / "model.onnx", config, samples, folder)


def check_real(name, folder):
    config = real.absolute_config(real.DATA / "configs" / f"{name}.json", real.DATA, "default")
    calibration = config["calibration_parameters"]
    entry = calibration["input_parameters"][0]
    calibration["calibration_step"] = 100
    model = config["model_parameters"]["onnx_model"]
    input_name = onnx.load(model).graph.input[0].name
    samples = [{input_name: sample} for sample in real.real_inputs(entry, 100)]
    check(name, model, config, samples, folder)


def main(wanted):
    jobs = [(name, check_small) for name in SMALL_MODELS] + [(name, check_real) for name in REAL_MODELS]
    passed = failed = skipped = 0
    for name, run in jobs:
        if wanted and name not in wanted:
            continue
        if run is check_real and real.DATA is None:
            skipped += 1
            print(f"skipped: {name}: XQUANT_DATA names no folder")
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                run(name, pathlib.Path(folder))
            passed += 1
        except Exception as error:  # a failing case must not hide the others
            failed += 1
            kind = "" if isinstance(error, Failure) else type(error).__name__ + ": "
            print(f"failed: {name}: {kind}{error}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
