"""What each part of a render step costs beside the network.

Run it as `python -m benchmarks.render_parts`; it prints milliseconds for the forward pass and for
forward and backward, per part and for the whole chain, at batch 1 unless told otherwise.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import tensorflow as tf

from attrvis import seeds
from attrvis.param._table import BACKGROUNDS
from attrvis.param.background import Background, premultiply, split
from attrvis.param.fourier import FourierImage
from attrvis.transforms import masked

Part = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def milliseconds(function: Callable[..., tf.Tensor], *arguments: tf.Tensor, repeats: int) -> float:
    """Time a compiled function: the least of many calls."""
    compiled = tf.function(function, autograph=False)
    best = float("inf")
    for turn in range(repeats + 3):
        start = time.perf_counter()
        tf.nest.map_structure(lambda tensor: tensor.numpy(), compiled(*arguments))
        if turn >= 3:
            best = min(best, time.perf_counter() - start)
    return 1000 * best


def with_gradient(part: Part) -> Part:
    """Make the function that runs a part forward and backward."""

    def both(inputs: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            output = part(inputs, step)
        return tape.gradient(output, inputs, output_gradients=output)

    return both


def parts(size: int, batch: int) -> dict[str, tuple[Part, tf.Tensor]]:
    """List the parts of a render step, each with its input."""
    keys = seeds.image_keys(0, batch)
    param, sides = FourierImage(), (size, size)
    ((name, spectrum),) = param.init(keys, sides).items()
    rgba = seeds.uniform(keys, [size, size, 4])
    smooth = tf.image.resize(seeds.uniform(keys, [8, 8, 4]), [size, size])
    plain, exact = masked(size), masked(size, exact=True)
    found: dict[str, tuple[Part, tf.Tensor]] = {
        "fourier image": (lambda v, _: param.image({name: v}, sides), spectrum),
        "premultiply": (lambda x, _: premultiply(x), rgba),
        "transforms": (lambda x, step: plain(x, keys, step), rgba),
        "transforms, exact": (lambda x, step: exact(x, keys, step), rgba),
    }

    def behind(background: Background) -> Part:
        pool = background.prepare(keys, size, size)
        return lambda x, step: background.compose(*split(x), keys, step, pool, True)

    def chain(background: Background) -> Part:
        over = behind(background)
        return lambda v, step: over(
            plain(premultiply(param.image({name: v}, sides)), keys, step), step
        )

    for row in BACKGROUNDS:
        found[row.name] = (behind(row.load()()), smooth)
    found["noise_pyramid, no pool"] = (behind(BACKGROUNDS["noise_pyramid"](pool=0)), smooth)
    for row in BACKGROUNDS:
        found[f"all, {row.name}"] = (chain(row.load()()), spectrum)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=224, help="pixels along a side")
    parser.add_argument("--batch", type=int, default=1, help="images")
    parser.add_argument("--repeats", type=int, default=60, help="calls of which the best counts")
    options = parser.parse_args()
    step = tf.constant(3)
    empty = milliseconds(lambda s: s + 1, step, repeats=options.repeats)
    print(f"{options.size} px, batch {options.batch}; a call alone takes {empty:.2f} ms")
    print(f"{'part':<26}{'forward':>10}{'and back':>10}  ms")
    for name, (part, inputs) in parts(options.size, options.batch).items():
        once = milliseconds(part, inputs, step, repeats=options.repeats)
        both = milliseconds(with_gradient(part), inputs, step, repeats=options.repeats)
        print(f"{name:<26}{once:>10.2f}{both:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
