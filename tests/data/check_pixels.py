"""Compares decoded and resized pixels with OpenCV and Pillow.

Environment: XQUANT_BUILD, a native build folder (holds tests/data/data_pixels); XQUANT_DATA, optionally, a folder
with real images below imagenet/img and cifar10/calib. The last line is "N passed, N failed, N skipped".
"""

import glob
import io
import os
import random
import subprocess
import sys

import cv2
import numpy as np
from PIL import Image

BUILD = os.environ.get("XQUANT_BUILD", "")
DATA = os.environ.get("XQUANT_DATA", "")


class Program:
    """The native functions, behind a pipe."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, job, payload):
        self.process.stdin.write(job.encode() + b"\n" + payload)
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode()
        if answer.startswith("error") or not answer:
            raise RuntimeError(answer.strip() or "the program ended")
        width, height, channels = map(int, answer.split())
        pixels = self.process.stdout.read(width * height * channels)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, channels)

    def decode(self, data):
        return self.run(f"decode {len(data)}", data)

    def resize(self, method, image, width, height):
        h, w, c = image.shape
        return self.run(f"{method} {w} {h} {c} {width} {height}", image.tobytes())

    def grey(self, image):
        h, w, _ = image.shape
        return self.run(f"grey {w} {h}", image.tobytes())[:, :, 0]


def opencv_area(image, width, height):
    result = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return result.reshape(height, width, image.shape[2])


def pillow_bilinear(image, width, height):
    """Rows first in every version: Pillow 13 begins with the columns where they shrink much more."""
    source = Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0])
    rows = source.resize((width, source.height), Image.BILINEAR)
    return np.asarray(rows.resize((width, height), Image.BILINEAR)).reshape(height, width, -1)


def difference(ours, theirs):
    """None when equal, else a description."""
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    delta = np.abs(ours.astype(int) - theirs.astype(int))
    if not delta.any():
        return None
    return f"{np.count_nonzero(delta)} of {delta.size} bytes differ, by at most {delta.max()}"


class Score:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def compare(self, what, ours, theirs):
        text = difference(ours, theirs)
        if text is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {text}")

    def skip(self, what):
        self.skipped += 1
        print(f"skipped {what}")


def random_image(rng, width, height, channels):
    kind = rng.integers(3)
    if kind == 0:
        return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    if kind == 1:
        return rng.choice([0, 255], (height, width, channels)).astype(np.uint8)
    rows = np.linspace(0, 255, height)[:, None, None]
    columns = np.linspace(0, 60, width)[None, :, None]
    noise = rng.integers(0, 20, (height, width, channels))
    return np.clip(rows + columns + noise, 0, 255).astype(np.uint8)


def sizes(random_source):
    """(width, height, new width, new height): integer factors, odd ratios, enlarging, mixed, single pixels."""
    integer = lambda: random_source.randint(1, 24)
    for _ in range(120):
        width, height, fx, fy = integer(), integer(), random_source.randint(1, 9), random_source.randint(1, 9)
        yield width * fx, height * fy, width, height
    for _ in range(400):
        yield tuple(random_source.randint(1, 90) for _ in range(4))
    for _ in range(60):
        yield tuple(random_source.choice([1, 2, 3, 49, 147, 98]) for _ in range(4))
    for size in [(500, 375, 224, 224), (256, 256, 224, 224), (640, 480, 352, 352), (341, 256, 224, 224),
                 (100, 333, 320, 48), (32, 32, 224, 224), (448, 448, 224, 224), (1920, 1080, 640, 640)]:
        yield size


def check_resizing(program, score):
    rng = np.random.default_rng(7)
    for width, height, new_width, new_height in sizes(random.Random(7)):
        for channels in (1, 3):
            image = random_image(rng, width, height, channels)
            what = f"{width}x{height}x{channels} -> {new_width}x{new_height}"
            score.compare("area " + what, program.resize("area", image, new_width, new_height),
                          opencv_area(image, new_width, new_height))
            score.compare("bilinear " + what, program.resize("bilinear", image, new_width, new_height),
                          pillow_bilinear(image, new_width, new_height))
    # What the preset PT_IMAGENET does, in one call: the factors are alike, so all versions agree.
    for width, height in [(500, 375), (375, 500), (256, 256), (341, 256), (256, 455), (1000, 31), (31, 900)]:
        image = random_image(rng, width, height, 3)
        short = 256 / min(width, height)
        size = (int(width * short) if width > height else 256, int(height * short) if height > width else 256)
        theirs = np.asarray(Image.fromarray(image).resize(size, Image.BILINEAR))
        score.compare(f"shorter side {width}x{height} -> {size}", program.resize("bilinear", image, *size), theirs)
    image = random_image(rng, 257, 255, 3)
    score.compare("grey", program.grey(image), cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def encoded_images(rng):
    """Files of every pixel format that the formats have, with and without an orientation."""
    rgb = random_image(rng, 37, 23, 3)
    rgba = np.concatenate([rgb, random_image(rng, 37, 23, 1)], 2)
    wide = rng.integers(0, 65536, (23, 37), dtype=np.uint16)
    pictures = {
        "rgb": Image.fromarray(rgb), "rgba": Image.fromarray(rgba),
        "grey": Image.fromarray(rgb[:, :, 0]), "grey-alpha": Image.fromarray(rgba).convert("LA"),
        "palette": Image.fromarray(rgb).quantize(17), "bits": Image.fromarray(rgb).convert("1"),
        "grey16": Image.fromarray(wide),
    }
    for name, picture in pictures.items():
        yield name + ".png", save(picture, "png")
    for name in ("rgb", "grey", "palette"):
        yield name + ".bmp", save(pictures[name], "bmp")
    yield "interlaced16.png", cv2.imencode(".png", rng.integers(0, 65536, (23, 37, 3), dtype=np.uint16))[1].tobytes()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"orientation{orientation}.png", save(pictures["rgb"], "png", exif=exif)
        yield f"orientation{orientation}.webp", save(pictures["rgb"], "webp", exif=exif)
    for name in ("rgb", "rgba"):
        for width, height in [(37, 23), (16, 16), (1, 1), (5, 23), (37, 2)]:
            picture = pictures[name].crop((0, 0, width, height))
            for what, how in [("lossless", {"lossless": True}), ("q0", {"quality": 0}), ("q75", {"quality": 75}),
                              ("q100", {"quality": 100, "method": 0})]:
                yield f"{name} {width}x{height} {what}.webp", save(picture, "webp", **how)


def save(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opencv_decode(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


def check_decoding(program, score):
    rng = np.random.default_rng(11)
    for name, data in encoded_images(rng):
        score.compare("decode " + name, program.decode(data), opencv_decode(data))
    # JPEG decoders may differ by rounding; a wrong orientation is another picture altogether.
    rows, columns = np.mgrid[0:40, 0:64]
    picture = Image.fromarray(np.stack([4 * columns, 6 * rows, columns + rows], 2).astype(np.uint8))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = save(picture, "jpeg", quality=95, exif=exif)
        ours, theirs = program.decode(data), opencv_decode(data)
        close = ours.shape == theirs.shape and np.abs(ours.astype(int) - theirs).max() <= 8
        score.compare(f"JPEG orientation {orientation}", theirs if close else ours, theirs)


def check_real_images(program, score):
    images = sorted(glob.glob(os.path.join(DATA, "cifar10/calib/*.png")))[:20]
    for path in images:
        data = open(path, "rb").read()
        score.compare("decode " + os.path.basename(path), program.decode(data), opencv_decode(data))
    photos = sorted(glob.glob(os.path.join(DATA, "imagenet/img/*.jp*g")))[::25]
    if not images or not photos:
        score.skip("real images: none in XQUANT_DATA")
        return
    deltas = []
    for path in photos:
        data = open(path, "rb").read()
        ours, theirs = program.decode(data), opencv_decode(data)
        deltas.append(np.abs(ours.astype(int) - theirs.astype(int)))
        name = os.path.basename(path)
        data = save(Image.open(path).convert("RGB"), "webp", quality=75)
        score.compare("decode as WebP " + name, program.decode(data), opencv_decode(data))
        for size in ((224, 224), (256, 192), (300, 500), (97, 61)):
            score.compare(f"area {name} -> {size}", program.resize("area", ours, *size),
                          opencv_area(ours, *size))
            score.compare(f"bilinear {name} -> {size}", program.resize("bilinear", ours, *size),
                          pillow_bilinear(ours, *size))
    values = np.concatenate([delta.ravel() for delta in deltas])
    print(f"JPEG decoding against OpenCV, {len(photos)} photos: mean difference {values.mean():.4f}, "
          f"largest {values.max()}, equal {np.mean(values == 0):.1%}, above 2: {np.mean(values > 2):.2%}")


def main():
    score = Score()
    path = os.path.join(BUILD, "tests/data/data_pixels")
    if not os.path.exists(path):
        print(f"skipped: no {path}; set XQUANT_BUILD to a native build folder")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    program = Program(path)
    check_resizing(program, score)
    check_decoding(program, score)
    check_real_images(program, score)
    print(f"{score.passed} passed, {score.failed} failed, {score.skipped} skipped")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
