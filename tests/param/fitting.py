"""A smooth picture, and Adam that fits a parameterisation to one."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis import seeds


def picture(size: tuple[int, ...], channels: int, batch: int = 1) -> np.ndarray:
    """Paint smooth images of any number of sides, between 0.2 and 0.85."""
    axes = np.meshgrid(*[(np.arange(n) + 0.5) / n for n in size], indexing="ij")
    away = sum((axis - 0.45) ** 2 for axis in axes)
    planes = [
        0.3 + 0.4 * np.exp(-6 * away) + 0.1 * np.sin(2 * axes[-1] + 2 * axes[0] + c + b)
        for b in range(batch)
        for c in range(channels)
    ]
    return np.stack(planes, axis=-1).reshape(*size, batch, channels).transpose(
        len(size), *range(len(size)), len(size) + 1
    ).astype(np.float32)  # fmt: skip


def fitted(param, target, rate=0.05, steps=300, seed=0):
    """Fit by Adam, going uphill as a rendering does; give the mean errors before and after."""
    target = tf.constant(target)
    size = tuple(target.shape[1:-1])

    @tf.function(autograph=False)
    def climb(variables):
        zeros = {name: tf.zeros_like(v) for name, v in variables.items()}

        def step(t, values, first, second):
            with tf.GradientTape() as tape:
                tape.watch(values)
                total = -tf.reduce_mean((param.image(values, size) - target) ** 2)
            slopes = tape.gradient(total, values)
            first = {n: 0.9 * first[n] + 0.1 * slopes[n] for n in values}
            second = {n: 0.999 * second[n] + 0.001 * slopes[n] ** 2 for n in values}
            even = tf.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            moved = {
                n: values[n] + rate * even * first[n] / (tf.sqrt(second[n]) + 1e-8) for n in values
            }
            return t + 1, moved, first, second

        return tf.while_loop(
            lambda t, *_: t <= steps, step, [tf.constant(1.0), variables, zeros, zeros]
        )[1]

    start = param.init(seeds.image_keys(seed, target.shape[0]), size)
    found = param.image(climb(start), size)
    return [float(np.abs(i - target).mean()) for i in (param.image(start, size), found)]
