"""Models of unusual shape and structure (small_models.py), quantized for every target and precision level:
does the checker accept the file, does ONNX Runtime run it, and like our executor?

usage: check_small_models.py [model...]
environment: XQUANT_BUILD  native build folder (core/cli/xquant, tests/runtime/runtime_run)
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx

import check_quantized_models as real
import small_models
from check_quantized_models import Failure, require

TARGETS = ("spacemit", "ort")
LEVELS = (0, 1, 2)

# Random weights have no redundancy: noise that a trained classifier would not notice shows. Below this
# something is wrong with a scale; a mask that became one leaves 0 dB.
LEAST_SQNR_DB = 10.0
# The two runs differ in the order of float sums, which flips single roundings; those spread.
LEAST_AGREEMENT_DB = 24.0
# Channels forty times too wide cost the others five bits; half of that must come back.
LEAST_GAIN_OF_SMOOTHING_DB = 10.0
# A weight forty times too wide costs the others five bits, until activations limit.
LEAST_GAIN_OF_SPLITTING_DB = 10.0
# Of a wide column and a wide hidden channel, whose smoothing makes the columns unequal again.
LEAST_GAIN_OF_COLUMN_SCALES_DB = 20.0


def write_job(folder, model, samples, settings):
    onnx.save(model, folder / "model.onnx")
    entries = []
    for value in model.graph.input:
        names = []
        for number, sample in enumerate(samples):
            names.append(f"{value.name}_{number}.npy")
            np.save(folder / names[-1], sample[value.name])
        (folder / f"{value.name}.txt").write_text("\n".join(names) + "\n")
        entry = {"input_name": value.name, "file_type": "npy", "data_list_path": f"{value.name}.txt"}
        entries.append({**entry, "input_shape": list(samples[0][value.name].shape)})
    config = {
        "model_parameters": {"onnx_model": "model.onnx"},
        "calibration_parameters": {"calibration_step": 10, "input_parameters": entries},
        "quantization_parameters": settings,
    }
    (folder / "config.json").write_text(json.dumps(config))


def check(model, samples, settings):
    with tempfile.TemporaryDirectory() as text_folder:
        folder = pathlib.Path(text_folder)
        write_job(folder, model, samples, settings)
        quantized = folder / "model.q.onnx"
        real.run(
            real.BUILD / "core/cli/xquant", "-c", folder / "config.json", "-o", quantized, "--quiet"
        )
        onnx.checker.check_model(str(quantized), full_check=True)
        written = onnx.load(quantized)
        check_boundary(model, written)
        if settings.get("int32_bias"):
            check_biases(written)
        names = [value.name for value in model.graph.input]
        used = [[sample[name] for name in names] for sample in samples[:4]]
        float_session = real.onnxruntime_session(folder / "model.onnx")
        session = real.onnxruntime_session(quantized)
        theirs = [session.run(None, dict(zip(names, sample))) for sample in used]
        floats = [float_session.run(None, dict(zip(names, sample))) for sample in used]
        ours = our_command(quantized, used, folder)
        return compare(written, floats, theirs, ours)


def our_command(quantized, used, folder):
    rows = []
    for number, sample in enumerate(used):
        place = folder / f"run_{number}"
        place.mkdir()
        paths = [place / f"input_{i}.npy" for i in range(len(sample))]
        for path, array in zip(paths, sample):
            np.save(path, array)
        lines = real.run(real.BUILD / "tests/runtime/runtime_run", quantized, place, *paths).splitlines()
        row = []
        for i, line in enumerate(lines):
            dims = [int(dim) for dim in line.split()[1:]]
            row.append(np.fromfile(place / f"{i}.bin", np.float32).reshape(dims))
        rows.append(row)
    return rows


def check_boundary(source, written):
    for kind in ("input", "output"):
        before, after = getattr(source.graph, kind), getattr(written.graph, kind)
        require([v.name for v in before] == [v.name for v in after], f"{kind}s changed")
        require([v.type for v in before] == [v.type for v in after], f"types of {kind}s changed")
    opset, after = source.opset_import[0].version, written.opset_import[0].version
    require(after in (opset, max(opset, 13)), f"opset was {opset}, is {after}")
    require(any(n.op_type == "QuantizeLinear" for n in written.graph.node), "nothing is quantized")


def check_biases(written):
    """Every bias of an operator with int8 operands is int32 behind a DequantizeLinear."""
    constants = {tensor.name: tensor.data_type for tensor in written.graph.initializer}
    writers = {name: node for node in written.graph.node for name in node.output}
    for node in written.graph.node:
        if node.op_type not in ("Conv", "ConvTranspose") or len(node.input) < 3:
            continue
        bias = writers.get(node.input[2])
        require(bias is not None and bias.op_type == "DequantizeLinear", f"{node.name}: float bias")
        require(constants[bias.input[0]] == onnx.TensorProto.INT32, f"{node.name}: bias type")


def jobs():
    for target in TARGETS:
        for level in LEVELS:
            yield {"target": target, "precision_level": level}
    yield {"target": "ort", "int32_bias": True}
    yield {"weight_scheme": "per_tensor"}
    yield {"finetune_level": 0}


def compare(written, floats, theirs, ours):
    worst = worst_agreement = np.inf
    for i, value in enumerate(written.graph.output):
        reference, their, our = (np.stack([row[i] for row in rows]) for rows in (floats, theirs, ours))
        require(np.all(np.isfinite(their)), f"{value.name}: not finite")
        require(their.shape == our.shape, f"{value.name}: shapes {their.shape} and {our.shape}")
        worst = min(worst, real.sqnr_db(reference, their))
        worst_agreement = min(worst_agreement, real.sqnr_db(their, our))
    require(worst >= LEAST_SQNR_DB, f"{worst:.1f} dB against float")
    require(worst_agreement >= LEAST_AGREEMENT_DB, f"{worst_agreement:.1f} dB between the two runs")
    return worst, worst_agreement


def check_smoothing():
    """Range smoothing brings outlier channels of a normalization down, and the output nearer."""
    for make in small_models.outlier_channels, small_models.post_norm:
        model, samples = make(17)
        settings = {"target": "ort", "precision_level": 2, "ignore_op_types": ["LayerNormalization"]}
        before, _ = check(model, samples, {**settings, "finetune_level": 0})
        after, _ = check(model, samples, {**settings, "finetune_level": 1})
        print(f"{make.__name__}, range smoothing and reconstruction: {before:.1f} dB, {after:.1f} dB")
        require(after >= before + LEAST_GAIN_OF_SMOOTHING_DB, f"{before:.1f} dB became {after:.1f} dB")


def check_splitting():
    """Copies of a hidden channel leave the steps of the small weights beside a wide one."""
    model, samples = small_models.wide_weight(17)
    before, after = (check(model, samples, {"finetune_level": level})[0] for level in (0, 1))
    print(f"channel splitting and reconstruction: {before:.1f} dB, {after:.1f} dB")
    require(after >= before + LEAST_GAIN_OF_SPLITTING_DB, f"{before:.1f} dB became {after:.1f} dB")


def check_column_scales():
    """A Mul in float leaves the steps of the small columns beside a wide one, where the product's result stays float."""
    model, samples = small_models.wide_column(17)
    settings = {"precision_level": 2}
    before, after = (check(model, samples, {**settings, "finetune_level": level})[0] for level in (0, 1))
    print(f"column scales and reconstruction: {before:.1f} dB, {after:.1f} dB")
    require(after >= before + LEAST_GAIN_OF_COLUMN_SCALES_DB, f"{before:.1f} dB became {after:.1f} dB")


def main(wanted):
    check_smoothing()
    check_splitting()
    check_column_scales()
    passed, failed = 4, 0
    for name, (make, opsets) in small_models.MODELS.items():
        if wanted and name not in wanted:
            continue
        for opset in opsets:
            model, samples = make(opset)
            for settings in jobs():
                job = f"{name}, opset {opset}, {json.dumps(settings)}"
                try:
                    worst, agreement = check(model, samples, settings)
                    passed += 1
                    print(f"{job}: {worst:.1f} dB against float, {agreement:.1f} between runs", flush=True)
                except Exception as error:  # a failing case must not hide the others
                    failed += 1
                    kind = "" if isinstance(error, Failure) else type(error).__name__ + ": "
                    print(f"failed: {job}: {kind}{error}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
