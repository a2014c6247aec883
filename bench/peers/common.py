"""Shared parts of the Python peers: options, data, the clock, and the line of JSON at the end. Options and names in
that line mean the same as in `vae-native bench`, so that the numbers fit into one table.

A step is one batch and its update (train), one pass over the test images (evaluate), or one image (likelihood).
"""

import argparse
import gzip
import json
import os
import statistics
import sys
import time

import numpy as np

WARM_UP = 30
"""Steps before the clock starts, as in `vae-native bench`; the other tasks use the model as these leave it."""

DEFAULT_STEPS = {"train": 938, "evaluate": 10, "likelihood": 1000}


def options(variants):
    """Parses the command line; the first variant is the default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="a folder with MNIST's .gz files, or an .npz that holds `imgs`")
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--task", choices=list(DEFAULT_STEPS), default="train")
    parser.add_argument("--hidden-dims", type=lambda text: [int(n) for n in text.split(",")], default=[400])
    parser.add_argument("--latent-dim", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=128, help="of training")
    parser.add_argument("--samples", type=int, help="draws of z per example: 1, or 5000 for the likelihood")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int)
    chosen = parser.parse_args()
    chosen.steps = chosen.steps or DEFAULT_STEPS[chosen.task]
    chosen.draws = chosen.samples or 5000
    chosen.samples = chosen.samples or 1
    if chosen.task == "likelihood":
        chosen.samples = 1  # the warm-up's; the draws are the likelihood's
    return chosen


def read_images(path, split="train"):
    """Reads the images as float32 rows in [0, 1], whole in memory, as a user of these libraries does."""
    if path.endswith(".npz"):
        if split == "test":
            sys.exit(f"{path} has no test images: name MNIST's folder")
        with np.load(path) as archive:
            pixels = archive["imgs"]
    else:
        prefix = {"train": "train", "test": "t10k"}[split]
        with gzip.open(os.path.join(path, f"{prefix}-images-idx3-ubyte.gz")) as file:
            raw = file.read()
        pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28 * 28)
    pixels = pixels.reshape(len(pixels), -1).astype(np.float32)
    return pixels if pixels.max() <= 1 else pixels / 255


class Stopwatch:
    """Times laps one by one; a lap may hold several steps."""

    def __init__(self):
        self.laps = []
        self.steps = 0
        self.last = time.perf_counter()

    def lap(self, steps=1):
        now = time.perf_counter()
        self.laps.append((now - self.last) / steps)
        self.steps += steps
        self.seconds = getattr(self, "seconds", 0.0) + now - self.last
        self.last = now


def report(chosen, peer, version, stopwatch, images, **results):
    """Prints the line, without percentiles if steps were not timed one by one."""
    line = {
        "peer": peer,
        "version": version,
        "variant": chosen.variant,
        "task": chosen.task,
        "imagesPerSecond": images / stopwatch.seconds,
        "millisecondsPerStep": 1e3 * stopwatch.seconds / stopwatch.steps,
    }
    if stopwatch.steps == len(stopwatch.laps):
        laps = sorted(stopwatch.laps)
        line["medianMillisecondsPerStep"] = 1e3 * statistics.median(laps)
        line["p5MillisecondsPerStep"] = 1e3 * laps[len(laps) // 20]
    line |= results
    line |= {"threads": chosen.threads, "peakMemoryMiB": peak_memory_mib()}
    print(json.dumps(line))


def peak_memory_mib():
    """Peak resident memory. Not by getrusage on Linux, which counts the parent's memory at exec as ours."""
    try:
        with open("/proc/self/status") as status:
            kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        return kib / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
