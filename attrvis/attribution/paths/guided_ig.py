"""Guided IG: a path that first moves the numbers to which the target is least sensitive."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_CLOSE = 1e-9
_MOST_ROUNDS = 1000


@dataclass(frozen=True)
class GuidedIG(Method):
    """Integrated gradients along a path of its own for each image.

    In each step the numbers with the smallest gradients move first, until the path is as far from
    the image as the straight line would be; none strays farther from that line than allowed.

    Args:
        steps: gradients of each image, default 50; one follows from another.
        fraction: the share of numbers that may move at a time, in (0, 1], default 0.25.
        max_dist: how far a number may be from its place on the straight line, as a share of its
            way, from 0 (the straight line: left sums) to 1; default 0.1.
        baseline: where the path starts, default zero; words will do.

    Raises:
        BadValue: a number outside its range, or gradients that are not finite.
        UnknownName: no such baseline.

    Source: Kapishnikov, Venugopalan, Avci, Wedin, Terry and Bolukbasi, Guided Integrated
    Gradients: an Adaptive Path Method for Removing Noise, 2021.

    Example:
        >>> GuidedIG(steps=20).fraction
        0.25
    """

    steps: int = 50
    fraction: float = 0.25
    max_dist: float = 0.1
    baseline: BaselineMethod | str = field(default_factory=Zero)
    name = "guided-ig"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        if self.steps < 1 or not 0 < self.fraction <= 1 or not 0 <= self.max_dist <= 1:
            raise BadValue(
                "Guided IG takes at least one step, a fraction in (0, 1] and a distance in [0, 1]; "
                f"not {self.steps}, {self.fraction} and {self.max_dist}."
            )

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        base = np.asarray(self.baseline.fit(scene).values, np.float64)  # type: ignore[union-attr]
        end = np.asarray(scene.values, np.float64)
        count = len(end)
        flat_base, flat_end = base.reshape(count, -1), end.reshape(count, -1)
        state, total = flat_base.copy(), np.zeros_like(flat_base)
        for step in range(self.steps):
            points = tf.constant(state.reshape(end.shape), tf.float32)
            gradient = scene.gradient(points)[0].numpy().astype(np.float64).reshape(count, -1)
            if not np.isfinite(gradient).all():
                raise BadValue(
                    f"The gradient of {scene.objective} at layer {scene.layer!r} is not finite on "
                    "the path; check the preprocessing and the network's weights."
                )
            for i in range(count):
                self._advance(step, state[i], total[i], gradient[i], flat_base[i], flat_end[i])
            scene.told("path", step + 1, self.steps)
        return Found(total.reshape(end.shape).astype(np.float32), base.astype(np.float32))

    def _advance(
        self,
        step: int,
        state: np.ndarray,
        total: np.ndarray,
        gradient: np.ndarray,
        base: np.ndarray,
        end: np.ndarray,
    ) -> None:
        """Move one image's state by one step, in place, and add what that gives."""
        way = end - base
        length = np.abs(way).sum()
        share = (step + 1) / self.steps
        low = max(share - self.max_dist, 0.0)
        high = min(share + self.max_dist, 1.0)
        wanted = length * (1 - share)
        least, most = base + low * way, base + high * way
        weight = np.abs(gradient)
        before = state.copy()
        for _ in range(_MOST_ROUNDS):
            with np.errstate(divide="ignore", invalid="ignore"):
                gone = np.where(way != 0, (state - base) / way, high)
            state[:] = np.where(gone < low, least, state)
            left = np.abs(state - end).sum()
            if np.isclose(left, wanted, rtol=_CLOSE, atol=_CLOSE * max(length, 1.0)):
                break
            # Where rounding kept a number from its farthest place it would be chosen for ever.
            weight = np.where(np.isclose(state, most, rtol=0, atol=1e-12), np.inf, weight)
            threshold = np.partition(weight, at := int(self.fraction * (len(weight) - 1)))[at]
            chosen = (weight <= threshold) & np.isfinite(weight)
            if not chosen.any():
                chosen = np.isfinite(weight)
                if not chosen.any():
                    break
            movable = np.abs(state - most)[chosen].sum()
            ratio = (left - wanted) / movable if movable > 0 else np.inf
            if ratio > 1:
                state[chosen] = most[chosen]
            else:
                state[chosen] += ratio * (most - state)[chosen]
                break
        total += (state - before) * gradient
