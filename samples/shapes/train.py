"""Trains the network on freshly drawn pictures and writes model.onnx.

    python train.py --output out/first.onnx
    python train.py --start out/first.onnx --seed 2003 --epochs 4 --peak 2e-3

The first run starts from nothing; the second goes on from its model with new pictures. The
pictures, the initial weights and the order of everything are fixed by seeds. What remains is the
rounding of the platform's vector units: another machine trains an equally good model, not the
same bytes.
"""
import argparse
import functools
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import optax

from draw import draw_set
from export import from_onnx, to_onnx
from network import Network, initial, normalized, predict

HERE = pathlib.Path(__file__).resolve().parent
INITIAL_SEED, ORDER_SEED, VALIDATION_SEED = 2001, 2001, 2002
BATCH = 32
WEIGHT_DECAY, LABEL_SMOOTHING = 2e-2, 0.05
STATISTICS_MEMORY = 0.99  # share of the running mean or variance that one batch leaves in place
LARGEST_DIFFERENCE = 1e-4  # of a logit between JAX and ONNX Runtime


def augmented(rng, pixels):
    """One of the eight symmetries of the square and one order of the colours for each picture."""
    out = np.empty_like(pixels)
    for i, picture in enumerate(pixels):
        turned = np.rot90(picture, rng.randint(4))
        mirrored = turned[:, ::-1] if rng.randint(2) else turned
        out[i] = mirrored[:, :, rng.permutation(3)]
    return out


def loss_of(params, x, labels):
    network = Network(params, None, training=True)
    logits = network.logits(x)
    targets = optax.smooth_labels(jax.nn.one_hot(labels, logits.shape[1]), LABEL_SMOOTHING)
    return optax.softmax_cross_entropy(logits, targets).mean(), network.statistics


def make_step(optimizer):
    @jax.jit
    def step(params, stats, state, x, labels):
        (loss, batch), gradient = jax.value_and_grad(loss_of, has_aux=True)(params, x, labels)
        updates, state = optimizer.update(gradient, state, params)
        stats = jax.tree.map(
            lambda old, new: STATISTICS_MEMORY * old + (1 - STATISTICS_MEMORY) * new, stats, batch)
        return optax.apply_updates(params, updates), stats, state, loss

    return step


def accuracy(params, stats, pixels, labels):
    forward = jax.jit(functools.partial(predict, params, stats))
    batches = [forward(normalized(pixels[i:i + 100])) for i in range(0, len(pixels), 100)]
    return float((np.concatenate(batches).argmax(1) == labels).mean())


def train(start_from, pixels, labels, validation, epochs, peak):
    """One rise and fall of the learning rate; from the arrays (params, stats) to better ones."""
    params, stats = start_from
    steps = len(pixels) // BATCH
    schedule = optax.cosine_onecycle_schedule(steps * epochs, peak, 0.15)
    decayed = {name: value.ndim > 1 for name, value in params.items()}
    optimizer = optax.adamw(schedule, weight_decay=WEIGHT_DECAY, mask=decayed)
    state, step = optimizer.init(params), make_step(optimizer)
    rng, start = np.random.RandomState(ORDER_SEED), time.time()
    for epoch in range(epochs):
        order, losses = rng.permutation(len(pixels)), []
        for i in range(steps):
            chosen = order[i * BATCH:(i + 1) * BATCH]
            x = normalized(augmented(rng, pixels[chosen]))
            params, stats, state, loss = step(params, stats, state, x, labels[chosen])
            losses.append(loss)
        print(f"epoch {epoch + 1:2d}/{epochs}  loss {np.mean(losses):.4f}  "
              f"validation {accuracy(params, stats, *validation):.4f}  "
              f"{time.time() - start:.0f} s", flush=True)
    return jax.tree.map(np.asarray, (params, stats))


def check(model, params, stats, pixels):
    """The exported model computes what was trained."""
    x = normalized(pixels)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    [exported] = session.run(None, {"image": np.ascontiguousarray(x.transpose(0, 3, 1, 2))})
    difference = np.abs(exported - np.asarray(predict(params, stats, jnp.asarray(x)))).max()
    print(f"largest difference of a logit, ONNX Runtime to JAX: {difference:.1e}")
    assert difference <= LARGEST_DIFFERENCE, difference


def main():
    parser = argparse.ArgumentParser(description="Trains the network of the sample.")
    parser.add_argument("--pictures", type=int, default=16000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--peak", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--start", help="a model of an earlier run to go on from")
    parser.add_argument("--seed", type=int, default=2001, help="of the pictures")
    parser.add_argument("--processes", type=int, default=2, help="for drawing")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "model.onnx")
    options = parser.parse_args()
    start = time.time()
    pixels, labels = draw_set(options.seed, options.pictures, options.processes)
    validation = draw_set(VALIDATION_SEED, 1000, options.processes)
    print(f"drew {len(pixels)} pictures in {time.time() - start:.0f} s", flush=True)
    params, stats = initial(INITIAL_SEED)
    if options.start:
        params, stats = from_onnx(options.start, params, stats)
    params, stats = train((params, stats), pixels, labels, validation, options.epochs,
                          options.peak)
    model = to_onnx(params, stats)
    check(model, params, stats, validation[0][:300])
    options.output.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, options.output)
    print(f"{options.output.name}: {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
