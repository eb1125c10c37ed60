"""Makes the files of golden/ with NumPy, OpenCV and Pillow. The tests read them; nothing else needs Python.

    python make_golden.py        (numpy, opencv-python-headless, pillow)
"""

import io
import os
import struct

import cv2
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "golden")
SAMPLE = os.path.join(HERE, "../../samples/shapes/calib")


def fnv(data):
    """64-bit FNV-1a."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def picture(seed, width, height, channels):
    """The upper byte of a linear congruential generator; for odd seeds black and white only."""
    pixels = np.empty(width * height * channels, np.uint8)
    state = seed
    for i in range(pixels.size):
        state = (state * 1664525 + 1013904223) % 2**32
        pixels[i] = state >> 24
    if seed % 2:
        pixels = np.where(pixels < 128, 0, 255).astype(np.uint8)
    return pixels.reshape(height, width, channels)


def write(name, lines):
    with open(os.path.join(FOLDER, name), "w", encoding="ascii") as out:
        out.writelines(line + "\n" for line in lines)


def area(image, width, height):
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)


def bilinear(image, width, height):
    """Rows first, whatever the version of Pillow does in one call."""
    source = Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0])
    rows = source.resize((width, source.height), Image.BILINEAR)
    return np.asarray(rows.resize((width, height), Image.BILINEAR)).reshape(height, width, -1)


SIZES = [
    # whole factors: 2 x 2, 1 x 4, 3 x 2, large, and one whose reciprocal is not exact
    (32, 24, 16, 12), (16, 64, 16, 16), (33, 22, 11, 11), (64, 96, 4, 3), (147, 98, 3, 2), (49, 49, 1, 1),
    # shrinking in general
    (50, 37, 22, 22), (100, 75, 64, 48), (31, 17, 30, 16), (91, 13, 7, 5), (61, 1, 17, 1), (1, 61, 1, 17),
    # enlarging
    (32, 32, 75, 75), (7, 5, 14, 10), (9, 4, 31, 29), (1, 1, 8, 5), (2, 3, 5, 4), (1, 9, 6, 20),
    # one axis up, the other down
    (100, 20, 48, 60), (20, 100, 60, 48), (15, 30, 30, 15), (64, 10, 64, 23), (40, 64, 21, 64),
    # nothing to do
    (13, 11, 13, 11),
]


def resizing():
    for index, (width, height, new_width, new_height) in enumerate(SIZES):
        for channels in (1, 3):
            for method in (area, bilinear):
                seed = 10 * index + channels // 2
                result = method(picture(seed, width, height, channels), new_width, new_height)
                yield (f"{method.__name__} {seed} {width} {height} {channels} {new_width} {new_height} "
                       f"{fnv(result.tobytes())}")


def save(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def with_negative_height(bmp):
    """The same bytes as rows from top to bottom."""
    return bmp[:22] + struct.pack("<i", -struct.unpack_from("<i", bmp, 22)[0]) + bmp[26:]


def encoded():
    rgb = picture(4, 19, 13, 3)
    alpha = picture(6, 19, 13, 1)
    image = Image.fromarray(rgb)
    rgba = Image.fromarray(np.concatenate([rgb, alpha], 2))
    palette = image.quantize(11)
    yield "rgb.png", save(image, "png")
    yield "rgba.png", save(rgba, "png")
    yield "grey.png", save(image.convert("L"), "png")
    yield "grey_alpha.png", save(rgba.convert("LA"), "png")
    yield "palette.png", save(palette, "png")
    yield "black_white.png", save(image.convert("1"), "png")
    wide = picture(8, 19, 13, 6).view(np.uint16).reshape(13, 19, 3)
    yield "rgb16.png", cv2.imencode(".png", wide)[1].tobytes()
    yield "grey16.png", cv2.imencode(".png", wide[:, :, 0])[1].tobytes()
    yield "rgb.bmp", save(image, "bmp")
    yield "grey.bmp", save(image.convert("L"), "bmp")
    yield "palette.bmp", save(palette, "bmp")
    yield "top_down.bmp", with_negative_height(save(image, "bmp"))
    for value in range(1, 9):
        yield f"orientation{value}.png", save(image, "png", exif=orientation(value))


def decoding():
    for name, data in encoded():
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        yield f"{name} {pixels.shape[1]} {pixels.shape[0]} {data.hex()} {pixels.tobytes().hex()}"


def jpegs():
    """Decoders of JPEG may differ by rounding, so the pixels are kept."""
    rows, columns = np.mgrid[0:24, 0:40]
    waves = 127 + 60 * np.sin(columns / 5) + 60 * np.cos(rows / 4)
    image = Image.fromarray(np.stack([waves, 6 * columns, 255 - 10 * rows], 2).astype(np.uint8))
    files = [(f"orientation{value}", save(image, "jpeg", quality=92, exif=orientation(value)))
             for value in range(1, 9)]
    files.append(("grey", save(image.convert("L"), "jpeg", quality=92)))
    files.append(("progressive", save(image, "jpeg", quality=92, progressive=True)))
    files.append(("full_chroma", save(image, "jpeg", quality=92, subsampling=0)))
    files.append(("cmyk", save(image.convert("CMYK"), "jpeg", quality=92)))
    for name, data in files:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        yield f"{name} {pixels.shape[1]} {pixels.shape[0]} {data.hex()} {pixels.tobytes().hex()}"


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def webp_file(*chunks):
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def webp_header(image, has_exif):
    sizes = (image.width - 1).to_bytes(3, "little") + (image.height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", struct.pack("<I", 8 if has_exif else 0) + sizes)


def webps():
    rgb = picture(4, 19, 13, 3)
    noise = Image.fromarray(rgb)
    rgba = Image.fromarray(np.concatenate([rgb, picture(6, 19, 13, 1)], 2))
    rows, columns = np.mgrid[0:35, 0:33]
    waves = 127 + 60 * np.sin(columns / 5) + 60 * np.cos(rows / 4)
    smooth = Image.fromarray(np.stack([waves, 7 * columns, 255 - 7 * rows], 2).astype(np.uint8))
    clear = smooth.copy()
    clear.putalpha(Image.fromarray((5 * columns + 2 * rows).astype(np.uint8)))
    for quality in (0, 60, 100):
        yield f"lossy{quality}", save(smooth, "webp", quality=quality)
    yield "lossy_noise", save(noise, "webp", quality=40)
    yield "lossy_alpha", save(clear, "webp", quality=60, alpha_quality=40)
    yield "lossy_grey", save(noise.convert("L"), "webp", quality=80)
    yield "lossless", save(noise, "webp", lossless=True)
    yield "lossless_smooth", save(smooth, "webp", lossless=True)
    yield "lossless_palette", save(noise.quantize(5).convert("RGB"), "webp", lossless=True)
    yield "lossless_alpha", save(rgba, "webp", lossless=True, exact=True)
    for width, height in [(1, 1), (1, 17), (16, 1), (16, 16)]:
        yield f"lossy_{width}x{height}", save(smooth.crop((3, 2, 3 + width, 2 + height)), "webp", quality=70)
        yield f"lossless_{width}x{height}", save(noise.resize((width, height)), "webp", lossless=True)
    small = noise.crop((0, 0, 7, 4))
    for value in range(1, 9):
        yield f"orientation{value}", save(small, "webp", lossless=True, exif=orientation(value))
    # A chunk of odd size, data before the pixels, and data of which the header does not know.
    pixels = save(small, "webp", lossless=True)[12:]
    exif = chunk(b"EXIF", orientation(6).tobytes().removeprefix(b"Exif\0\0"))
    header = webp_header(small, True)
    yield "exif_before_pixels", webp_file(header, chunk(b"ABCD", b"odd"), exif, pixels)
    yield "exif_unannounced", webp_file(webp_header(small, False), pixels, exif)
    yield "exif_behind_the_end", webp_file(header, pixels) + exif


def webp_decoding():
    for name, data in webps():
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        yield f"{name} {pixels.shape[1]} {pixels.shape[0]} {data.hex()} {pixels.tobytes().hex()}"


def webp_animation():
    frames = [Image.fromarray(picture(seed, 7, 4, 3)) for seed in (2, 4)]
    yield save(frames[0], "webp", save_all=True, append_images=frames[1:], lossless=True).hex()


def webp_samples():
    """Pictures of the sample as a user may have them: the first two as they are, two lossy ones."""
    folder = os.path.join(FOLDER, "webp")
    os.makedirs(folder, exist_ok=True)
    options = [{"lossless": True}, {"lossless": True}, {"quality": 80}, {"quality": 50, "exif": orientation(6)}]
    for index, how in enumerate(options):
        name = f"{index:03}"
        image = Image.open(os.path.join(SAMPLE, name + ".png")).convert("RGB")
        if index == 2:
            image.putalpha(image.convert("L"))
        image.save(os.path.join(folder, name + ".webp"), **how)
    with open(os.path.join(folder, "list.txt"), "w", encoding="ascii") as out:
        out.writelines(f"{index:03}.webp\n" for index in range(len(options)))


def pt_imagenet(image, size):
    """torchvision: resize the shorter side of a PIL image, then centre crop."""
    height, width = image.shape[:2]
    side = int(size / 0.875)
    short, long = sorted((width, height))
    new_long = int(side * long / short)
    new_width, new_height = (side, new_long) if width <= height else (new_long, side)
    resized = bilinear(image, new_width, new_height)
    top, left = round((new_height - size) / 2), round((new_width - size) / 2)
    return resized[top:top + size, left:left + size]


def imagenet(image, height, width):
    source_height, source_width = image.shape[:2]
    new_height, new_width = int(100.0 * height / 87.5), int(100.0 * width / 87.5)
    if source_height > source_width:
        new_height = int(new_height * source_height / source_width)
    else:
        new_width = int(new_width * source_width / source_height)
    resized = area(image, new_width, new_height)
    top, left = int((new_height - height) / 2), int((new_width - width) / 2)
    return resized[top:int((new_height + height) / 2), left:int((new_width + width) / 2)]


def preprocessing():
    """preset, seed, image size, input size, colour, mean and std -> hash of the float32 tensor."""
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    for preset in ("NONE", "PT_IMAGENET", "IMAGENET"):
        for seed, (source_width, source_height) in enumerate([(60, 45), (45, 60), (80, 79), (33, 90)]):
            for width, height in [(28, 28), (21, 21), (28, 20)]:
                if preset == "PT_IMAGENET" and width != height:
                    continue
                for order in ("rgb", "bgr"):
                    image = picture(seed, source_width, source_height, 3)
                    if order == "bgr":
                        image = np.ascontiguousarray(image[:, :, ::-1])
                    if preset == "NONE":
                        pixels = (area(image, width, height).astype(np.float32) - np.array(mean)) / np.array(std)
                    elif preset == "PT_IMAGENET":
                        pixels = (pt_imagenet(image, height).astype(np.float64) - mean) / std
                    else:
                        pixels = imagenet(image, height, width).astype(np.float32)
                        pixels = (pixels - np.array(mean, np.float32)) / np.array(std, np.float32)
                    tensor = np.ascontiguousarray(pixels.astype(np.float32).transpose(2, 0, 1))
                    assert tensor.shape == (3, height, width)
                    yield (f"{preset} {seed} {source_width} {source_height} {width} {height} {order} "
                           f"{fnv(tensor.tobytes())}")


def grey():
    image = picture(2, 61, 53, 3)
    yield f"2 61 53 {fnv(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).tobytes())}"


def arrays():
    """name, .npy file, type, dimensions, elements in row-major little-endian order."""
    values = np.array([[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 100]]])
    kinds = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16",
             "float32", "float64"]
    for kind in kinds:
        for byte_order in "<>":
            for memory_order in "CF":
                dtype = np.dtype(kind).newbyteorder(byte_order)
                array = np.array(values % 2 if kind == "bool" else values - (5 if kind[0] in "if" else 0), dtype, order=memory_order)
                yield array_line(f"{kind}{'LB'[byte_order == '>']}{memory_order}", array)
    yield array_line("scalar", np.array(3.5, np.float32))
    yield array_line("vector", np.arange(5, dtype=np.int64))
    yield array_line("empty", np.zeros((0, 4), np.float32))
    for version in ((2, 0), (3, 0)):
        yield array_line(f"version{version[0]}", np.arange(6, dtype=np.int32).reshape(2, 3), version)


def array_line(name, array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    elements = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes().hex() or "-"
    shape = ",".join(map(str, array.shape)) or "-"
    return f"{name} {stream.getvalue().hex()} {array.dtype.name} {shape} {elements}"


def halves():
    """double -> float16 as NumPy rounds it."""
    numbers = [0.0, -0.0, 1.0, -2.5, 65504.0, 65519.99, 2**-24, 2**-25, 1.5 * 2**-24, 2**-14, 2**-14 - 2**-26,
               1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-11 + 2**-40, 2047.5, 2048.5, 2049.0, 0.1, 1 / 3, -1e-7, 1e-9]
    for number in numbers:
        yield f"{number.hex()} {int(np.float64(number).astype(np.float16).view(np.uint16))}"


def main():
    os.makedirs(FOLDER, exist_ok=True)
    write("resize.txt", resizing())
    write("images.txt", decoding())
    write("jpegs.txt", jpegs())
    write("webps.txt", webp_decoding())
    write("webp_animation.txt", webp_animation())
    webp_samples()
    write("preprocess.txt", preprocessing())
    write("grey.txt", grey())
    write("arrays.txt", arrays())
    write("halves.txt", halves())


if __name__ == "__main__":
    main()
