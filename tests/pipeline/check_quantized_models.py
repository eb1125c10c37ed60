"""What xquant writes for real models: is it ONNX, does ONNX Runtime load it, and do both run it alike?

usage: check_quantized_models.py
environment: XQUANT_BUILD  native build folder (core/cli/xquant, tests/runtime/runtime_run)
             XQUANT_DATA   folder of real models and data; skipped when absent
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("XQUANT_BUILD", ROOT / "build" / "native"))
DATA = pathlib.Path(os.environ["XQUANT_DATA"]) if os.environ.get("XQUANT_DATA") else None
MODELS = (
    "mobilenet_v1_025",
    "cifar_resnet20",
    "kws_dscnn",
    "tiny_darknet",
    "super_resolution",
    "fastestdet",
)
PERCENTILE_MODELS = ("shapes", "cifar_resnet20", "kws_dscnn")
SAMPLES = 3
CALIBRATION_STEPS = 24

# ONNX Runtime and our executor run the same float graph between the same Q/DQ pairs and differ in the
# order of float sums only, by some 1e-7 of a sum. That decides a rounding where a value lies that near
# to the middle between two integers. So segment by segment, from int8 tensors to the next int8 tensor
# on equal operands, nothing may be off by more than one step, and hardly anything by one; a wrong
# scale, axis, zero point, padding or rounding rule moves most elements.
MOST_OFF_BY_ONE = 0.001
# What float operators behind the last int8 tensor may add, in parts of the output's range.
FLOAT_TOLERANCE = 1e-5
# From end to end every flip spreads through the layers behind it, as the noise of quantization does, and
# four flips in 1.4 million elements can bring the difference within 3 dB of that noise. Two runs with
# unrelated roundings would lie 3 dB beyond it; the two must be nearer to each other than to the float
# model. This only catches what the segments cannot see; they are the proof.

REPORT_HEADER = "| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |"
PASS_THROUGH = {"Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Slice"}


class Failure(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Failure(text)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    require(done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def absolute_config(path, base, calibration_type):
    config = json.loads(path.read_text())
    model, calibration = config["model_parameters"], config["calibration_parameters"]
    model["onnx_model"] = str(base / model["onnx_model"])
    model.pop("working_dir", None)
    calibration["calibration_type"] = calibration_type
    calibration["calibration_step"] = CALIBRATION_STEPS
    for entry in calibration["input_parameters"]:
        entry["data_list_path"] = str(base / entry["data_list_path"])
    return config


def real_inputs(entry, count):
    """Samples much as the configuration says; they need not be the same pixels as xquant's."""
    listed = pathlib.Path(entry["data_list_path"])
    names = [line.strip() for line in listed.read_text().splitlines() if line.strip()]
    shape = entry["input_shape"]
    for name in names[:count]:
        path = listed.parent / name
        if entry["file_type"] == "npy":
            yield np.load(path).astype(np.float32).reshape(shape)
            continue
        image = Image.open(path).convert("RGB").resize((shape[3], shape[2]), Image.Resampling.BOX)
        pixels = np.asarray(image, np.float32)
        if entry.get("color_format", "bgr") == "bgr":
            pixels = pixels[:, :, ::-1]
        mean = np.asarray(entry.get("mean_value", [0, 0, 0]), np.float32)
        std = np.asarray(entry.get("std_value", [1, 1, 1]), np.float32)
        yield np.ascontiguousarray(((pixels - mean) / std).transpose(2, 0, 1)[None])


def onnxruntime_session(path):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def our_outputs(model, samples, folder):
    paths = [folder / f"input_{number}.npy" for number in range(len(samples))]
    for path, sample in zip(paths, samples):
        np.save(path, sample)
    lines = run(BUILD / "tests/runtime/runtime_run", model, folder, *paths).splitlines()
    outputs = []
    for number, line in enumerate(lines):
        kind, *dims = line.split()
        dtype = {"float": np.float32, "int64": np.int64, "int8": np.int8}[kind]
        values = np.fromfile(folder / f"{number}.bin", dtype)
        outputs.append(values.reshape([int(dim) for dim in dims]))
    return outputs


def step_of(model, name):
    """The scale of the int8 tensor that an output shows; None when floats come after it."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    writers = {output: node for node in model.graph.node for output in node.output}
    node = writers.get(name)
    while node is not None and node.op_type in PASS_THROUGH:
        node = writers.get(node.input[0])
    if node is None or node.op_type != "DequantizeLinear":
        return None
    return float(numpy_helper.to_array(constants[node.input[1]]))


def sqnr_db(reference, other):
    noise = np.sum((reference.astype(np.float64) - other) ** 2)
    return np.inf if noise == 0 else 10 * np.log10(np.sum(reference.astype(np.float64) ** 2) / noise)


def compare_runs(model_path, model, entry, quantization_db, folder):
    session = onnxruntime_session(model_path)
    names = [output.name for output in session.get_outputs()]
    pairs = collections.defaultdict(list)
    for sample in real_inputs(entry, SAMPLES):
        theirs = session.run(None, {session.get_inputs()[0].name: sample})
        for name, their, our in zip(names, theirs, our_outputs(model_path, [sample], folder)):
            require(their.shape == our.shape, f"{name}: shapes {their.shape} and {our.shape}")
            pairs[name].append((their, our))
    for name in names:
        their = np.stack([pair[0] for pair in pairs[name]])
        our = np.stack([pair[1] for pair in pairs[name]])
        compare_output(name, their, our, step_of(model, name), quantization_db[name])


def compare_output(name, their, our, step, quantization_db):
    difference = np.abs(their.astype(np.float64) - our)
    quality = sqnr_db(their, our)
    text = f"  {name}: SQNR {quality:.1f} dB between the two runs, largest difference "
    text += f"{difference.max() / max(np.ptp(their), 1e-30):.2e} of the range"
    if step is not None:
        within = np.mean(difference <= 1.001 * step)
        text += f" = {difference.max() / step:.2f} steps, {within:.4f} within one"
    print(text)
    require(
        quality > quantization_db,
        f"{name}: {quality:.1f} dB against ONNX Runtime, {quantization_db:.1f} dB against float",
    )
    if their.ndim == 3:  # samples, batch, classes
        require_same_classes(name, their, our, difference)


def require_same_classes(name, their, our, difference):
    """The best class is the same unless its lead is smaller than what the runs differ by."""
    best = np.sort(their, -1)
    clear = best[..., -1] - best[..., -2] > 2 * difference.max(-1)
    same = their.argmax(-1) == our.argmax(-1)
    require(np.all(same | ~clear), f"{name}: ONNX Runtime's best class is another one")


class Segments:
    """The model cut at its int8 activations, each piece run on what ONNX Runtime computed before it."""

    def __init__(self, model, sample, folder):
        self.model, self.folder = model, folder
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.writers = {output: node for node in model.graph.node for output in node.output}
        self.cuts = [n.output[0] for n in model.graph.node if n.op_type == "QuantizeLinear"]
        inputs = [value.name for value in model.graph.input]
        self.values = dict(zip(inputs, [sample]))
        self.compute_cuts()

    def compute_cuts(self):
        whole = onnx.ModelProto()
        whole.CopyFrom(self.model)
        for name in self.cuts:
            whole.graph.output.append(onnx.helper.make_tensor_value_info(name, 3, None))
        onnx.save(whole, self.folder / "whole.onnx")
        results = onnxruntime_session(self.folder / "whole.onnx").run(self.cuts, dict(self.values))
        self.values.update(zip(self.cuts, results))

    def nodes_before(self, name):
        """What computes the value from cuts and inputs, and which of them it reads."""
        nodes, reads, waiting = [], [], [name]
        while waiting:
            node = self.writers[waiting.pop()]
            if any(node is known for known in nodes):
                continue
            nodes.append(node)
            for operand in filter(None, node.input):
                if operand in self.values and operand != name:
                    reads.append(operand)
                elif operand not in self.constants:
                    waiting.append(operand)
        order = {id(node): place for place, node in enumerate(self.model.graph.node)}
        return sorted(nodes, key=lambda node: order[id(node)]), list(dict.fromkeys(reads))

    def piece(self, name, element_type):
        nodes, reads = self.nodes_before(name)
        used = dict.fromkeys(operand for node in nodes for operand in node.input)
        value = onnx.helper.make_tensor_value_info
        types = {np.dtype(np.float32): 1, np.dtype(np.int8): 3}
        graph = onnx.helper.make_graph(
            nodes,
            "piece",
            [value(r, types[self.values[r].dtype], self.values[r].shape) for r in reads],
            [value(name, element_type, None)],
            [self.constants[operand] for operand in used if operand in self.constants],
        )
        made = onnx.helper.make_model(graph, opset_imports=list(self.model.opset_import))
        made.ir_version = self.model.ir_version
        return made, reads

    def run(self, name, element_type):
        made, reads = self.piece(name, element_type)
        path = self.folder / "piece.onnx"
        onnx.save(made, path)
        samples = [self.values[read] for read in reads]
        their = onnxruntime_session(path).run(None, dict(zip(reads, samples)))[0]
        return their, our_outputs(path, samples, self.folder)[0]

    def check(self):
        elements = flips = 0
        for name in self.cuts:
            their, our = self.run(name, onnx.TensorProto.INT8)
            difference = np.abs(their.astype(np.int32) - our)
            require(difference.max(initial=0) <= 1, f"{name}: off by {difference.max()} steps")
            flipped = np.count_nonzero(difference)
            require(
                flipped <= max(2, MOST_OFF_BY_ONE * difference.size),
                f"{name}: {flipped} of {difference.size} off by one",
            )
            elements, flips = elements + difference.size, flips + flipped
        for output in self.model.graph.output:
            their, our = self.run(output.name, onnx.TensorProto.FLOAT)
            largest = np.abs(their - our).max() / max(np.ptp(their), 1e-30)
            require(largest <= FLOAT_TOLERANCE, f"{output.name}: {largest:.1e} of its range")
        print(f"  {len(self.cuts)} segments: {flips} of {elements} elements off by one step")


def attribute(node, name):
    return next((a.i for a in node.attribute if a.name == name), None)


def check_structure(source, model):
    for kind in ("input", "output"):
        before = [value.name for value in getattr(source.graph, kind)]
        constants = {tensor.name for tensor in source.graph.initializer}
        before = [name for name in before if kind == "output" or name not in constants]
        after = [value.name for value in getattr(model.graph, kind)]
        require(before == after, f"{kind}s were {before}, are {after}")
    opsets = [{entry.domain: entry.version for entry in m.opset_import} for m in (source, model)]
    require(opsets[1][""] in (opsets[0][""], 13), f"opset was {opsets[0]}, is {opsets[1]}")
    keys = [entry.key for entry in model.metadata_props]
    require(len(keys) == len(set(keys)), f"metadata keys twice: {keys}")
    check_parameters(model)


def check_parameters(model):
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    readers = collections.defaultdict(list)
    for node in model.graph.node:
        for position, name in enumerate(node.input):
            readers[name].append((node, position))
    counts = collections.Counter(node.op_type for node in model.graph.node)
    require(counts["QuantizeLinear"] > 0, "there is no QuantizeLinear")
    for node in model.graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        scale, zero_point = constants[node.input[1]], constants[node.input[2]]
        require(np.all(np.isfinite(scale)) and np.all(scale > 0), f"{node.name}: scale {scale}")
        require(zero_point.dtype == np.int8, f"{node.name}: {zero_point.dtype}")
        if node.input[0] in constants:
            check_weight(node, constants, scale, zero_point, readers[node.output[0]])
    pairs = counts["QuantizeLinear"]
    weights = counts["DequantizeLinear"] - pairs
    print(f"  {pairs} Q/DQ pairs, {weights} int8 constants, {len(model.graph.node)} nodes")


def check_weight(node, constants, scale, zero_point, readers):
    weight = constants[node.input[0]]
    require(weight.dtype == np.int8, f"{node.name}: {weight.dtype}")
    for reader, position in readers:
        if position != 1 or reader.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        require(not zero_point.any(), f"{node.name}: a weight with a zero point")
        if reader.op_type == "Conv":
            require(attribute(node, "axis") == 0, f"{node.name}: axis {attribute(node, 'axis')}")
            require(scale.shape == weight.shape[:1], f"{node.name}: scales {scale.shape}")
        else:
            require(scale.ndim == 0, f"{node.name}: scales {scale.shape}")
            require(np.frexp(scale)[0] == 0.5, f"{node.name}: {scale} is no power of two")


def check_job(name, config_path, base, calibration_type):
    config = absolute_config(config_path, base, calibration_type)
    with tempfile.TemporaryDirectory() as text_folder:
        folder = pathlib.Path(text_folder)
        (folder / "config.json").write_text(json.dumps(config))
        target = folder / "model.q.onnx"
        told = json.loads(
            run(BUILD / "core/cli/xquant", "-c", folder / "config.json", "-o", target, "--json")
        )
        for output in told["summary"]["outputs"]:
            agreement = output["agreement"]
            print(
                f"  against float: {output['name']} {output['sqnrDb']:.2f} dB"
                + (f", agreement {agreement:.3f}" if agreement is not None else "")
            )
        model = onnx.load(target)
        onnx.checker.check_model(str(target), full_check=True)
        check_structure(onnx.load(config["model_parameters"]["onnx_model"]), model)
        report = (folder / "model.q_report.md").read_text().splitlines()
        require(REPORT_HEADER in report, "the report has no table with the known columns")
        require(not list(folder.glob("*partial*")), "temporary files were left behind")
        entry = config["calibration_parameters"]["input_parameters"][0]
        Segments(model, next(real_inputs(entry, 1)), folder).check()
        losses = {output["name"]: output["sqnrDb"] for output in told["summary"]["outputs"]}
        compare_runs(target, model, entry, losses, folder)


def jobs():
    samples = ROOT / "samples" / "shapes"
    yield "shapes", samples / "config.json", samples
    for name in MODELS:
        yield name, DATA / "configs" / f"{name}.json" if DATA else None, DATA


def main():
    passed = failed = skipped = 0
    for name, config, base in jobs():
        if config is None or not config.exists():
            skipped += 1
            print(f"skipped: {name}: XQUANT_DATA has no such model")
            continue
        for calibration_type in ("minmax", "percentile"):
            if calibration_type == "percentile" and name not in PERCENTILE_MODELS:
                continue
            print(f"{name}, {calibration_type}", flush=True)
            try:
                check_job(name, config, base, calibration_type)
                passed += 1
            except Exception as error:  # a failing case must not hide the others
                failed += 1
                print(f"failed: {name}, {calibration_type}: {error!r}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
