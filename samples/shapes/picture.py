"""Draws one picture of a shape with a texture on clutter, as a function of (seed, index) alone.

Every picture is 64x64 RGB, uint8. Only operations that IEEE 754 defines exactly (+ - * / floor,
comparisons, integer sums) touch pixels, and the random stream is NumPy's frozen `RandomState`, so
that the pixels are the same on every machine.
"""
import numpy as np

SIZE = 64  # pixels, both sides
SUPERSAMPLING = 3  # samples per pixel and axis for the edges of the subject
SHAPES = ("circle", "triangle", "square", "star", "cross")
TEXTURES = ("solid", "striped", "checkered", "dotted", "grid")
CLASSES = tuple(f"{texture} {shape}" for shape in SHAPES for texture in TEXTURES)

# Unit normals of regular polygons, written out so that no cosine is computed.
TRIANGLE = ((0.0, -1.0), (0.8660254, 0.5), (-0.8660254, 0.5))
PENTAGON = ((0.0, -1.0), (0.95105652, -0.30901699), (0.58778525, 0.80901699),
            (-0.58778525, 0.80901699), (-0.95105652, -0.30901699))


def pixel_centres(per_pixel):
    """x and y of the sample points, in pixels; shapes (1, n) and (n, 1), n = SIZE * per_pixel."""
    axis = (np.arange(SIZE * per_pixel, dtype=np.float64) + 0.5) / per_pixel
    return axis[None, :], axis[:, None]


COARSE = pixel_centres(1)
FINE = pixel_centres(SUPERSAMPLING)


def uniform(rng, low, high):
    return low + (high - low) * rng.random_sample()


def unit_vector(rng):
    """A random direction (cosine, sine), rational: ((1-t²), 2t)/(1+t²) in one of four quadrants."""
    t = rng.random_sample()
    c, s = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    return ((c, s), (-s, c), (-c, -s), (s, -c))[rng.randint(4)]


def rotated(xy, centre, direction):
    """Coordinates along and across `direction`, with the origin at `centre`."""
    (c, s), dx, dy = direction, xy[0] - centre[0], xy[1] - centre[1]
    return c * dx + s * dy, c * dy - s * dx


# ---- the subject --------------------------------------------------------------------------------


def inside_shape(shape, u, v):
    """Which points lie in the shape; u, v are in units of its radius. Areas are alike."""
    if shape == "circle":
        return u * u + v * v <= 0.72
    if shape == "square":
        return np.maximum(abs(u), abs(v)) <= 0.76
    if shape == "cross":
        return (np.minimum(abs(u), abs(v)) <= 0.31) & (np.maximum(abs(u), abs(v)) <= 0.98)
    if shape == "triangle":
        return np.all([a * u + b * v <= 0.56 for a, b in TRIANGLE], axis=0)
    # A pentagram's points are outside of at most one side of the inner pentagon.
    return np.sum([a * u + b * v > 0.37 for a, b in PENTAGON], axis=0) <= 1


def inside_texture(texture, s, t):
    """Which points get the first ink; s, t are in units of the texture's period."""
    fs, ft = s - np.floor(s), t - np.floor(t)
    if texture == "solid":
        return np.ones(np.broadcast(s, t).shape, bool)
    if texture == "striped":
        return fs + 0 * ft < 0.5
    if texture == "checkered":
        return (fs < 0.5) != (ft < 0.5)
    if texture == "dotted":
        return (fs - 0.5) * (fs - 0.5) + (ft - 0.5) * (ft - 0.5) < 0.1
    return (fs < 0.27) | (ft < 0.27)


def coverage(mask):
    """Share of each pixel's sample points in the mask: (SIZE, SIZE, 1), a sum of integers."""
    n = SUPERSAMPLING
    counts = mask.reshape(SIZE, n, SIZE, n).sum(axis=(1, 3), dtype=np.int64)
    return counts[:, :, None] / float(n * n)


def subject_masks(rng, shape, texture):
    """Coverage of the first and of the second ink."""
    radius = uniform(rng, 16.0, 27.0)
    centre = [uniform(rng, 0.85 * radius, SIZE - 0.85 * radius) for _ in "xy"]
    u, v = rotated(FINE, centre, unit_vector(rng))
    stretch = uniform(rng, 0.86, 1.16)
    period = uniform(rng, 6.5, 10.0) * (1.4 if texture == "checkered" else 1.0)
    s, t = rotated(FINE, [uniform(rng, 0, SIZE) for _ in "xy"], unit_vector(rng))
    shape_mask = inside_shape(shape, u * (stretch / radius), v / (stretch * radius))
    ink_mask = inside_texture(texture, s / period, t / period)
    return coverage(shape_mask & ink_mask), coverage(shape_mask & ~ink_mask)


# ---- the clutter --------------------------------------------------------------------------------


def random_colour(rng):
    return rng.randint(0, 256, 3).astype(np.float64)


def colour_away_from(rng, others, distance):
    """A colour that differs from each of `others` by `distance`, summed over channels, if found."""
    for _ in range(40):
        colour = random_colour(rng)
        if all(abs(colour - other).sum() >= distance for other in others):
            break
    return colour


def gradient(rng):
    along, _ = rotated(COARSE, (SIZE / 2, SIZE / 2), unit_vector(rng))
    weight = np.clip(along / SIZE + 0.5, 0, 1)[:, :, None]
    return random_colour(rng) * (1 - weight) + random_colour(rng) * weight


def patches(rng, amplitude):
    """Smooth random light and dark: a coarse grid of values, interpolated linearly."""
    cells = rng.randint(2, 9)
    values = rng.random_sample((cells + 1, cells + 1, 3)) - 0.5
    at = (np.arange(SIZE) + 0.5) * cells / SIZE
    low = np.floor(at).astype(int)
    w = at - low
    rows = values[low] * (1 - w)[:, None, None] + values[low + 1] * w[:, None, None]
    return amplitude * (rows[:, low] * (1 - w)[:, None] + rows[:, low + 1] * w[:, None])


def line_alpha(rng):
    _, across = rotated(COARSE, [uniform(rng, 0, SIZE) for _ in "xy"], unit_vector(rng))
    return np.clip(uniform(rng, 0.4, 1.2) + 0.5 - abs(across), 0, 1)[:, :, None]


def blob_alpha(rng, largest):
    u, v = rotated(COARSE, [uniform(rng, 0, SIZE) for _ in "xy"], unit_vector(rng))
    a, b = uniform(rng, 1.5, largest), uniform(rng, 1.5, largest)
    if rng.randint(2):
        return ((abs(u) <= a) & (abs(v) <= b)).astype(np.float64)[:, :, None]
    return np.clip((1 - u * u / (a * a) - v * v / (b * b)) * 2, 0, 1)[:, :, None]


def paint(canvas, alpha, colour):
    return canvas * (1 - alpha) + colour * alpha


def background(rng):
    canvas = gradient(rng) + patches(rng, uniform(rng, 0, 90))
    for _ in range(rng.randint(1, 6)):
        canvas = paint(canvas, blob_alpha(rng, 8.0) * uniform(rng, 0.4, 1), random_colour(rng))
    for _ in range(rng.randint(0, 5)):
        canvas = paint(canvas, line_alpha(rng) * uniform(rng, 0.4, 1), random_colour(rng))
    return canvas


def noise(rng):
    """Nearly normal, its deviation between 0 and 7 grey levels: a sum of four uniform integers."""
    four = rng.randint(0, 256, (4, SIZE, SIZE, 3)).sum(axis=0)
    return (four - 510) * (uniform(rng, 0, 7) / 147.8)


def exposure(rng, canvas):
    """Brightness and contrast of the whole picture; one in seven is nearly flat."""
    contrast = uniform(rng, 0.32, 0.55) if rng.randint(7) == 0 else uniform(rng, 0.6, 1.1)
    return (canvas - 127.5) * contrast + 127.5 + uniform(rng, -30, 30)


# ---- one picture --------------------------------------------------------------------------------


def draw(seed, index, label):
    """The picture number `index` of the set `seed`, showing class `label`; (64, 64, 3) uint8."""
    rng = np.random.RandomState([seed, index, label])
    shape, texture = SHAPES[label // len(TEXTURES)], TEXTURES[label % len(TEXTURES)]
    canvas = background(rng)
    first, second = subject_masks(rng, shape, texture)
    behind = np.rint(canvas[::8, ::8]).astype(np.int64).sum(axis=(0, 1)) / 64.0
    ink = colour_away_from(rng, [behind], 230)
    if rng.randint(3):  # else the second ink is the background, seen through the first
        canvas = paint(canvas, second, colour_away_from(rng, [behind, ink], 230))
    canvas = paint(canvas, first, ink)
    for _ in range(rng.randint(0, 3)):
        canvas = paint(canvas, line_alpha(rng), random_colour(rng))
    for _ in range(rng.randint(0, 3)):
        canvas = paint(canvas, blob_alpha(rng, 4.5), random_colour(rng))
    return np.clip(np.rint(exposure(rng, canvas) + noise(rng)), 0, 255).astype(np.uint8)
