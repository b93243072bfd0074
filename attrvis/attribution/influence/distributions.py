"""Distributions of interest: where an influence looks at the network, and what it compares with."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.rows import Rows, Samples, at_itself, on_line, times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown


class Distribution(ABC):
    """Where each image is looked at, with weights that sum to 1."""

    @abstractmethod
    def samples(self, scene: Scene) -> Samples:
        """List the points, each with its `weight`; a line's baseline is their own `start`."""


@dataclass(frozen=True)
class Point(Distribution):
    """The image itself.

    Example:
        >>> Point()
        Point()
    """

    def samples(self, scene: Scene) -> Samples:
        """List the one point."""
        return Samples(at_itself, 1, {"weight": np.ones(1, np.float32)})


@dataclass(frozen=True)
class Line(Distribution):
    """The straight line from a baseline to the image.

    Args:
        steps: of the quadrature, default 32.
        quadrature: its rule, default `gauss-legendre`.
        from_: the baseline, default zero where rows are placed; words will do.

    Raises:
        BadValue: too few steps.
        UnknownName: no such quadrature or baseline.

    Example:
        >>> Line(10, "right").steps
        10
    """

    steps: int = 32
    quadrature: str = "gauss-legendre"
    from_: BaselineMethod | str = field(default_factory=Zero)

    def __post_init__(self) -> None:
        if isinstance(self.from_, str):
            object.__setattr__(self, "from_", named_baseline(self.from_))
        quadrature(self.quadrature, self.steps)

    def samples(self, scene: Scene) -> Samples:
        """List the points of the quadrature."""
        nodes, weights = quadrature(self.quadrature, self.steps)
        each = {"position": nodes.astype(np.float32), "weight": weights.astype(np.float32)}
        start = self.from_.fit(scene).values  # type: ignore[union-attr]
        return Samples(on_line, self.steps, each, {"start": start})


@dataclass(frozen=True)
class _Around(Distribution):
    """Random points around the image.

    Args:
        width: how far they scatter, in the units of the values.
        count: how many.
    """

    width: float = 0.1
    count: int = 25

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width) and self.width >= 0) or self.count < 1:
            raise BadValue(
                f"{type(self).__name__} takes a width from 0 and a count from 1, not {self.width} "
                f"and {self.count}."
            )

    def samples(self, scene: Scene) -> Samples:
        """List the points."""
        each = {
            "key": scene.keys(self.count, type(self).__name__),
            "width": np.full(self.count, self.width, np.float32),
            "weight": np.full(self.count, 1 / self.count, np.float32),
        }
        return Samples(type(self).place, self.count, each)

    @staticmethod
    @abstractmethod
    def place(rows: Rows) -> tf.Tensor:
        """Scatter the rows."""


@dataclass(frozen=True)
class Gaussian(_Around):
    """Normal noise around the image.

    Args:
        width: its standard deviation, in the units of the values, default 0.1.
        count: how many points, default 25.

    Raises:
        BadValue: a width below 0, or no point.

    Example:
        >>> Gaussian(0.2).count
        25
    """

    @staticmethod
    def place(rows: Rows) -> tf.Tensor:
        """Scatter the rows."""
        value = rows.own["value"]
        drawn = seeds.normal(rows.each["key"], value.shape[1:].as_list())
        return value + times(rows.each["width"], drawn)


@dataclass(frozen=True)
class Uniform(_Around):
    """Even noise around the image.

    Args:
        width: the largest distance of a number, in the units of the values, default 0.1.
        count: how many points, default 25.

    Raises:
        BadValue: a width below 0, or no point.

    Example:
        >>> Uniform(0.2).width
        0.2
    """

    @staticmethod
    def place(rows: Rows) -> tf.Tensor:
        """Scatter the rows."""
        value = rows.own["value"]
        drawn = seeds.uniform(rows.each["key"], value.shape[1:].as_list(), -1.0, 1.0)
        return value + times(rows.each["width"], drawn)


@dataclass(frozen=True, eq=False)
class Points(Distribution):
    """Points of your own.

    Args:
        values: [points, ...] of the shape where rows are placed, the same for all images.
        weights: [points], which should sum to 1; default equal.

    Raises:
        BadValue: no point, or as many weights as there are not points.

    Example:
        >>> Points(np.zeros([2, 8, 8, 3])).weights is None
        True
    """

    values: np.ndarray
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not np.ndim(self.values) or not len(self.values):
            raise BadValue("A distribution of your own needs at least one point.")
        if self.weights is not None and np.shape(self.weights) != (len(self.values),):
            raise BadValue(
                f"There are {len(self.values)} points and weights of the shape "
                f"{np.shape(self.weights)}; give one a point."
            )

    def samples(self, scene: Scene) -> Samples:
        """List the points."""
        count = len(self.values)
        if np.shape(self.values)[1:] != tuple(scene.values.shape[1:]):
            raise BadValue(
                f"The points have the shape {np.shape(self.values)[1:]}, but rows are placed where "
                f"values are {tuple(scene.values.shape[1:])}."
            )
        weights = np.full(count, 1 / count) if self.weights is None else np.asarray(self.weights)
        each = {
            "point": np.asarray(self.values, np.float32),
            "weight": weights.astype(np.float32),
        }
        return Samples(_at_points, count, each)


def _at_points(rows: Rows) -> tf.Tensor:
    return rows.each["point"]


_NAMED: dict[str, type[Distribution]] = {
    "point": Point,
    "line": Line,
    "gaussian": Gaussian,
    "uniform": Uniform,
}


def distribution_of(given: Distribution | str) -> Distribution:
    """Look a distribution up by its name.

    Args:
        given: `point`, `line`, `gaussian` or `uniform`, the last three with a number after a
            colon: `line:50` steps, `gaussian:0.2` wide; or one made already.

    Raises:
        UnknownName: no such distribution.
        BadValue: what follows the colon is no number.

    Example:
        >>> distribution_of("gaussian:0.2")
        Gaussian(width=0.2, count=25)
    """
    if isinstance(given, Distribution):
        return given
    name, colon, number = str(given).partition(":")
    if name not in _NAMED:
        raise unknown("distribution", name, _NAMED)
    make = _NAMED[name]
    if not colon:
        return make()
    try:
        return make(int(number) if name == "line" else float(number))  # type: ignore[call-arg]
    except (TypeError, ValueError):
        raise BadValue(
            f"The distribution {given!r} is not understood; write line:50, gaussian:0.1, "
            "uniform:0.1 or point."
        ) from None
