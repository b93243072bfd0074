"""What a network says about an image."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class Prediction:
    """One class of a prediction."""

    index: int
    label: str
    logit: float
    probability: float


def pooled(logits: tf.Tensor) -> tf.Tensor:
    """Average scores over positions, [B, ..., C] to [B, C]; scores of whole images stay."""
    return tf.reduce_mean(logits, axis=list(range(1, logits.shape.rank - 1)))
