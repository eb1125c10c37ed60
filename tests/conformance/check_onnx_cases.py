"""The ONNX project's backend node cases, natively.

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is
             ONNX_NODE_CASES folder of the cases; those of the installed onnx package when not set
"""

import os
import pathlib
import subprocess
import sys

import onnx


def main():
    program = pathlib.Path(os.environ.get("XQUANT_BUILD", "build/native")) / "tests/conformance/onnx_cases"
    own = pathlib.Path(onnx.__file__).parent / "backend/test/data/node"
    cases = pathlib.Path(os.environ.get("ONNX_NODE_CASES", own))
    if not cases.is_dir():
        print("skipped: the installed onnx package has no backend node cases")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    return subprocess.run([program], env={**os.environ, "ONNX_NODE_CASES": str(cases)}).returncode


if __name__ == "__main__":
    sys.exit(main())
