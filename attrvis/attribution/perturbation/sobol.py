"""Sobol indices: how much of the target's variance each feature brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.perturbation.over_features import FromBaseline, drawing, kept, through
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown

ORDERS = ("total", "first")


@dataclass(frozen=True)
class Sobol(FromBaseline):
    """The share of the target's variance that a feature has a part in, when all fade at random.

    Each feature is mixed with the baseline, by shares from 0 to 1 of a quasi-random sequence; the
    index has no sign. It costs `designs * (features + 2)` passes.

    Args:
        features: which numbers go together: `grid:8` (default), `slic:50`, `felzenszwalb:100`,
            `units`, `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (default: every number gets its feature's index) or `area` (an equal
            share of it).
        batch_size: rows at once, or `auto`.
        baseline: what a feature fades to, default zero; words such as `blurred:0.1` will do.
        designs: how many, a power of two; default 32.
        order: `total` (default: all variance that the feature has a part in) or `first` (what it
            brings on its own).

    Raises:
        BadValue: features that cannot be, or designs that are not a power of two.
        UnknownName: no such features, normalisation, order or baseline.

    Source: Fel et al., Look at the Variance! Efficient Black-box Explanations with Sobol-based
    Sensitivity Analysis, 2021; estimators of Jansen, 1999.

    Example:
        >>> Sobol(designs=64).order
        'total'
    """

    designs: int = 32
    order: str = "total"
    name = "sobol"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted("designs", 2, designs=self.designs)
        if self.designs & (self.designs - 1):
            raise BadValue(
                f"A Sobol sequence is balanced over powers of two; give 32 or 64 designs, not "
                f"{self.designs}."
            )
        if self.order not in ORDERS:
            raise unknown("order of Sobol indices", self.order, ORDERS)

    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], None]:
        """Give each feature its credit; see `OverFeatures`."""
        scores = parts.scores(
            scene,
            through,
            ground,
            lambda count: kept(parts, sobol_rows(count, self.designs, drawing(scene, self.name))),
            self.batch_size,
            self.name,
        )
        return [sobol_indices(row, self.designs, self.order) for row in scores], None


def sobol_rows(count: int, designs: int, rng: np.random.Generator) -> np.ndarray:
    """Make two quasi-random designs, and the first with each feature taken from the second.

    Args:
        count: how many features.
        designs: rows of a design, a power of two.
        rng: shifts the sequence.

    Returns:
        Shares in [0, 1], [designs * (count + 2), count].
    """
    from scipy.stats import qmc

    points = qmc.Sobol(2 * count, scramble=False).random_base2(designs.bit_length() - 1)
    points = (points + rng.random(2 * count)) % 1
    first, second = points[:, :count], points[:, count:]
    mixed = np.repeat(first[None], count, axis=0)
    mixed[range(count), :, range(count)] = second.T
    return np.concatenate([first, second, mixed.reshape(-1, count)])


def sobol_indices(scores: np.ndarray, designs: int, order: str) -> np.ndarray:
    """Estimate the indices from the scores of the rows of `sobol_rows`, [features].

    Total: `mean((f(A) - f(C))^2) / 2V`; first: `1 - mean((f(B) - f(C))^2) / 2V`, V the variance.
    """
    first, second = scores[:designs], scores[designs : 2 * designs]
    mixed = scores[2 * designs :].reshape(-1, designs)
    variance = scores[: 2 * designs].var()
    if variance == 0:
        return np.zeros(len(mixed))
    apart = ((mixed - (first if order == "total" else second)) ** 2).mean(1) / (2 * variance)
    return apart if order == "total" else 1 - apart
