"""Integer execution of whole quantized models against ONNX Runtime, operator by operator.

Models that xquant quantizes, and models that ONNX Runtime's own quantizer makes (QDQ and QOperator, 8 and 16
bits, per tensor and per channel). `xquant check` has to pass each. Then every piece from 8-bit tensors
to the next 8-bit tensor runs on what ONNX Runtime (optimizations off) computed before it, in both: at most
one step apart, and only where the real result lies at a rounding tie. Models of ONNX Runtime's quantizer also run
as a riscv64 program under qemu: every 8-bit tensor as natively.

usage: check_integer_models.py [part of a name]
environment: XQUANT_BUILD  native build folder (core/cli/xquant, tests/integer/integer_run)
             XQUANT_BUILD_RV64  riscv64 build folder (core/run/xquant-run); left out when absent
             XQUANT_DATA   folder of real models and data; skipped when absent
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import exact_reals
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime import quantization as ort_quantization

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "pipeline"))
from check_quantized_models import (  # noqa: E402
    Failure,
    absolute_config,
    onnxruntime_session,
    real_inputs,
    require,
    run,
)

BUILD = pathlib.Path(os.environ.get("XQUANT_BUILD", ROOT / "build" / "native"))
RV64 = pathlib.Path(os.environ.get("XQUANT_BUILD_RV64", ROOT / "build" / "rv64"))
DATA = pathlib.Path(os.environ["XQUANT_DATA"]) if os.environ.get("XQUANT_DATA") else None
MODELS = ("kws_dscnn", "cifar_resnet20", "mobilenet_v1_025", "tiny_darknet", "super_resolution", "fastestdet")
THEIR_MODELS = ("kws_dscnn", "cifar_resnet20")
THEIR_FORMS = {
    "qdq int8 per channel": ("QDQ", "QInt8", "QInt8", True),
    "qdq uint8": ("QDQ", "QUInt8", "QUInt8", False),
    "qoperator uint8 int8": ("QOperator", "QUInt8", "QInt8", True),
    "qoperator uint8": ("QOperator", "QUInt8", "QUInt8", False),
    "qdq uint16 int8": ("QDQ", "QUInt16", "QInt8", True),
    "qdq int16": ("QDQ", "QInt16", "QInt16", False),
}
# A real bias is rounded to int32 in integers: half an accumulator unit. Float sums of ONNX Runtime are off
# by less than this many steps of a result of so many bytes on these models' depths (largest seen: 0.0004, 0.007).
FLOAT_SUM_STEPS = {1: 0.005, 2: 0.02}
# Operators in QOperator form have integer sums and a handful of roundings in binary32 behind them.
ROUNDING_STEPS = 1e-4


class IntegerRuns:
    """One process that runs many small models."""

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [BUILD / "tests/integer/integer_run"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, model, samples):
        paths = []
        for number, sample in enumerate(samples):
            paths.append(self.folder / f"input_{number}.npy")
            np.save(paths[-1], sample)
        line = "\t".join(str(part) for part in (model, self.folder, *paths))
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self.told = self.process.stdout.readline().strip()  # operators in int8 of how many
        require(self.told, f"integer_run ended on {model}")
        return self.folder / "0.bin"

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pieces:
    def __init__(self, model, sample, folder, runs):
        self.model, self.folder, self.runs = model, folder, runs
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.writers = {output: node for node in model.graph.node for output in node.output}
        inputs = [v.name for v in model.graph.input if v.name not in self.constants]
        self.values = dict(zip(inputs, [sample]))
        self.cuts = [
            node.output[0]
            for node in model.graph.node
            if node.input[0] not in self.constants
            and (node.op_type == "QuantizeLinear" or node.op_type.startswith(("QLinear", "QGemm")))
        ]
        whole = onnx.ModelProto()
        whole.CopyFrom(model)
        known = {value.name for value in whole.graph.output}
        for name in self.cuts:
            if name not in known:
                whole.graph.output.append(onnx.ValueInfoProto(name=name))
        onnx.save(whole, folder / "whole.onnx")
        results = onnxruntime_session(folder / "whole.onnx").run(self.cuts, dict(self.values))
        self.values.update(zip(self.cuts, results))

    def nodes_before(self, name):
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

    def piece(self, name):
        nodes, reads = self.nodes_before(name)
        used = dict.fromkeys(operand for node in nodes for operand in node.input)
        types = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int8): 3}
        types |= {np.dtype(np.uint16): 4, np.dtype(np.int16): 5}
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            nodes,
            "piece",
            [value(r, types[self.values[r].dtype], self.values[r].shape) for r in reads],
            [value(name, types[self.values[name].dtype], None)],
            [self.constants[operand] for operand in used if operand in self.constants],
        )
        made = onnx.helper.make_model(graph, opset_imports=list(self.model.opset_import))
        made.ir_version = self.model.ir_version
        return made, reads, nodes

    def check(self):
        elements = ties = 0
        for name in self.cuts:
            made, reads, nodes = self.piece(name)
            path = self.folder / "piece.onnx"
            onnx.save(made, path)
            their = self.values[name]
            ours = np.fromfile(
                self.runs.run(path, [self.values[read] for read in reads]), their.dtype
            ).reshape(their.shape)
            difference = np.abs(their.astype(np.int32) - ours)
            require(difference.max(initial=0) <= 1, f"{name}: {difference.max()} steps apart")
            flipped = difference != 0
            if flipped.any():
                self.require_ties(name, made, reads, nodes, flipped, ours)
            elements, ties = elements + their.size, ties + np.count_nonzero(flipped)
        print(f"  {len(self.cuts)} pieces: {ties} of {elements} one step from ONNX Runtime, all at ties")

    def constant(self, name):
        return numpy_helper.to_array(self.constants[name])

    def require_ties(self, name, made, reads, nodes, flipped, ours):
        """Where both differ, the real result is close to the middle between two steps."""
        quantize = self.writers[name]
        if quantize.op_type != "QuantizeLinear":
            self.require_exact(quantize, ours)
            return
        piece = onnx.ModelProto()
        piece.CopyFrom(made)
        del piece.graph.output[:]
        piece.graph.output.append(onnx.ValueInfoProto(name=quantize.input[0]))
        onnx.save(piece, self.folder / "real.onnx")
        feeds = {read: self.values[read] for read in reads}
        real = onnxruntime_session(self.folder / "real.onnx").run(None, feeds)[0]
        scale = self.constant(quantize.input[1])
        if scale.ndim == 1:  # of channels
            scale = scale.reshape((-1,) + (1,) * (real.ndim - 2))
        steps = real.astype(np.float64) / scale
        distance = np.abs(np.abs(steps - np.floor(steps)) - 0.5)[flipped].max()
        step = float(self.constant(quantize.input[1]).min())
        bound = 0.5 * self.largest_unit(nodes) / step + FLOAT_SUM_STEPS[ours.dtype.itemsize]
        require(distance <= bound, f"{name}: differs {distance:.4f} steps from a tie, bound {bound:.4f}")

    def require_exact(self, node, ours):
        """An operator in QOperator form: both codes are the nearest to the real result, or it is a tie."""

        def value(operand):
            return self.values[operand] if operand in self.values else self.constant(operand)

        steps = exact_reals.exact_steps(node, value)
        require(steps is not None, f"{node.name}: {node.op_type} has no exact form")
        theirs = exact_reals.steps_of_onnxruntime(node, value)
        for who, codes, real in (("we are", ours, steps), ("ONNX Runtime is", self.values[node.output[0]], theirs)):
            distance = exact_reals.largest_distance(node, value, codes, real)
            require(distance <= ROUNDING_STEPS, f"{node.name}: {who} {distance:.6f} steps from a tie")

    def dequantize_behind(self, name):
        """The DequantizeLinear of a value, looking through what moves elements (Pad before a convolution)."""
        node = self.writers.get(name)
        while node is not None and node.op_type != "DequantizeLinear":
            node = self.writers.get(node.input[0])
        return node

    def largest_unit(self, nodes):
        scales = [1e-30]
        for node in nodes:
            if node.op_type == "QLinearConv":
                scales.append(float(self.constant(node.input[1]) * self.constant(node.input[4]).max()))
            if node.op_type in ("Conv", "Gemm", "MatMul", "ConvTranspose"):
                found = [self.dequantize_behind(operand) for operand in node.input[:2]]
                if all(found):
                    scales.append(float(np.prod([self.constant(d.input[1]).max() for d in found])))
        return max(scales)


def check_model(path, sample, folder, config=None):
    command = [BUILD / "core/cli/xquant", "check", path, "--json", "--quiet"]
    if config:
        command += ["-c", config]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    require(done.returncode in (0, 3), f"check ended with {done.returncode}: {done.stderr}")
    told = json.loads(done.stdout)
    int8 = [o for o in told["operators"] if o["execution"] != "float"]
    compared = [o["difference"] for o in told["operators"] if "difference" in o]
    ties, elements = sum(d["ties"] for d in compared), sum(d["elements"] for d in compared)
    print(
        f"  {len(int8)} of {len(told['operators'])} operators int8; {ties} of {elements} elements one step"
        " from our float path"
    )
    for operator in told["operators"]:
        if operator["execution"] == "float":
            print(f"    float: {operator['type']} {operator['node']}: {operator['reason']}")
    for finding in told["findings"]:
        print(f"    {'failure' if finding['fails'] else 'note'}: {finding['place'].get('node', '')}: {finding['message']}")
    require(told["passed"], "the verdict is negative")
    runs = IntegerRuns(folder)
    try:
        Pieces(onnx.load(path), sample, folder, runs).check()
    finally:
        runs.close()


def compare_with_riscv64(path, sample, folder):
    program = RV64 / "core/run/xquant-run"
    qemu = shutil.which("qemu-riscv64") or shutil.which("qemu-riscv64-static")
    if not program.exists() or not qemu:
        print("  riscv64: left out, there is no build/rv64 or no qemu-riscv64")
        return
    np.save(folder / "sample.npy", sample)
    told = []
    for command in ([BUILD / "core/run/xquant-run"], [qemu, "-cpu", "rv64,v=true,vlen=256,vext_spec=v1.0", program]):
        words = [str(part) for part in (*command, path, folder / "sample.npy", "--tensors")]
        done = subprocess.run(words, capture_output=True, text=True)
        require(done.returncode == 0, f"{command[-1]} ended with {done.returncode}: {done.stderr}")
        told.append([line for line in done.stdout.splitlines() if not line.startswith("kernels")])
    require(told[0] == told[1], f"riscv64 differs: {[pair for pair in zip(*told) if pair[0] != pair[1]][:2]}")
    print(f"  riscv64: {len(told[0]) - 1} tensors and outputs equal")


class Reader(ort_quantization.CalibrationDataReader):
    def __init__(self, name, samples):
        self.items = iter([{name: sample} for sample in samples])

    def get_next(self):
        return next(self.items, None)


def their_model(config, entry, form, folder):
    """The float model quantized by ONNX Runtime's own quantizer."""
    quant_format, activations, weights, per_channel = THEIR_FORMS[form]
    source = config["model_parameters"]["onnx_model"]
    prepared = folder / "prepared.onnx"
    ort_quantization.quant_pre_process(source, prepared, skip_symbolic_shape=True)
    name = onnxruntime_session(source).get_inputs()[0].name
    target = folder / "theirs.onnx"
    ort_quantization.quantize_static(
        prepared,
        target,
        Reader(name, list(real_inputs(entry, 8))),
        quant_format=getattr(ort_quantization.QuantFormat, quant_format),
        activation_type=getattr(ort_quantization.QuantType, activations),
        weight_type=getattr(ort_quantization.QuantType, weights),
        per_channel=per_channel,
    )
    return target


def jobs():
    for name in MODELS:
        yield name, "ours"
    for name in THEIR_MODELS:
        for form in THEIR_FORMS:
            yield name, form


def check_job(name, form):
    config = absolute_config(DATA / "configs" / f"{name}.json", DATA, "minmax")
    config["quantization_parameters"] = {"analysis_enable": False, "finetune_level": 0}
    config["calibration_parameters"]["calibration_step"] = 4
    entry = config["calibration_parameters"]["input_parameters"][0]
    with tempfile.TemporaryDirectory() as text_folder:
        folder = pathlib.Path(text_folder)
        (folder / "config.json").write_text(json.dumps(config))
        sample = next(real_inputs(entry, 1))
        if form == "ours":
            path = folder / "model.q.onnx"
            run(BUILD / "core/cli/xquant", "-c", folder / "config.json", "-o", path, "--quiet")
            check_model(path, sample, folder, folder / "config.json")
        else:
            theirs = their_model(config, entry, form, folder)
            check_model(theirs, sample, folder)
            compare_with_riscv64(theirs, sample, folder)


def main():
    passed = failed = skipped = 0
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, form in jobs():
        if wanted not in f"{name} {form}":
            continue
        if DATA is None or not (DATA / "configs" / f"{name}.json").exists():
            skipped += 1
            print(f"skipped: {name}: XQUANT_DATA has no such model")
            continue
        print(f"{name}, {form}", flush=True)
        try:
            check_job(name, form)
            passed += 1
        except Exception as error:  # a failing case must not hide the others
            failed += 1
            text = error if isinstance(error, Failure) else repr(error)
            print(f"failed: {name}, {form}: {text}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
