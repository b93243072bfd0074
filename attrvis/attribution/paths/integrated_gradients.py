"""Integrated gradients along the straight line from a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found
from attrvis.attribution.paths.adaptive import integrate
from attrvis.attribution.paths.lines import Line, LineMethod
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

ADAPTIVE = "adaptive"
_FEWEST = 3


@dataclass(frozen=True)
class IntegratedGradients(LineMethod):
    """Shares the target's change from a baseline among the pixels, or among a layer's neurons.

    `values = (x - b) * integral over u in [0, 1] of the gradient at b + u (x - b)`.

    The adaptive quadrature halves, of each image, those parts of the line across which the
    attribution turns most, or whose ends do not explain the target's change, until the values'
    estimated error is under three times the tolerance, relative to their norm, and what is
    unexplained, added up without sign, under the tolerance; or the steps are spent. Its weights are
    those of trapezoids, changed as little as closes the gap. The estimates are in the settings, as
    `estimated_error`; docs/results/attribution.md compares them with the truth.

    Args:
        steps: of the quadrature, default 32; of the adaptive one the most that an image may take.
        quadrature: `gauss-legendre`, `midpoint`, `trapezoid`, `left`, `right` or `adaptive`.
        baseline: what the images are compared with, default zero; words such as `blurred:0.1` will
            do.
        tolerance: a relative gap above this is warned about, and refined by the adaptive
            quadrature; default 0.05.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: too few steps.
        UnknownName: no such quadrature or baseline.

    Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017.

    Example:
        >>> IntegratedGradients(steps=8).quadrature
        'gauss-legendre'
    """

    steps: int = 32
    quadrature: str = "gauss-legendre"
    baseline: BaselineMethod | str = field(default_factory=Zero)
    tolerance: float = 0.05
    batch_size: int | str = "auto"
    name = "integrated-gradients"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        if self.quadrature != ADAPTIVE:
            quadrature(self.quadrature, self.steps)
        elif self.steps < _FEWEST or not self.tolerance > 0:
            raise BadValue(
                f"The adaptive quadrature takes at least {_FEWEST} steps and a tolerance above 0, "
                f"not {self.steps} and {self.tolerance}."
            )

    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give the one line."""
        rule = "midpoint" if self.quadrature == ADAPTIVE else self.quadrature
        start = tf.convert_to_tensor(self.baseline.fit(scene).values)  # type: ignore[union-attr]
        yield Line(start, *quadrature(rule, self.steps))

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        baseline = self.baseline.fit(scene)  # type: ignore[union-attr]
        start = tf.convert_to_tensor(baseline.values)
        change = np.asarray(baseline.photo_score - baseline.score, np.float64)
        if self.quadrature == ADAPTIVE:
            found = integrate(scene, start, self.tolerance, self.steps)
            values = found.means * (scene.values - start).numpy()
            notes = {
                "steps_taken": found.taken.tolist(),
                "estimated_error": np.round(found.errors, 4).tolist(),
            }
            return Found(values, start, change, notes=notes)
        line = Line(start, *quadrature(self.quadrature, self.steps))
        sums, _ = scene.fold(line.samples(), batch_size=self.batch_size)
        return Found(sums["gradient"] * (scene.values - start), start, change)
