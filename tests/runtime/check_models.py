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


def reversed_channels(images):
    return (image[:, ::-1].copy() for image in images)


def token_rows(folder, count=SAMPLES):
    names = ("input_ids", "attention_mask", "token_type_ids")
    columns = [np.load(folder / f"eval_{name}.npy")[:count].astype(np.int64) for name in names]
    return ([column[i : i + 1] for column in columns] for i in range(count))


def inputs_of(name, data):
    """Real inputs of a model: each an array, or a list of them in the model's order."""
    if name == "fastestdet":
        return reversed_channels(pictures(data / "coco/calib", (352, 352), 0.0, 255.0))
    if name == "ocr_rec":
        return reversed_channels(pictures(data / "ocr_rec/eval", (320, 48), 127.5, 127.5))
    if name == "minilm":
        return token_rows(data / "minilm")
    if name == "magika":
        return iter(np.fromfile(data / "magika/bytes.i32", np.int32, SAMPLES * 2048).reshape(SAMPLES, 1, 2048))
    if name == "mobilenet_v1_025":
        return pictures(data / "imagenet", (224, 224), 127.5, 127.5)
    if name == "tiny_darknet":
        return pictures(data / "imagenet", (224, 224), 0.0, 255.0)
    if name == "cifar_resnet20":
        return pictures(data / "cifar10", (32, 32), 127.5, 63.0)
    if name == "super_resolution":
        return luminance(data / "imagenet", (224, 224))
    return arrays(data / "kws" / "calib", (1, 1, 49, 10))


def ours(program, model, arrays, folder):
    files = [folder / f"input_{i}.npy" for i in range(len(arrays))]
    for file, array in zip(files, arrays, strict=True):
        np.save(file, array)
    run = subprocess.run([program, model, folder, *files], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    outputs = []
    for i, line in enumerate(run.stdout.splitlines()):
        shape = [int(dim) for dim in line.split()[1:]]
        outputs.append(np.fromfile(folder / f"{i}.bin", np.float32).reshape(shape))
    return outputs


def theirs(session, arrays):
    names = [value.name for value in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


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
        for sample in inputs_of(name, data):
            arrays = sample if isinstance(sample, list) else [sample]
            got = ours(program, model, arrays, pathlib.Path(folder))
            for a, b in zip(got, theirs(session, arrays), strict=True):
                worst = max(worst, largest_difference(a, b))
            count += 1
    return worst, count


def main():
    names = [
        "mobilenet_v1_025", "cifar_resnet20", "kws_dscnn", "tiny_darknet", "super_resolution", "fastestdet", "magika",
        "minilm", "ocr_rec",
    ]  # fmt: skip
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
