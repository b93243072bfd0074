"""Objectives of classes: the logit, and scores made of all logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, unknown
from attrvis.objectives.objective import Objective, Parameter, Readings, check_index

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


_SCORES: dict[str, Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "logit": _logit,
    "prob": _prob,
    "log_prob": _log_prob,
    "contrast": _contrast,
    "contrast_mean": _contrast_mean,
    "contrast_max": _contrast_max,
}


def logit(label: int | str | Sequence[int] | np.ndarray, score: str = "logit") -> Objective:
    """Give a class's score.

    Args:
        label: a class number, a label's text (looked up when a network is bound), or one number
            an image.
        score: `logit`, `prob`, `log_prob`, `contrast` (logit minus the logsumexp of the others),
            `contrast_mean` or `contrast_max`; default `logit`.

    Raises:
        UnknownName: another score.
        BadValue: a negative class number.

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
        if wanted.ndim > 1 or wanted.dtype.kind not in "iu" or (wanted < 0).any():
            raise BadValue(f"A class is a whole number from 0, or one an image: not {label!r}.")
        wanted = wanted.astype(np.int32)
    compute = _SCORES[score]

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        logits = tf.convert_to_tensor(readings["logits"])
        index = tf.convert_to_tensor(parameters[0])
        check_index(index, logits.shape[1], "class")
        classes = tf.shape(logits)[1]
        mask = tf.broadcast_to(tf.one_hot(index, classes, dtype=logits.dtype), tf.shape(logits))
        # A gather would leave an index out of range to the device; this is exact, and then nan.
        own = tf.where(index < classes, tf.reduce_sum(logits * mask, axis=1), np.nan)
        return compute(own, logits, mask)

    text = f'"{label}"' if isinstance(label, str) and " " in label else label
    shown = text if isinstance(label, str | int | np.integer) else f"[{len(wanted)} classes]"
    return Objective(f"{score}:{shown}", ("logits",), ("logit", score), (wanted,), (0,), evaluate)
