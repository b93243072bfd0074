"""Objectives of classes: the logit, and scores made of all logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, unknown
from attrvis.objectives.objective import Objective, Parameter, Readings, check_index
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import read
from attrvis.objectives.units import MOST

_LOW = -1e30


def _logit(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return own


def _log_prob(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return own - tf.reduce_logsumexp(logits, axis=1)


def _prob(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return tf.exp(_log_prob(own, logits, mask))


def _contrast(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return own - tf.reduce_logsumexp(logits + mask * _LOW, axis=1)


def _contrast_mean(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    others = tf.reduce_sum(logits * (1 - mask), axis=1) / tf.reduce_sum(1 - mask, axis=1)
    return own - others


def _contrast_max(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return own - tf.reduce_max(logits + mask * _LOW, axis=1)


def _contrast_undetached(own: tf.Tensor, logits: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    weights = tf.nn.softmax(logits + mask * _LOW, axis=1)
    return own - tf.reduce_sum(weights * logits * (1 - mask), axis=1)


_SCORES: dict[str, Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "logit": _logit,
    "prob": _prob,
    "log_prob": _log_prob,
    "contrast": _contrast,
    "contrast_mean": _contrast_mean,
    "contrast_max": _contrast_max,
    "contrast_undetached": _contrast_undetached,
}


def logit(
    label: int | str | Sequence[int] | np.ndarray,
    score: str = "logit",
    *,
    output: str = "logits",
    region: np.ndarray | tuple[int, ...] | None = None,
) -> Objective:
    """Give a class's score.

    Args:
        label: a class number, a label's text (looked up when a network is bound), or one number
            an image.
        score: `logit`, `prob`, `log_prob`, `contrast` (logit minus the logsumexp of the others),
            `contrast_mean`, `contrast_max` or `contrast_undetached` (logit minus the others'
            mean, weighed by their own softmax, through which the gradient goes as well); default
            `logit`.
        output: the reading that holds the scores, [B, classes] or, for a network that scores every
            position, [B, ..., classes]; default the network's logits.
        region: where, if every position is scored: a position such as `(y, x)`, or a map of weights
            [h, w], of which the mean is taken; default everywhere.

    Raises:
        UnknownName: another score.
        BadValue: a negative class number, or a region without weight.

    Example:
        >>> logit("tabby", score="prob").description
        'prob:tabby'
    """
    if score not in _SCORES:
        raise unknown("score", score, _SCORES)
    wanted: Parameter
    if isinstance(label, str):
        wanted = label
    else:
        wanted = np.asarray(label)
        whole = wanted.ndim < 2 and wanted.dtype.kind in "iu" and wanted.size
        if not whole or (wanted < 0).any() or (wanted > MOST).any():
            raise BadValue(f"A class is a whole number from 0, or one an image: not {label!r}.")
        wanted = wanted.astype(np.int32)
    compute = _SCORES[score]
    position, weights = _region(region)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        logits = _in_region(read(readings, output), parameters[1:], position)
        if score.startswith("contrast") and logits.shape[1] == 1:
            raise BadValue(
                f"A {score} needs two classes or more, but {output!r} has one; use logit."
            )
        index = tf.convert_to_tensor(parameters[0])
        check_index(index, logits.shape[1], "class")
        classes = tf.shape(logits)[1]
        mask = tf.broadcast_to(tf.one_hot(index, classes, dtype=logits.dtype), tf.shape(logits))
        # A gather would leave an index out of range to the device; this is exact, and then nan.
        own = tf.where(index < classes, tf.reduce_sum(logits * mask, axis=1), np.nan)
        return compute(own, logits, mask)

    text = quoted(label) if isinstance(label, str) else label
    shown = str(text) if isinstance(label, str | int | np.integer) else f"[{len(wanted)} classes]"
    shown += "" if output == "logits" else f" of {quoted(output)}"
    if position is not None:
        shown += f"@{','.join(map(str, position))}"
    return Objective(
        f"{score}:{shown}" + (" in a region" if weights else ""),
        (output,),
        ("logit", score, output, position, *(w.shape for w in weights)),
        (wanted, *weights),
        (0, *(w.ndim for w in weights)),
        evaluate,
    )


def _in_region(
    scores: tf.Tensor, weights: Sequence[Any], position: tuple[int, ...] | None
) -> tf.Tensor:
    """Bring scores of positions, [B, ..., C], to those of a region, [B, C]."""
    sides = tuple(scores.shape[1:-1])
    if position is not None:
        outside = len(position) != len(sides) or any(
            side is not None and not 0 <= at < side
            for at, side in zip(position, sides, strict=True)
        )
        if outside:
            raise BadValue(f"The region {position} is no position of scores of {sides} positions.")
        return scores[(slice(None), *position)]
    axes = list(range(1, len(sides) + 1))
    if not weights:
        return tf.reduce_mean(scores, axis=axes)
    share = tf.cast(weights[0], scores.dtype)
    if tuple(share.shape) != sides or not sides:
        raise BadValue(f"The region has the shape {share.shape}, but the scores {sides} positions.")
    return tf.reduce_sum(scores * share[..., None], axis=axes)


def _region(
    region: np.ndarray | tuple[int, ...] | None,
) -> tuple[tuple[int, ...] | None, tuple[np.ndarray, ...]]:
    """Tell a position from a map of weights, and let the weights sum to 1."""
    if region is None:
        return None, ()
    if isinstance(region, tuple):
        return tuple(int(at) for at in region), ()
    weights = np.asarray(region, np.float32)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise BadValue("A region's weights are finite, from 0, and not all 0.")
    return None, (weights / weights.sum(),)
