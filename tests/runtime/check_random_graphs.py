"""1,000 random graphs against ONNX Runtime with its optimizations off.

  check_random_graphs.py [--seeds first count] [--keep folder]

environment: XQUANT_BUILD    native build folder, where tests/conformance/onnx_cases is

A graph that fails prints its seed and the command that makes it again, with the model and the expected outputs kept.
"""

import argparse
import pathlib
import sys
import tempfile

from own_cases import run_cases, write_case
from random_graphs import random_model

# Of an output's range: up to 20 operators, each within a few units in the last place of float, whose differences grow
# where values cancel.
TOLERANCE = 1e-4


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seeds", nargs=2, type=int, default=[0, 1000], metavar=("FIRST", "COUNT"))
    arguments.add_argument("--keep", type=pathlib.Path, help="write the cases here instead of a temporary folder")
    options = arguments.parse_args()
    first, count = options.seeds
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        for seed in range(first, first + count):
            model, inputs = random_model(seed)
            try:
                write_case(folder / f"seed_{seed}", model, inputs)
            except Exception as error:
                raise RuntimeError(f"seed {seed} makes a model that ONNX Runtime refuses") from error
        failures, passed = run_cases(folder, TOLERANCE)
    for name, why in failures.items():
        seed = name.removeprefix("seed_")
        print(f"FAILED {name}: {why}")
        print(f"  again: python tests/runtime/check_random_graphs.py --seeds {seed} 1 --keep {name}")
    print(f"{passed} passed, {len(failures)} failed, 0 skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
