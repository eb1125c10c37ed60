"""Quantizes model.onnx with ONNX Runtime's own static quantizer, for comparison.

    python baseline.py OUTPUT.onnx

QDQ, int8 activations (min-max over the 100 calibration pictures, per tensor, asymmetric), int8
weights (per output channel, symmetric), normalizations folded before.
"""
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from evaluate import normalized

HERE = pathlib.Path(__file__).resolve().parent


class Pictures(CalibrationDataReader):
    def __init__(self):
        names = (HERE / "calib" / "list.txt").read_text().split()
        pixels = np.stack([np.asarray(Image.open(HERE / "calib" / name)) for name in names])
        self.feeds = iter([{"image": picture[None]} for picture in normalized(pixels)])

    def get_next(self):
        return next(self.feeds, None)


def fold_normalizations(source, target):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    model = onnx.load(target)
    del model.opset_import[1:]  # domains that ONNX Runtime declares and the model does not use
    onnx.save(model, target)


def main(output):
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folded = pathlib.Path(folder) / "folded.onnx"
        fold_normalizations(HERE / "model.onnx", folded)
        quantize_static(folded, output, Pictures(), quant_format=QuantFormat.QDQ,
                        per_channel=True, activation_type=QuantType.QInt8,
                        weight_type=QuantType.QInt8)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
