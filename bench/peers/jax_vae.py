"""The reference VAE in JAX on the CPU, written as its users write it. Options and output: common.py.

scan  an epoch is one jitted lax.scan over its shuffled batches: the best that JAX offers here
jit   one jitted step per batch, its loss read back before the next
"""

import math
import os

import common

chosen = common.options(["scan", "jit"])
os.environ["PJRT_NPROC"] = str(chosen.threads)  # the size of XLA's thread pool, read when JAX is imported
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
import optax


def linear(key, fan_in, fan_out):
    """U(±1/√fan_in) for weights and bias, as in PyTorch."""
    bound = fan_in**-0.5
    weight, bias = jax.random.split(key)
    draw = lambda key, *shape: jax.random.uniform(key, shape, minval=-bound, maxval=bound)
    return {"weight": draw(weight, fan_in, fan_out), "bias": draw(bias, fan_out)}


def initialize(key, pixels, hidden, latent):
    keys = iter(jax.random.split(key, 2 * len(hidden) + 3))
    layers = lambda widths: [linear(next(keys), *pair) for pair in zip(widths, widths[1:])]
    return {
        "encoder": layers([pixels, *hidden]),
        "mean": linear(next(keys), hidden[-1], latent),
        "log_variance": linear(next(keys), hidden[-1], latent),
        "decoder": layers([latent, *hidden[::-1], pixels]),
    }


def dense(layer, x):
    return x @ layer["weight"] + layer["bias"]


def encode(params, x):
    for layer in params["encoder"]:
        x = jax.nn.relu(dense(layer, x))
    return dense(params["mean"], x), dense(params["log_variance"], x)


def decode(params, z):
    for layer in params["decoder"][:-1]:
        z = jax.nn.relu(dense(layer, z))
    return dense(params["decoder"][-1], z)


def negative_elbo(params, x, key, samples):
    """Mean over the batch, with `samples` draws of z per example."""
    mean, log_variance = encode(params, x)
    noise = jax.random.normal(key, (samples, *mean.shape))
    logits = decode(params, mean + jnp.exp(0.5 * log_variance) * noise)
    cross_entropy = optax.sigmoid_binary_cross_entropy(logits, x).sum() / samples
    kl = -0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance))
    return (cross_entropy + kl) / len(x)


def log_likelihood(params, x, key, draws, chunk=500):
    """ln p(x) of one image: the mean of p(x, z) / q(z|x) over draws from q, in chunks whose logits fit a cache."""
    mean, log_variance = encode(params, x)

    def log_ratio(noise):
        z = mean + jnp.exp(0.5 * log_variance) * noise
        logits = decode(params, z)
        log_x = logits @ x - jax.nn.softplus(logits).sum(-1)
        return log_x + 0.5 * (noise**2 - z**2 + log_variance).sum(-1)

    noise = jax.random.normal(key, (draws, len(mean)))
    return jax.nn.logsumexp(jax.lax.map(log_ratio, noise, batch_size=chunk)) - math.log(draws)


def train_step(carry, x):
    params, moments, key = carry
    key, noise = jax.random.split(key)
    loss, gradient = jax.value_and_grad(negative_elbo)(params, x, noise, chosen.samples)
    updates, moments = adam.update(gradient, moments)
    return (optax.apply_updates(params, updates), moments, key), loss


def scan_batches(carry, images, order):
    """`order` holds one row of indices per batch."""
    return jax.lax.scan(lambda carry, rows: train_step(carry, images[rows]), carry, order)


def shuffled_batches(steps):
    """Rows of indices, one per step, reshuffled every epoch. Drops an epoch's last, smaller batch, because every shape
    needs its own compilation."""
    whole = steps_per_epoch * chosen.batch_size
    epochs = [random.permutation(len(images))[:whole] for _ in range(math.ceil(steps / steps_per_epoch))]
    return np.concatenate(epochs).reshape(-1, chosen.batch_size)[:steps]


def warm_up(carry):
    carry, _ = jax.jit(scan_batches)(carry, images, shuffled_batches(common.WARM_UP))
    return jax.block_until_ready(carry)


def train_scan(carry):
    steps = min(chosen.steps, steps_per_epoch)
    run = jax.jit(scan_batches, donate_argnums=0).lower(carry, images, shuffled_batches(steps)).compile()
    stopwatch, losses = common.Stopwatch(), []
    for _ in range(max(1, round(chosen.steps / steps))):
        carry, epoch = run(carry, images, shuffled_batches(steps))
        losses.append(np.asarray(epoch))
        stopwatch.lap(steps)
    return stopwatch, stopwatch.steps * chosen.batch_size, {"meanLoss": float(np.mean(losses))}


def train_jit(carry):
    run = jax.jit(lambda carry, images, rows: train_step(carry, images[rows]), donate_argnums=0)
    # Compiled by a call and not ahead of time: a jitted function dispatches faster than a compiled one.
    carry, _ = run(carry, images, shuffled_batches(1)[0])
    epoch, total = iter(()), 0.0
    stopwatch = common.Stopwatch()
    for _ in range(chosen.steps):
        rows = next(epoch, None)
        if rows is None:
            epoch = iter(shuffled_batches(steps_per_epoch))
            rows = next(epoch)
        carry, loss = run(carry, images, rows)
        total += float(loss)
        stopwatch.lap()
    return stopwatch, chosen.steps * chosen.batch_size, {"meanLoss": total / chosen.steps}


def evaluate(carry, batch_size=1000):
    params, _, key = carry
    test = jnp.asarray(common.read_images(chosen.data, "test"))
    split = test.reshape(-1, batch_size, test.shape[1])
    loss = lambda key, x: negative_elbo(params, x, key, chosen.samples)
    if chosen.variant == "scan":
        run = jax.jit(lambda keys: jax.lax.map(lambda one: loss(*one), (keys, split)).mean())
    else:
        one = jax.jit(loss)
        run = lambda keys: sum(float(one(*each)) for each in zip(keys, split)) / len(split)
    float(run(jax.random.split(key, len(split))))
    stopwatch, total = common.Stopwatch(), 0.0
    for _ in range(chosen.steps):
        key, noise = jax.random.split(key)
        total += float(run(jax.random.split(noise, len(split))))
        stopwatch.lap()
    return stopwatch, chosen.steps * len(test), {"meanLoss": total / chosen.steps}


def likelihood(carry):
    params, _, key = carry
    test = jnp.asarray(common.read_images(chosen.data, "test")[: chosen.steps])
    one = lambda x, key: log_likelihood(params, x, key, chosen.draws)
    results = {"samples": chosen.draws}
    keys = jax.random.split(key, len(test))
    if chosen.variant == "scan":
        run = jax.jit(lambda images, keys: jax.lax.map(lambda pair: one(*pair), (images, keys))).lower(test, keys).compile()
        stopwatch = common.Stopwatch()
        results["meanLogLikelihood"] = float(run(test, keys).mean())
        stopwatch.lap(len(test))
    else:
        run = jax.jit(one)
        float(run(test[0], key))
        stopwatch, total = common.Stopwatch(), 0.0
        for x, noise in zip(test, keys):
            total += float(run(x, noise))
            stopwatch.lap()
        results["meanLogLikelihood"] = total / len(test)
    return stopwatch, len(test), results


random = np.random.default_rng(1)
images = jnp.asarray(common.read_images(chosen.data))
steps_per_epoch = len(images) // chosen.batch_size
adam = optax.adam(1e-3)
key, shuffle = jax.random.split(jax.random.key(1))
params = initialize(key, images.shape[1], chosen.hidden_dims, chosen.latent_dim)
carry = warm_up((params, adam.init(params), shuffle))
task = {"evaluate": evaluate, "likelihood": likelihood}.get(chosen.task) or {"scan": train_scan, "jit": train_jit}[chosen.variant]
stopwatch, seen, results = task(carry)
common.report(chosen, "jax", jax.__version__, stopwatch, seen, **results)
