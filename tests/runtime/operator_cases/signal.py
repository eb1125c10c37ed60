"""DFT, STFT, MelWeightMatrix, windows."""

import numpy as np

from .case import Case, combinations, int64, numbers


def scalar(value, dtype=np.int64):
    return np.array(value, dtype)


def transform(x, axis, length, inverse):
    """NumPy's transform of [..., 1 or 2] in double."""
    complex_x = x[..., 0].astype(np.float64) + (1j * x[..., 1] if x.shape[-1] == 2 else 0)
    result = (np.fft.ifft if inverse else np.fft.fft)(complex_x, n=length, axis=axis)
    return np.stack([result.real, result.imag], axis=-1).astype(np.float32)


def cases():
    for size in (8, 10, 7, 30):
        for parts in (1, 2):
            for inverse in (0, 1):
                x = numbers(2, size, 3, parts, low=0.5)
                for length in (size, size + 5, size - 2):
                    expected = [transform(x, 1, length, inverse)]
                    yield Case("DFT", 17, [x, scalar(length)], {"axis": 1, "inverse": inverse}, expected=expected)
                    yield Case("DFT", 20, [x, scalar(length), scalar(1)], {"inverse": inverse}, expected=expected)
    for size in (8, 9):
        x = numbers(2, size, 1, low=0.5)
        half = transform(x, 1, size, 0)[:, : size // 2 + 1]
        yield Case("DFT", 17, [x], {"axis": 1, "onesided": 1}, expected=[half])
    signal, window = numbers(2, 100, 1, low=0.5), numbers(16, seed=1, low=0.5, high=1)
    for onesided in (0, 1):
        for operands in ([scalar(8), window], [scalar(8), None, scalar(16)], [scalar(5), window, scalar(16)]):
            yield Case("STFT", 17, [signal, *operands], {"onesided": onesided})
    for op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for attributes in combinations(periodic=[0, 1], output_datatype=[None, 11]):
            for size in (10, 11):
                yield Case(op, 17, [scalar(size)], attributes)
    for bands, length, rate in ((8, 16, 8192), (20, 64, 16000), (80, 400, 16000)):
        operands = [scalar(bands), scalar(length), scalar(rate), scalar(20.0, np.float32), scalar(rate / 2, np.float32)]
        yield Case("MelWeightMatrix", 17, operands)
