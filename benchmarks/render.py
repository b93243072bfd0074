"""Measure drawing: the cost of a step, half precision, and the way to Lucid's 512-step objective.

python -m benchmarks.render            last line: step_b1=1.18 step_b16=1.06 bf16_speedup=1.6 ...
python -m benchmarks.render --quick    without the long runs
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.floor import keras_gradient, raw_gradient, side_by_side
from benchmarks.main_job import data, googlenet

LAYER = "mixed4d"
UNITS = {
    "conv2d2": [5, 30, 60, 120],
    "mixed3a": [7, 42, 100, 200],
    "mixed3b": [12, 80, 250, 400],
    "mixed4a": [11, 97, 300, 476],
    "mixed4d": [42, 139, 300, 488],
    "mixed5b": [9, 100, 400, 800],
}
"""The 24 units on which the way to the 512-step objective is judged."""
LUCID_STEPS = 512
_DRAWS = 12


def one_step(net: Any, count: int) -> Callable[[], object]:
    """Compile the default step for so many units of a layer, and give a call of it."""
    import tensorflow as tf

    from attrvis import objectives, optimise, seeds
    from attrvis.param import Constant, FourierImage
    from attrvis.rendering.scene import Canvas, evaluation
    from attrvis.transforms import as_transform, compose

    size = (224, 224)
    objective = objectives.channel(LAYER, list(range(0, 512, 512 // count))[:count])
    chain = compose(as_transform("standard", size)).with_alpha(False)
    canvas = Canvas(FourierImage(channels=3), size, Constant(), chain)
    step = optimise.compile_step(evaluation(net.trunk([LAYER]), objective, canvas))
    keys = seeds.image_keys(0, count)
    held = {name: tf.Variable(v) for name, v in canvas.image.init(keys, size).items()}
    state = optimise.fresh_state(held)
    given = {
        "keys": keys,
        "pool": {},
        "numbers": [tf.convert_to_tensor(p) for p in objective.parameters],
        "last": tf.constant(100.0),
    }
    call = step.get_concrete_function(held, state, tf.constant(0), tf.constant(0.05), given)
    numbers = iter(range(10**9))

    def once() -> object:
        terms, *_ = call(held, state, tf.constant(next(numbers)), tf.constant(0.05), given)
        return terms["objective"]

    return once


def step_costs() -> dict[str, float]:
    """Time steps of 1 and 16 pictures against one forward and backward pass, in turn."""
    net = googlenet().snapshot()
    path = data() / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb"
    mean = [123.68, 116.779, 103.939]
    found: dict[str, float] = {}
    for count in (1, 16):
        shape = (count, 224, 224, 3)
        cost = side_by_side(
            {
                "raw": raw_gradient(path, LAYER, mean, shape),
                "keras": keras_gradient(path, LAYER, mean, shape),
                "step": one_step(net, count),
                "half": one_step(net.exact.with_precision("bfloat16").snapshot(), count),
            },
            rounds=max(15, 100 // count),
        )
        floor = min(cost["raw"], cost["keras"])
        print(
            f"batch {count}: floor {cost['raw']:.1f} ms as imported, {cost['keras']:.1f} ms in "
            f"Keras; step {cost['step']:.1f} ms, in bfloat16 {cost['half']:.1f} ms"
        )
        found[f"step_b{count}"] = cost["step"] / floor
        found["bf16_speedup"] = cost["step"] / cost["half"]
    return found


def held_out(net: Any, layer: str, images: np.ndarray) -> np.ndarray:
    """Score finished pictures on draws of the transforms that no run has seen."""
    import tensorflow as tf

    from attrvis import seeds
    from attrvis.param import Constant, FourierImage
    from attrvis.rendering.scene import Canvas
    from attrvis.transforms import as_transform, compose

    size = images.shape[1:3]
    chain = compose(as_transform("standard", size)).with_alpha(False)
    canvas = Canvas(FourierImage(channels=3), size, Constant(), chain)
    keys, trunk = seeds.image_keys(777, len(images)), net.trunk([layer])
    units = tf.constant(UNITS[layer])
    scores = []
    for draw in range(_DRAWS):
        shown, *_ = canvas.views(tf.constant(images), keys, tf.constant(draw), {})
        means = tf.reduce_mean(trunk(shown)[layer], [1, 2])
        scores.append(tf.gather(means, units, axis=1, batch_dims=1).numpy())
    return np.mean(scores, axis=0)


def time_to_lucid() -> dict[str, float]:
    """Draw the 24 units plainly in 512 steps and with the defaults; compare time and objective."""
    import attrvis
    from attrvis.optimisers import Adam

    net = googlenet()
    plain = {"optimizer": Adam(rate=0.05, end=1.0, schedule="constant"), "steps": LUCID_STEPS}
    shares, seconds = [], {"plain": 0.0, "ours": 0.0}
    for layer, units in UNITS.items():
        names = [f"{layer}:{unit}" for unit in units]
        more = {"transforms": "standard", "seed": [0, 1, 2, 3]}
        attrvis.render(net, names, **{**more, **plain, "steps": 2})
        attrvis.render(net, names, **{**more, "steps": 2})
        first = attrvis.render(net, names, **more, **plain, coarse=())
        second = attrvis.render(net, names, **more)
        seconds["plain"] += first.seconds
        seconds["ours"] += second.seconds
        reached = held_out(net, layer, second.images) / held_out(net, layer, first.images)
        shares += reached.tolist()
        print(f"{layer}: {first.seconds:.1f} s, {second.seconds:.1f} s, {np.round(reached, 3)}")
    print(f"objective: median {np.median(shares):.3f}, worst {min(shares):.3f} of 512 plain steps")
    return {
        "time_to_512": seconds["ours"] / seconds["plain"],
        "median": float(np.median(shares)),
        "worst": min(shares),
    }


def images_per_minute() -> float:
    """Draw 64 units of a layer at 128 pixels in 256 steps in one call."""
    import attrvis

    net = googlenet()
    began = time.perf_counter()
    attrvis.render(net, [f"{LAYER}:{unit}" for unit in range(64)], size=128, steps=256)
    return 64 * 60 / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only the cost of a step")
    given = parser.parse_args()
    found = step_costs()
    if not given.quick:
        found |= time_to_lucid()
        found["images_per_minute"] = images_per_minute()
    print(" ".join(f"{name}={value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
