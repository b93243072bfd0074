"""Aumann-Shapley attribution: gradients integrated from a baseline to the photo, at any layer."""

from __future__ import annotations

import time
import warnings
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import Baseline, BaselineMethod, Optimised, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.result import Attribution
from attrvis.attribution.scene import Scene
from attrvis.attribution.targets import target_names
from attrvis.errors import AttrVisWarning, BadValue


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
        made = self.explain(scene)
        return Found(made.values, made.baseline, made.change)

    def explain(self, scene: Scene) -> Attribution:
        """Make the baseline, and attribute the change between it and the images' own values."""
        return self.between(scene, self.baseline.fit(scene))

    def between(self, scene: Scene, baseline: Baseline) -> Attribution:
        """Attribute the change between a baseline that was made and the photo's own values."""
        made = self._with(scene, baseline, self.points)
        for doubled in range(1, self.refinements + 1):
            if made.status != "ok" or made.relative_gap.max() <= self.tolerance:
                break
            before = made
            made = self._with(scene, baseline, self.points * 2**doubled)
            # An image that was good enough stays as it is, whatever its neighbours need.
            good = (before.relative_gap <= self.tolerance).reshape(
                -1, *[1] * (made.values.ndim - 1)
            )
            made = replace(
                made,
                values=np.where(good, before.values, made.values),
                evaluations=before.evaluations + made.evaluations,
                seconds=before.seconds + made.seconds,
            )
        scene.progress("attribution", 1, 1, {"gap": float(made.relative_gap.max())})
        return self._checked(made)

    def _with(self, scene: Scene, baseline: Baseline, points: int) -> Attribution:
        started = time.perf_counter()
        nodes, weights = quadrature(self.rule, points)
        start = tf.constant(baseline.values)
        gradient, _ = scene.evaluator.line(
            start, scene.values, scene.bypass, scene.objective, nodes, weights, self.batch_size
        )
        values = (gradient * (scene.values - start)).numpy()
        change = np.asarray(baseline.photo_score - baseline.score, np.float64)
        return Attribution(
            values=values,
            target=str(scene.objective),
            layer=scene.layer,
            baseline=baseline.values,
            change=change,
            method=self.name,
            seed=scene.seed,
            seconds=time.perf_counter() - started,
            evaluations=points * values.shape[0],
            status=_status(values, change),
            settings={
                **asdict(self),
                "points": points,
                "baseline": baseline.kind,
            },
            targets=target_names(scene.net, scene.objective, values.shape[0]),
        )

    def _checked(self, made: Attribution) -> Attribution:
        if made.status == "no_gradient":
            warnings.warn(
                f"The gradient of {made.target} is zero everywhere between the baseline and the "
                f"photo at layer {made.layer!r}; choose another baseline or layer.",
                AttrVisWarning,
                stacklevel=4,
            )
        elif made.status == "nonfinite":
            warnings.warn(
                f"The attribution of {made.target} at layer {made.layer!r} is not finite; check "
                "the preprocessing and the network's weights.",
                AttrVisWarning,
                stacklevel=4,
            )
        elif made.relative_gap.max() > self.tolerance:
            warnings.warn(
                f"The attribution misses {made.relative_gap.max():.2%} of the target's change "
                f"(tolerance {self.tolerance:.2%}); {made.settings['points']} points are too few.",
                AttrVisWarning,
                stacklevel=4,
            )
            return replace(made, status="incomplete")
        return made


def _status(values: np.ndarray, change: np.ndarray) -> str:
    if not (np.isfinite(values).all() and np.isfinite(change).all()):
        return "nonfinite"
    return "ok" if np.abs(values).max() > 0 else "no_gradient"
