"""What an objective remembers of the steps before, while a picture is drawn."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf


class Memory:
    """Running means that a rendering keeps from step to step; the reading `memory`.

    Each asks for its own in turn, so that the order in which an objective is evaluated names them.

    Args:
        held: variables by name, all zero before the first step, of the shapes that a memory
            without them found; None: nothing is remembered, and a mean is the current value.
        write: whether they are changed.

    Example:
        >>> first = Memory()
        >>> _ = first.running_mean(tf.ones([2, 3, 3]), tf.constant(0.5))
        >>> first.shapes
        {'0-sum': (2, 3, 3), '0-weight': (2, 1, 1)}
    """

    def __init__(self, held: Mapping[str, tf.Variable] | None = None, write: bool = True) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._held = held
        self._write = write
        self._asked = 0

    def running_mean(self, current: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """Take in a value and give its mean, in which each step back weighs `decay` times less.

        Args:
            current: [B, ...]; no gradient passes through.
            decay: what broadcasts against it.

        Returns:
            [B, ...]; at the first step the value itself, as the weights add up to 1 at any step.
        """
        names = f"{self._asked}-sum", f"{self._asked}-weight"
        self._asked += 1
        current = tf.stop_gradient(current)
        narrow = [current.shape[0], *[1] * (current.shape.rank - 1)]
        self.shapes |= {names[0]: tuple(current.shape), names[1]: tuple(narrow)}
        if self._held is None:
            return current
        total, weight = (self._held[name] for name in names)
        added = decay * total + (1.0 - decay) * current
        weighed = decay * weight + (1.0 - decay)
        if self._write:
            axes = range(1, current.shape.rank)
            sound = tf.reduce_all(tf.math.is_finite(added), axis=list(axes), keepdims=True)
            total.assign(tf.where(sound, added, total))
            weight.assign(tf.where(sound, weighed, weight))
        return added / weighed
