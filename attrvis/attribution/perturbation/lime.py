"""LIME: a linear model of the target around the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.perturbation.features import Features, Slic
from attrvis.attribution.perturbation.over_features import FromBaseline, drawing, kept, through
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class LIME(FromBaseline):
    """The coefficients of a linear model of which features are there, fitted around the image.

    Features come and go at even odds; a sample weighs `exp(-d^2 / (2 width^2))`, d being its cosine
    distance from the whole image; the fit is a ridge regression with a free intercept.

    Args:
        features: which numbers go together: `slic:50` (default), `grid:8`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (default: every number gets its feature's coefficient) or `area` (an
            equal share of it).
        batch_size: rows at once, or `auto`.
        baseline: what stands where a feature is missing, default zero; words such as `blurred:0.1`
            will do.
        samples: how many, the image itself among them; default 1000.
        width: of the kernel of distances, default 0.25.
        ridge: how much the squares of the coefficients count, default 1.

    Raises:
        BadValue: features that cannot be, fewer than two samples, a width that is not positive or
            a negative ridge.
        UnknownName: no such features, normalisation or baseline.

    Source: Ribeiro, Singh and Guestrin, "Why Should I Trust You?": Explaining the Predictions of
    Any Classifier, 2016.

    Example:
        >>> LIME(samples=200, features="grid:7").ridge
        1.0
    """

    features: Features | str = field(default_factory=Slic)
    samples: int = 1000
    width: float = 0.25
    ridge: float = 1.0
    name = "lime"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("samples", 2, samples=self.samples)
        if not (math.isfinite(self.width) and self.width > 0):
            raise BadValue(f"The kernel of LIME needs a width above 0, not {self.width}.")
        if not (math.isfinite(self.ridge) and self.ridge >= 0):
            raise BadValue(f"The ridge of LIME is a number from 0, not {self.ridge}.")

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], None]:
        """Give each feature its credit; see `OverFeatures`."""
        designs = {
            int(count): self._design(int(count), drawing(scene, self.name))
            for count in np.unique(parts.counts)
        }
        scores = parts.scores(
            scene,
            through,
            ground,
            lambda count: kept(parts, designs[count]),
            self.batch_size,
            self.name,
        )
        found = []
        for count, row in zip(parts.counts, scores, strict=True):
            inside = designs[int(count)]
            found.append(ridge(inside, row, nearness(inside, self.width), self.ridge))
        return found, None

    def _design(self, count: int, rng: np.random.Generator) -> np.ndarray:
        drawn = rng.integers(0, 2, [self.samples - 1, count])
        return np.concatenate([np.ones([1, count], np.int64), drawn])


def nearness(inside: np.ndarray, width: float) -> np.ndarray:
    """Weigh samples by their cosine distance from the whole image.

    Args:
        inside: 0 or 1, whether a sample has a feature, [samples, features].
        width: of the kernel.

    Returns:
        float64 [samples], 1 for the whole image.
    """
    distance = 1 - np.sqrt(inside.mean(1))
    return np.exp(-((distance / width) ** 2) / 2)


def ridge(
    inside: np.ndarray, scores: np.ndarray, weights: np.ndarray, penalty: float
) -> np.ndarray:
    """Fit scores by a weighted ridge regression with a free intercept.

    Args:
        inside: what each sample has of each feature, [samples, features].
        scores: [samples].
        weights: of the samples.
        penalty: on the squares of the coefficients.

    Returns:
        The coefficients, float64 [features]; the least ones where several fit alike.
    """
    share = weights / weights.sum()
    root = np.sqrt(weights)[:, None]
    centred = root * (inside - share @ inside)
    wanted = root[:, 0] * (scores - share @ scores)
    more = math.sqrt(penalty) * np.eye(inside.shape[1])
    rows = np.concatenate([centred, more]), np.concatenate([wanted, np.zeros(inside.shape[1])])
    return np.linalg.lstsq(*rows, rcond=None)[0]
