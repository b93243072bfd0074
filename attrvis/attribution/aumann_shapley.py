"""Aumann-Shapley attribution: gradients integrated from a baseline to the photo, at any layer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import Baseline, BaselineMethod, Optimised, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.result import Attribution, relative_gaps
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class AumannShapley(Method):
    """Shares an objective's change among a layer's neurons.

    `values = (a - b) * integral over u in [0, 1] of the gradient at b + u (a - b)`, so they sum to
    the objective's change from the baseline b to the photo's values a; the weight is 1.

    Args:
        points: of the quadrature, default 32.
        rule: the quadrature, default `gauss-legendre`.
        baseline: how the baseline is made, default optimised; words such as `zero` or
            `blurred:0.2` will do (see `named_baseline`).
        tolerance: a relative gap above this is warned about, default 0.005.
        refinements: how often the points are doubled while the gap is above the tolerance,
            default 0: never.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no point.
        UnknownName: no such quadrature.

    Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017; Aumann and
    Shapley, Values of Non-Atomic Games, 1974.

    Example:
        >>> AumannShapley(points=8).rule
        'gauss-legendre'
    """

    points: int = 32
    rule: str = "gauss-legendre"
    baseline: BaselineMethod = field(default_factory=Optimised)
    tolerance: float = 0.005
    refinements: int = 0
    batch_size: int | str = "auto"
    name = "aumann-shapley"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        quadrature(self.rule, self.points)
        if not self.tolerance > 0 or self.refinements < 0:
            raise BadValue(
                f"A tolerance is above 0 and refinements are from 0; not {self.tolerance} and "
                f"{self.refinements}."
            )
        if self.batch_size != "auto" and not (
            isinstance(self.batch_size, int) and self.batch_size > 0
        ):
            raise BadValue(f"A batch size is a positive number or 'auto', not {self.batch_size!r}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return self._from(scene, self.baseline.fit(scene))

    def between(self, scene: Scene, baseline: Baseline) -> Attribution:
        """Attribute the change between a baseline that was made and the photo's own values.

        What is counted is the cost of that alone, without the baseline's.
        """
        return self.explained(scene, lambda: self._from(scene, baseline))

    def _from(self, scene: Scene, baseline: Baseline) -> Found:
        change = np.asarray(baseline.photo_score - baseline.score, np.float64)
        points = self.points
        values = self._values(scene, baseline, points)
        for _ in range(self.refinements):
            gaps = relative_gaps(values, change)
            # Of values that are zero everywhere or not finite more points make nothing better.
            if not values.any() or not gaps.max() > self.tolerance:
                break
            points *= 2
            # An image that was good enough stays as it is, whatever its neighbours need.
            good = (gaps <= self.tolerance).reshape(-1, *[1] * (values.ndim - 1))
            values = np.where(good, values, self._values(scene, baseline, points))
        scene.told("attribution", 1, 1, gap=float(relative_gaps(values, change).max()))
        notes = {"points": points, "baseline": baseline.kind, "baseline_steps": baseline.steps}
        cure = f"{points} points are too few" if values.any() else ""
        return Found(values, baseline.values, change, notes=notes, cure=cure)

    def _values(self, scene: Scene, baseline: Baseline, points: int) -> np.ndarray:
        nodes, weights = quadrature(self.rule, points)
        start = tf.constant(baseline.values)
        gradient = scene.line(start, nodes, weights, batch_size=self.batch_size)
        return np.asarray(gradient * (scene.values - start))
