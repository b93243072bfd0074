"""Integrated gradients along the straight line from a baseline."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.rows import Samples, on_line
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """Shares the target's change from a baseline among the pixels, or among a layer's neurons.

    `values = (x - b) * integral over u in [0, 1] of the gradient at b + u (x - b)`.

    Args:
        steps: of the quadrature, default 32.
        quadrature: `gauss-legendre`, `midpoint`, `trapezoid`, `left` or `right`.
        baseline: what the images are compared with, default zero; words such as `blurred:0.1` will
            do.
        tolerance: a relative gap above this is warned about, default 0.05.
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
        quadrature(self.quadrature, self.steps)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        baseline = self.baseline.fit(scene)  # type: ignore[union-attr]
        nodes, weights = quadrature(self.quadrature, self.steps)
        each = {"position": nodes.astype(np.float32), "weight": weights.astype(np.float32)}
        samples = Samples(on_line, self.steps, each, {"start": baseline.values})
        sums, _ = scene.fold(samples, batch_size=self.batch_size)
        return Found(
            sums["gradient"] * (scene.values - baseline.values),
            baseline.values,
            np.asarray(baseline.photo_score - baseline.score, np.float64),
        )
