"""Draws the pictures that ship with the sample: 100 for calibration, 300 labelled ones.

    python draw.py            writes calib/, labelled/ and classes.txt beside this file
    python draw.py --check    compares the pixels of what is there with a fresh drawing

Needs numpy and pillow, nothing else.
"""
import argparse
import functools
import multiprocessing
import pathlib
import sys

import numpy as np
from PIL import Image

from picture import CLASSES, draw

HERE = pathlib.Path(__file__).resolve().parent
# The sets never share a picture: the seed is part of every picture's random stream.
CALIBRATION_SEED, CALIBRATION_COUNT = 1001, 100
LABELLED_SEED, LABELLED_COUNT = 1002, 300


def draw_set(seed, count, processes=1):
    """`count` pictures and labels; the classes take turns, so every class is equally frequent."""
    labels = [i % len(CLASSES) for i in range(count)]
    one = functools.partial(draw, seed)
    if processes == 1:
        pictures = list(map(one, range(count), labels))
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            pictures = pool.starmap(one, enumerate(labels), chunksize=256)
    return np.stack(pictures), np.array(labels)


def name_of(index):
    return f"{index:03d}.png"


def write_set(folder, pictures):
    folder.mkdir(exist_ok=True)
    for i, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(folder / name_of(i), optimize=True)


def read_set(folder, count):
    return np.stack([np.asarray(Image.open(folder / name_of(i))) for i in range(count)])


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def write():
    write_set(HERE / "calib", draw_set(CALIBRATION_SEED, CALIBRATION_COUNT)[0])
    write_lines(HERE / "calib" / "list.txt", map(name_of, range(CALIBRATION_COUNT)))
    pictures, labels = draw_set(LABELLED_SEED, LABELLED_COUNT)
    write_set(HERE / "labelled", pictures)
    write_lines(HERE / "labelled" / "list.txt", map(name_of, range(LABELLED_COUNT)))
    write_lines(HERE / "labelled" / "labels.txt",
                (f"{name_of(i)}\t{label}" for i, label in enumerate(labels)))
    write_lines(HERE / "classes.txt", CLASSES)


def check():
    """True if every shipped picture has exactly the pixels that this script draws."""
    same = True
    for folder, seed, count in (("calib", CALIBRATION_SEED, CALIBRATION_COUNT),
                                ("labelled", LABELLED_SEED, LABELLED_COUNT)):
        drawn, shipped = draw_set(seed, count)[0], read_set(HERE / folder, count)
        differing = np.flatnonzero((drawn != shipped).any(axis=(1, 2, 3)))
        print(f"{folder}: {count - len(differing)} of {count} pictures equal, pixel for pixel")
        same &= len(differing) == 0
    return same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draws the pictures of the sample.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args().check:
        sys.exit(0 if check() else 1)
    write()
