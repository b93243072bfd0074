"""How strongly a rendering pulled at each number of its pictures, summed up over the steps."""

from __future__ import annotations

import tensorflow as tf


def traced(drawn: tf.Tensor, total: tf.Variable, scale: tf.Tensor | None = None) -> tf.Tensor:
    """Let pictures pass, and add the sizes of their gradients to a sum.

    The gradient is the one that the step climbs, so that it costs nothing to look at it.

    Args:
        drawn: [B, *size, C], or with alpha as one more channel.
        total: [B, *size, C], changed whenever the gradient is computed; a picture of which the
            gradient is not finite adds nothing.
        scale: by which the gradient was multiplied, for half precision.

    Returns:
        The pictures.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> total = tf.Variable(tf.zeros([1, 2, 1]))
        >>> x = tf.ones([1, 2, 1])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = -3.0 * traced(x, total)
        >>> float(tape.gradient(y, x)[0, 0, 0]), float(total[0, 0, 0])
        (-3.0, 3.0)
    """

    @tf.custom_gradient
    def same(values: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            found = tf.abs(upstream[..., : total.shape[-1]])
            found = found if scale is None else found / scale
            axes = list(range(1, found.shape.rank))
            sound = tf.reduce_all(tf.math.is_finite(found), axis=axes, keepdims=True)
            total.assign_add(tf.where(sound, found, tf.zeros_like(found)))
            return upstream

        return tf.identity(values), gradient

    return same(drawn)
