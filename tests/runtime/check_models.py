"""Outputs of real models on real inputs against ONNX Runtime.

environment: XQUANT_BUILD    native build folder, where tests/runtime/runtime_run is
             XQUANT_DATA     folder of real models (models/*/model.onnx); skipped when absent
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from PIL import Image

# Largest difference of any output element, relative to the range of the output's values.
TOLERANCE = 2e-5
SAMPLES = 4


def pictures(folder, size, mean, std, count=SAMPLES):
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for path in files[:count]:
        pixels = np.asarray(Image.open(path).convert("RGB").resize(size), np.float32)
        yield ((pixels - mean) / std).transpose(2, 0, 1)[None].astype(np.float32)


def arrays(folder, shape, count=SAMPLES):
    for path in sorted(folder.glob("*.npy"))[:count]:
        yield np.load(path).reshape(shape).astype(np.float32)


def luminance(folder, size, count=SAMPLES):
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    for path in files[:count]:
        pixels = np.asarray(Image.open(path).convert("L").resize(size), np.float32)
        yield pixels[None, None] / 255.0


def inputs_of(name, data):
    """Real inputs of a model: each a list of arrays."""
    if name == "mobilenet_v1_025":
        return pictures(data / "imagenet", (224, 224), 127.5, 127.5)
    if name == "tiny_darknet":
        return pictures(data / "imagenet", (224, 224), 0.0, 255.0)
    if name == "cifar_resnet20":
        return pictures(data / "cifar10", (32, 32), 127.5, 63.0)
    if name == "super_resolution":
        return luminance(data / "imagenet", (224, 224))
    return arrays(data / "kws" / "calib", (1, 1, 49, 10))


def ours(program, model, array, folder):
    np.save(folder / "input.npy", array)
    run = subprocess.run([program, model, folder, folder / "input.npy"], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    outputs = []
    for i, line in enumerate(run.stdout.splitlines()):
        shape = [int(dim) for dim in line.split()[1:]]
        outputs.append(np.fromfile(folder / f"{i}.bin", np.float32).reshape(shape))
    return outputs


def theirs(session, array):
    return session.run(None, {session.get_inputs()[0].name: array})


def largest_difference(got, expected):
    if got.shape != expected.shape:
        raise RuntimeError(f"shape {got.shape} instead of {expected.shape}")
    span = float(expected.max() - expected.min()) or 1.0
    return float(np.abs(got.astype(np.float64) - expected).max()) / span


def check(name, data, program):
    """Largest difference over the samples, and how many there were."""
    model = data / "models" / name / "model.onnx"
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    worst, count = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for array in inputs_of(name, data):
            got = ours(program, model, array, pathlib.Path(folder))
            for a, b in zip(got, theirs(session, array), strict=True):
                worst = max(worst, largest_difference(a, b))
            count += 1
    return worst, count


def main():
    names = ["mobilenet_v1_025", "cifar_resnet20", "kws_dscnn", "tiny_darknet", "super_resolution"]
    data = os.environ.get("XQUANT_DATA")
    program = pathlib.Path(os.environ.get("XQUANT_BUILD", "build/native")) / "tests/runtime/runtime_run"
    passed = failed = skipped = 0
    for name in names:
        if not data or not (pathlib.Path(data) / "models" / name / "model.onnx").exists():
            print(f"skipped: XQUANT_DATA has no models/{name}/model.onnx")
            skipped += 1
            continue
        try:
            worst, count = check(name, pathlib.Path(data), program)
        except (RuntimeError, OSError, ValueError) as error:
            print(f"FAILED {name}: {error}")
            failed += 1
            continue
        good = count > 0 and worst <= TOLERANCE
        print(f"{'' if good else 'FAILED '}{name}: largest difference {worst:.2e} of the output's range, {count} samples")
        passed += good
        failed += not good
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
