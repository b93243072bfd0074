"""What a network says about an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """One class of a prediction."""

    index: int
    label: str
    logit: float
    probability: float
