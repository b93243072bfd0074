"""Style as the products of a layer's channels, whatever their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.memory import Memory
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import batched, check_fits, inner, numbers, read

_DECAY = 0.95


def gram(activations: tf.Tensor) -> tf.Tensor:
    """Average the products of channels over all positions.

    Args:
        activations: [B, ..., C].

    Returns:
        float32 [B, C, C], the product of the activations with themselves, over the number of
        positions; pictures of different sizes are comparable.

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks, 2016.

    Example:
        >>> gram(tf.constant([[[1.0, 2.0], [3.0, 0.0]]])).numpy().tolist()
        [[[5.0, 1.0], [1.0, 2.0]]]
    """
    values = tf.cast(tf.convert_to_tensor(activations), tf.float32)
    rows = tf.reshape(values, [tf.shape(values)[0], -1, values.shape[-1] or tf.shape(values)[-1]])
    return tf.linalg.matmul(rows, rows, transpose_a=True) / tf.cast(tf.shape(rows)[1], tf.float32)


def style(
    layer: str,
    reference: np.ndarray | None = None,
    mean_l1: bool = True,
    *,
    grams: np.ndarray | None = None,
    running: np.ndarray | None = None,
    decay: float | None = None,
) -> Objective:
    """Give how far a layer's Gram matrix is from a photo's. It is a penalty: subtract it.

    The Gram matrix of one small or transformed picture is noisy; a mean over the steps steadies it.
    The value is then that of the mean, while the gradient passes to the current matrix whole. With
    `decay` alone, `attrvis.render` keeps the mean from step to step; elsewhere, where there are no
    steps, it is the current matrix. With `running` it is `decay * running + (1 - decay) * current`.

    Args:
        layer: the layer's name, [B, ..., C].
        reference: the photo's activations as the network gives them, [1, ..., C] for all images or
            [B, ..., C]; their positions need not be as many as the layer's.
        mean_l1: whether absolute differences are averaged (default), or squared ones.
        grams: Gram matrices, [1, C, C] or [B, C, C], in the place of a reference.
        running: a mean of earlier Gram matrices, [1, C, C] or [B, C, C], that stays as it is.
        decay: how much of a mean each step keeps, from 0 and below 1; default none is kept, and
            0.95 of `running`.

    Returns:
        The objective.

    Raises:
        BadValue: not exactly one of `reference` and `grams`, matrices that are not square or not
            finite, another number of channels than the layer's, or a decay outside [0, 1).

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks, 2016;
    the running mean from Mordvintsev et al., Differentiable Image Parameterizations, 2018.

    Example:
        >>> q = style("x", [[[1.0, 2.0], [3.0, 0.0]]])
        >>> q({"x": tf.constant([[[3.0, 0.0], [1.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]]])}).numpy()
        array([0.  , 2.25], dtype=float32)
    """
    if (reference is None) == (grams is None):
        raise BadValue("A style needs either a reference's activations or Gram matrices.")
    if reference is not None:
        given = np.asarray(reference)
        batched(given, "A style's reference")
        grams = gram(given).numpy()
    held = [_matrices(grams, "A style's Gram matrices")]
    if running is not None:
        held.append(_matrices(running, "A style's running mean"))
        if held[1].shape[-1] != held[0].shape[-1]:
            raise BadValue(
                f"A style's running mean is of {held[1].shape[-1]} channels, but its Gram matrices "
                f"of {held[0].shape[-1]}."
            )
        decay = _DECAY if decay is None else decay
    if decay is not None:
        share = numbers(decay, 0, "A decay", low=0.0)
        if not (share < 1).all():
            raise BadValue(f"A decay is from 0 and below 1, not {decay!r}.")
        held.append(share)
    moving = decay is not None and running is None

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, layer)
        check_fits(
            tf.convert_to_tensor(parameters[0])[..., 0], 1, values, layer, "The Gram matrix's row"
        )
        current = gram(values)
        if len(parameters) > 1:
            kept = tf.reshape(parameters[-1], [-1, 1, 1])
            if moving:
                memory = readings.get("memory") or Memory()
                mean = memory.running_mean(current, kept)  # type: ignore[attr-defined]
            else:
                mean = kept * parameters[1] + (1.0 - kept) * current
            current += tf.stop_gradient(mean - current)
        apart = current - parameters[0]
        apart = tf.abs(apart) if mean_l1 else tf.square(apart)
        return tf.reduce_mean(apart, axis=inner(apart))

    ranks = (2, 0) if moving else (2, 2, 0)[: len(held)]
    structure = ("moving_style" if moving else "style", layer, bool(mean_l1), len(held))
    return Objective(f"style({quoted(layer)})", (layer,), structure, tuple(held), ranks, evaluate)


def _matrices(value: Any, what: str) -> np.ndarray:
    matrices, rank = batched(value, what)
    if rank != 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise BadValue(f"{what} are square, [1 or B, C, C], not {np.shape(value)}.")
    return matrices
