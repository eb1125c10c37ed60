"""ONNX Runtime's static quantizer on an XSlim configuration, as its users run it: QDQ, per channel, int8/int8, MinMax.

usage: onnxruntime_static.py CONFIG OUTPUT
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image


def samples(parameter, folder, count, dtype):
    lines = (folder / parameter["data_list_path"]).read_text().split("\n")
    root = (folder / parameter["data_list_path"]).parent
    shape = parameter["input_shape"]
    for name in [line.strip() for line in lines if line.strip()][:count]:
        path = root / name.split()[0]
        if parameter["file_type"] == "npy":
            yield np.load(path).astype(dtype).reshape(shape)
        elif parameter["file_type"] == "raw":
            yield np.fromfile(path, dtype).reshape(shape)
        else:
            image = Image.open(path).convert("RGB").resize((shape[3], shape[2]), Image.BILINEAR)
            pixels = np.asarray(image, np.float32)
            if parameter.get("color_format", "bgr") == "bgr":
                pixels = pixels[..., ::-1]
            pixels = (pixels - np.float32(parameter["mean_value"])) / np.float32(parameter["std_value"])
            yield pixels.transpose(2, 0, 1)[None].copy()


class Reader(CalibrationDataReader):
    def __init__(self, config, folder, model):
        calibration = config["calibration_parameters"]
        inputs = [value for value in model.graph.input if value.name not in {i.name for i in model.graph.initializer}]
        streams = {}
        for value, parameter in zip(inputs, calibration["input_parameters"]):
            dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            streams[value.name] = samples(parameter, folder, calibration["calibration_step"], dtype)
        self.rows = (dict(zip(streams, row)) for row in zip(*streams.values()))

    def get_next(self):
        return next(self.rows, None)


def main():
    path = pathlib.Path(sys.argv[1])
    output = sys.argv[2]
    config = json.loads(path.read_text())
    folder = pathlib.Path.cwd()
    source = folder / config["model_parameters"]["onnx_model"]
    model = onnx.load(source)
    if next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")) < 17:
        model = onnx.version_converter.convert_version(model, 17)
    prepared = pathlib.Path(output).with_suffix(".prepared.onnx")
    onnx.save(model, prepared)
    quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        output,
        Reader(config, folder, model),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )


main()
