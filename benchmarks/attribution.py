"""Measure attribution methods against the bare passes that they are made of.

python -m benchmarks.attribution           last line: ig50=1.08 smoothgrad50=1.09 gradcam=1.20 ...
python -m benchmarks.attribution --quick   without the adaptive rule and the memory
"""

from __future__ import annotations

import argparse
import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.floor import side_by_side
from benchmarks.main_job import data, googlenet

STEPS = 50
COUNTS = (1, 4, 16)
"""How many images are explained at once; the last line tells of four."""
_FULL = 32
"""Rows of a full batch."""
_WINDOW, _STRIDE = 56, 28
_MASKS = 64
_ROUNDS = 3
_ANY = 99.0
"""A gap that nobody is told about: here only time counts."""


def mobilenet_v2() -> tuple[Any, Any]:
    """Load MobileNet v2: Keras' own model, and the network."""
    import keras

    import attrvis

    weights = data() / "networks/mobilenet-v2-100/mobilenet_v2_1.0_224_weights.h5"
    model = keras.applications.MobileNetV2(weights=str(weights), classifier_activation=None)
    return model, attrvis.load(model, preprocess="tf")


def photos(count: int) -> np.ndarray:
    """Read photos of the validation set, [count, 224, 224, 3]."""
    from attrvis import images

    paths = sorted((data() / "images/imagenet-val60/images").iterdir())[:count]
    return np.stack([images.fit(images.read(path), (224, 224))[0] for path in paths])


def passes(model: Any, rows: int, *, backward: bool) -> Callable[[], object]:
    """Compile one pass of a full batch through Keras' own model, the bare floor.

    Args:
        model: takes RGB in [-1, 1].
        rows: of the batch.
        backward: whether the gradient to the pixels is computed.
    """
    import tensorflow as tf

    batch = tf.constant(np.random.default_rng(0).random((rows, 224, 224, 3), np.float32))

    @tf.function(autograph=False)
    def run(pixels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            logits = tf.reduce_sum(model(2 * pixels - 1, training=False)[:, 7])
        return tape.gradient(logits, pixels)

    @tf.function(autograph=False)
    def look(pixels: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(model(2 * pixels - 1, training=False)[:, 7])

    return lambda: (run if backward else look)(batch).numpy()


def ratio(name: str, ours: Callable[[], int], floor: Callable[[], object], rows: int) -> float:
    """Time a method against as many bare passes as it made, in turn.

    Args:
        name: for the printed line.
        ours: does the work, and tells how many rows it ran.
        floor: one bare pass of so many rows.
        rows: of the bare pass.

    Returns:
        The method's time for a row, to the floor's.
    """
    made = ours()
    repeats = max(1, round(made / rows / 2))
    floor()
    shares, taken = [], []
    for _ in range(_ROUNDS):
        # Bare passes before and after, so that a drift of the machine meets both.
        bare = _clocked(floor, repeats)
        own = _clocked(ours, 1) / made
        bare = (bare + _clocked(floor, repeats)) / 2 / rows
        shares.append(own / bare)
        taken.append((own, bare))
    own, bare = (float(np.median(part)) for part in zip(*taken, strict=True))
    share = float(np.median(shares))
    print(f"{name}: {own:.2f} ms a row against {bare:.2f} ms, {share:.2f}", flush=True)
    return share


def _clocked(call: Callable[[], object], repeats: int) -> float:
    """Time a call in milliseconds."""
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    return 1000 * (time.perf_counter() - began) / repeats


def input_methods() -> dict[str, float]:
    """Time IG-50, SmoothGrad-50, GradCAM, Occlusion and RISE on one, four and sixteen photos."""
    import attrvis

    model, net = mobilenet_v2()
    gradients = passes(model, _FULL, backward=True)
    forwards = passes(model, _FULL, backward=False)
    made = {
        "ig50": ("integrated-gradients", {"steps": STEPS, "tolerance": _ANY}, gradients),
        "smoothgrad50": ("smooth-grad", {"samples": STEPS}, gradients),
        "gradcam": ("grad-cam", {}, gradients),
        "occlusion": ("occlusion", {"window": _WINDOW, "stride": _STRIDE}, forwards),
        "rise": ("rise", {"masks": _MASKS}, forwards),
    }
    found: dict[str, float] = {}
    for count in COUNTS:
        batch = photos(count)
        for name, (method, settings, floor) in made.items():
            own = attrvis.attribution.method_of(method, settings)

            def ours(own: Any = own, batch: np.ndarray = batch) -> int:
                result = own(net, batch, target=7)
                return max(result.evaluations, result.forwards)

            found[f"{name}_{count}"] = ratio(f"{name}, {count} photos", ours, floor, _FULL)
    return {name.removesuffix("_4"): value for name, value in found.items()}


def layer_method() -> float:
    """Time IG at GoogLeNet's mixed4d against IG at its pixels: only the tail must run."""
    import attrvis

    net, batch = googlenet(), photos(4)
    own = attrvis.attribution.method_of("integrated-gradients", {"steps": 32, "tolerance": _ANY})
    taken = side_by_side(
        {
            where: lambda where=where: own(net, batch, target=7, layer=where).values[0, 0, 0, 0]
            for where in ("input", "mixed4d")
        },
        rounds=2 * _ROUNDS,
    )
    print(f"layer: {taken['mixed4d']:.0f} ms at mixed4d against {taken['input']:.0f} ms")
    return taken["mixed4d"] / taken["input"]


def peak(steps: int, count: int) -> None:
    """Print the peak of memory, in MiB, that IG of so many steps and photos brings on top."""
    import attrvis

    _, net = mobilenet_v2()
    own = attrvis.attribution.method_of("integrated-gradients", {"steps": 32, "tolerance": _ANY})
    batch = np.repeat(photos(1), count, axis=0)
    own(net, batch[:1], target=7)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = attrvis.attribution.method_of(
        "integrated-gradients", {"steps": steps, "tolerance": _ANY}
    )
    many(net, batch, target=7)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


def peaks() -> dict[str, int]:
    """Measure the peak in processes of their own: ten times the steps, ten times the photos."""
    found = {}
    for name, steps, count in (("base", 32, 1), ("steps", 320, 1), ("photos", 32, 10)):
        code = f"from benchmarks.attribution import peak; peak({steps}, {count})"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if ran.returncode:
            raise SystemExit(ran.stderr)
        found[name] = int(ran.stdout.split()[-1])
        print(f"peak, {steps} steps of {count} photos: {found[name]} MiB on top", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only the times")
    given = parser.parse_args()
    found = {**input_methods(), "layer": layer_method()}
    if not given.quick:
        peaks()
        from benchmarks.adaptive import ratios

        found |= {f"adaptive_{name}": value for name, value in ratios(quick=False).items()}
        found["adaptive"] = max(v for name, v in found.items() if name.startswith("adaptive_"))
    print(" ".join(f"{name}={value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
