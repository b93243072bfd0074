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

    The adaptive quadrature halves, of each image, those parts of the line where the gradients
    explain the target's change least, until what the parts miss, added up without sign, is under
    the tolerance or the steps are spent. The two ends of a part are mixed so that they say what the
    target does there, which closes most of the gap by itself: a small gap vouches for the sum then,
    not for the single values. On GoogLeNet, against many points, values at the pixels at 5 % were
    off by 0.3 to 0.5 of their size after 6 gradients (0.05 after 32 uniform points), at `mixed4d`
    at 0.5 % by 0.04 after 8 (0.01 after 32). Ask for a uniform rule where single values count.

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
            mean, taken = integrate(scene, start, self.tolerance, self.steps)
            notes = {"steps_taken": taken.tolist()}
            return Found(mean * (scene.values - start).numpy(), start, change, notes=notes)
        line = Line(start, *quadrature(self.quadrature, self.steps))
        sums, _ = scene.fold(line.samples(), batch_size=self.batch_size)
        return Found(sums["gradient"] * (scene.values - start), start, change)
