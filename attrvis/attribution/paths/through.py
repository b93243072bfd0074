"""Integrated gradients along a broken line through several baselines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.paths.lines import Line
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class IGThrough(Method):
    """Integrated gradients along a broken line: from one baseline through others to the image.

    The values of the pieces are added, so that they add up to the change from the first baseline.

    Args:
        baselines: in their order, made or in words; default black, then grey.
        steps: of the quadrature along each piece, default 16.
        quadrature: its rule, default `gauss-legendre`.
        tolerance: a relative gap above this is warned about, default 0.05.

    Raises:
        BadValue: no baseline, or too few steps.
        UnknownName: no such baseline or quadrature.

    Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017.

    Example:
        >>> len(IGThrough(("zero", "blurred:0.2")).baselines)
        2
    """

    baselines: tuple[BaselineMethod | str, ...] = ("zero", "constant:0.5")
    steps: int = 16
    quadrature: str = "gauss-legendre"
    tolerance: float = 0.05
    name = "ig-through"

    def __post_init__(self) -> None:
        given = (self.baselines,) if isinstance(self.baselines, str) else tuple(self.baselines)
        if not given:
            raise BadValue("At least one baseline is needed; name some.")
        made = tuple(named_baseline(b) if isinstance(b, str) else b for b in given)
        object.__setattr__(self, "baselines", made)
        quadrature(self.quadrature, self.steps)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        made = [b.fit(scene) for b in self.baselines]  # type: ignore[union-attr]
        corners = [tf.convert_to_tensor(one.values) for one in made] + [scene.values]
        nodes, weights = quadrature(self.quadrature, self.steps)
        total = tf.zeros_like(scene.values)
        for start, end in pairwise(corners):
            sums, _ = scene.holding(end).fold(Line(start, nodes, weights).samples())
            total += (end - start) * sums["gradient"]
        change = np.asarray(made[0].photo_score - made[0].score, np.float64)
        return Found(total, corners[0], change)
