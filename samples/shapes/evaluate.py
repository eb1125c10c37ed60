"""Top-1 accuracy of a model on the sample's pictures, run by ONNX Runtime without optimizations.

    python evaluate.py [MODEL ...] [--drawn N] [--float FLOAT]

Prints for every MODEL (default: model.onnx) its accuracy on the 300 labelled pictures, with
--drawn also on N pictures drawn for this purpose (another seed than any other set), and with
--float the SQNR of its logits and its agreement in top-1 with the float model.
"""
import argparse
import json
import os
import pathlib

import numpy as np
import onnxruntime
from PIL import Image

from draw import draw_set

HERE = pathlib.Path(__file__).resolve().parent
HELD_OUT_SEED = 3001
BATCH = 50


def read_labelled():
    folder = HERE / "labelled"
    rows = [line.split("\t") for line in (folder / "labels.txt").read_text().splitlines()]
    pictures = [np.asarray(Image.open(folder / name).convert("RGB")) for name, _ in rows]
    return np.stack(pictures), np.array([int(label) for _, label in rows])


def normalized(pixels):
    """uint8, (N, 64, 64, 3) -> float32, (N, 3, 64, 64), by config.json's mean and deviation."""
    config = json.loads((HERE / "config.json").read_text())
    of_input = config["calibration_parameters"]["input_parameters"][0]
    mean, std = np.array(of_input["mean_value"]), np.array(of_input["std_value"])
    x = ((pixels - mean) / std).astype(np.float32)
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def run(path, x):
    """The first output for all of x; a model with a fixed batch gets pieces of that size."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    [feed] = session.get_inputs()
    batch = feed.shape[0] if isinstance(feed.shape[0], int) else BATCH
    pieces = (x[i:i + batch] for i in range(0, len(x), batch))
    return np.concatenate([session.run(None, {feed.name: piece})[0] for piece in pieces])


def sqnr_db(reference, logits):
    noise = np.square(reference - logits, dtype=np.float64).sum()
    return 10 * np.log10(np.square(reference, dtype=np.float64).sum() / max(noise, 1e-30))


def describe(model, name, pixels, labels, reference):
    x = normalized(pixels)
    logits = run(model, x)
    text = f"{name}: {(logits.argmax(1) == labels).mean():.4f} of {len(labels)} right"
    if reference:
        expected = run(reference, x)
        agreement = (logits.argmax(1) == expected.argmax(1)).mean()
        text += f", SQNR {sqnr_db(expected, logits):.2f} dB, agreement {agreement:.4f}"
    print(f"  {text}")


def main():
    parser = argparse.ArgumentParser(description="Accuracy of a model on the sample's pictures.")
    parser.add_argument("models", nargs="*", default=[str(HERE / "model.onnx")])
    parser.add_argument("--drawn", type=int, default=0, help="how many more pictures to draw")
    parser.add_argument("--float", dest="reference", help="the float model to compare with")
    options = parser.parse_args()
    labelled = read_labelled()
    drawn = draw_set(HELD_OUT_SEED, options.drawn, os.cpu_count()) if options.drawn else None
    for model in options.models:
        print(f"{os.path.basename(model)}, {os.path.getsize(model)} bytes")
        describe(model, "labelled", *labelled, options.reference)
        if drawn:
            describe(model, "drawn", *drawn, options.reference)


if __name__ == "__main__":
    main()
