"""Test vectors of `xquant check --vectors`: does the C program beside them repeat them with core/int8 alone?

Natively and, where the riscv64 build and qemu exist, as a static riscv64 program at two vector lengths.

usage: check_vectors.py
environment: XQUANT_BUILD  native build folder (core/cli/xquant, core/int8)
             XQUANT_BUILD_RV64  riscv64 build folder (core/int8); skipped when absent
             XQUANT_DATA   folder of real models and data; without it the model of samples/ alone
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import every_kind
import numpy as np
import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("XQUANT_BUILD", ROOT / "build" / "native"))
RV64 = pathlib.Path(os.environ.get("XQUANT_BUILD_RV64", ROOT / "build" / "rv64"))
DATA = pathlib.Path(os.environ["XQUANT_DATA"]) if os.environ.get("XQUANT_DATA") else None
VECTOR_LENGTHS = (128, 512)
CODES = ("int8", "uint8", "int16", "uint16")


def run(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def check_files(folder):
    """The manifest's hashes and shapes are those of the .npy files; every quantized tensor is what a step computes."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["loaded"] == [], f"no step computes {manifest['loaded']}"
    results = set(re.findall(r"\.y = (\d+)", (folder / "vectors.h").read_text()))
    coded = [e for e in manifest["tensors"] if e["file"].startswith("tensors/") and e["type"] in CODES]
    assert len(results) == len(manifest["steps"]) >= len(coded) > 0, (len(results), len(coded))
    for entry in manifest["tensors"]:
        array = np.load(folder / entry["file"])
        assert list(array.shape) == entry["shape"], entry
        assert hashlib.sha256(array.tobytes()).hexdigest() == entry["hash"], entry
    return len(manifest["tensors"]), len(manifest["steps"])


def compile_replay(compiler, flags, library, folder, target):
    run(*compiler, *flags, "-O2", "-Wall", "-Werror", f"-I{ROOT / 'core'}", folder / "replay.c", library, "-o", target)


def damage(folder):
    """The first byte of the last step's result: the program has to notice."""
    bad = bytearray((folder / "vectors.bin").read_bytes())
    bad[int(re.findall(r"\.y = (\d+)", (folder / "vectors.h").read_text())[-1])] ^= 1
    (folder / "bad.bin").write_bytes(bytes(bad))


def replay_native(folder):
    compiler = shutil.which("clang-19") or shutil.which("clang") or shutil.which("cc")
    compile_replay([compiler], [], BUILD / "core/int8/libxquant_int8.a", folder, folder / "replay")
    print("  native:", run("./replay", cwd=folder).strip())
    damage(folder)
    if subprocess.run([folder / "replay", folder / "bad.bin"], capture_output=True).returncode != 1:
        raise RuntimeError("damaged vectors were not noticed")


def replay_riscv64(folder):
    library, qemu = RV64 / "core/int8/libxquant_int8.a", shutil.which("qemu-riscv64") or shutil.which("qemu-riscv64-static")
    gcc = shutil.which("riscv64-linux-gnu-gcc")
    if not library.exists() or not qemu or not gcc:
        print("  riscv64: skipped, there is no build/rv64, qemu-riscv64 or riscv64-linux-gnu-gcc")
        return
    compile_replay([gcc], ["-static", "-std=gnu11"], library, folder, folder / "replay-rv64")
    for length in VECTOR_LENGTHS:
        told = run(qemu, "-cpu", f"rv64,v=true,vlen={length}", "./replay-rv64", cwd=folder)
        print(f"  riscv64, VLEN {length}:", told.strip())


def check_completeness(folder):
    """Every quantized tensor that the runner of integer execution prints is there, in its order."""
    inputs = sorted((folder / "vectors" / "inputs").iterdir())
    lines = run(BUILD / "core/run/xquant-run", folder / "model.q.onnx", *inputs, "--tensors").splitlines()
    printed = [re.match(r"tensor +(\S+) .*sha256 (\w+)", line) for line in lines]
    wanted = [match.groups() for match in printed if match]
    manifest = json.loads((folder / "vectors" / "manifest.json").read_text())
    written = [
        (entry["name"], entry["hash"])
        for entry in manifest["tensors"]
        if entry["file"].startswith("tensors/") and entry["type"] in CODES
    ]
    assert len(wanted) > 0 and written == wanted, f"missing: {set(wanted) - set(written)}"


def check_every_kind(folder):
    """Each kind of step that vectors can hold, so that none is written and never replayed."""
    onnx.save(every_kind.model(), folder / "model.q.onnx")
    run(BUILD / "core/cli/xquant", "check", folder / "model.q.onnx", "--quiet", "--vectors", folder / "vectors")
    header = (folder / "vectors" / "vectors.h").read_text()
    kinds = re.findall(r"XQV_\w+", re.search(r"typedef enum xqv_kind \{(.*?)\}", header, re.S).group(1))
    used = set(re.findall(r"\.kind = (XQV_\w+)", header))
    assert used == set(kinds), f"no step is {sorted(set(kinds) - used)}"
    tensors, steps = check_files(folder / "vectors")
    print(f"  {tensors} tensors, {steps} steps of {len(kinds)} kinds")
    check_completeness(folder)
    replay_native(folder / "vectors")
    replay_riscv64(folder / "vectors")


def models():
    yield "every kind", None
    yield "shapes", ROOT / "samples/shapes/config.json"
    for name in ("kws_dscnn", "cifar_resnet20", "fastestdet"):
        if DATA is not None:
            yield name, DATA / "configs" / f"{name}.json"


def check(name, config_path, folder):
    if config_path is None:
        check_every_kind(folder)
        return
    config = json.loads(config_path.read_text())
    base = config_path.parent if name == "shapes" else DATA
    config["model_parameters"] = {"onnx_model": str(base / config["model_parameters"]["onnx_model"])}
    config["calibration_parameters"]["calibration_step"] = 2
    for entry in config["calibration_parameters"]["input_parameters"]:
        entry["data_list_path"] = str(base / entry["data_list_path"])
    config["quantization_parameters"] = {"analysis_enable": False, "finetune_level": 0}
    (folder / "config.json").write_text(json.dumps(config))
    xquant, quantized = BUILD / "core/cli/xquant", folder / "model.q.onnx"
    run(xquant, "-c", folder / "config.json", "-o", quantized, "--quiet")
    run(xquant, "check", quantized, "-c", folder / "config.json", "--quiet", "--vectors", folder / "vectors")
    tensors, steps = check_files(folder / "vectors")
    print(f"  {tensors} tensors, {steps} steps")
    replay_native(folder / "vectors")
    replay_riscv64(folder / "vectors")


def main():
    passed = failed = 0
    for name, config in models():
        print(name, flush=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                check(name, config, pathlib.Path(folder))
            passed += 1
        except Exception as error:  # a failing case must not hide the others
            failed += 1
            print(f"failed: {name}: {error!r}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
