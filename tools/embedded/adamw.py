"""AdamW with a running average of the weights, as plain variables that are easy to store."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

Arrays = dict[str, np.ndarray]


class AdamW:
    """The weights, their two moments and their running average, by name.

    Decay applies to kernels only; scales, offsets and biases go free.
    """

    def __init__(self, parameters: Mapping[str, np.ndarray], *, decay: float, average: float):
        self.decay = decay
        self.average_rate = average
        self.weights = {name: tf.Variable(value) for name, value in parameters.items()}
        self.first = {name: tf.Variable(np.zeros_like(v)) for name, v in parameters.items()}
        self.second = {name: tf.Variable(np.zeros_like(v)) for name, v in parameters.items()}
        self.average = {name: tf.Variable(value) for name, value in parameters.items()}

    def update(self, gradients: Mapping[str, tf.Tensor], rate: tf.Tensor, step: tf.Tensor) -> None:
        """Take one step; `step` counts from 1. To be called inside a `tf.function`."""
        count = tf.cast(step, tf.float32)
        correction = tf.sqrt(1.0 - tf.pow(0.999, count)) / (1.0 - tf.pow(0.9, count))
        # A short memory at first, or the average would remember the initial weights for long.
        keep = tf.minimum(self.average_rate, (1.0 + count) / (10.0 + count))
        for name, gradient in gradients.items():
            weight, first, second = self.weights[name], self.first[name], self.second[name]
            first.assign_add(0.1 * (gradient - first))
            second.assign_add(0.001 * (tf.square(gradient) - second))
            change = correction * first / (tf.sqrt(second) + 1e-8)
            if name.endswith("/weights"):
                change += self.decay * weight
            weight.assign_sub(rate * change)
            self.average[name].assign_add((1.0 - keep) * (weight - self.average[name]))

    def state(self) -> Arrays:
        """Return everything as arrays, to be given back to `restore`."""
        return {
            f"{kind}:{name}": variable.numpy()
            for kind, group in self._groups().items()
            for name, variable in group.items()
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state` returned."""
        for kind, group in self._groups().items():
            for name, variable in group.items():
                variable.assign(state[f"{kind}:{name}"])

    def _groups(self) -> dict[str, dict[str, tf.Variable]]:
        return {
            "weights": self.weights,
            "first": self.first,
            "second": self.second,
            "average": self.average,
        }
