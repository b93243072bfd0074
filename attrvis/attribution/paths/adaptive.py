"""An adaptive quadrature: nodes go where the gradients turn, and weights close the gap.

Along a line a network's gradient jumps at every unit that switches, so finer rules gain nothing: a
trapezoid errs as it would on a random walk. When such a part is halved and the sum moves by D, its
halves err by about D / sqrt(3) in all. That estimates the error of the *values*, which the gap
cannot, as the gap is one number and closes by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.scene import Scene

VALUES_PER_GAP = 3.0
"""The values may be off by so many times the tolerance of the gap."""

_START = (0.0, 1.0, 0.5, 0.25, 0.75)
_FLOOR = 1e-3
_TINY = 1e-30
_ONE_OF = 16
_BUDGET_BYTES = 256 * 2**20
_MOST_IMAGES = 8
_ROWS = 16


@dataclass(eq=False)
class _Path:
    """The nodes of one image's line; new ones lie halfway between two old ones.

    Args:
        way: from the line's start to its end.
        places: of the nodes, ascending, from 0 to 1.
        slopes: of the target along the line, at each.
        scores: the target at each.
        gradients: at each.
        errors: by how much the values are off for each part's sake, estimated.
        total: the values by trapezoids.
    """

    way: np.ndarray
    places: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    total: np.ndarray | float = 0.0

    def add(self, place: float, slope: float, score: float, gradient: np.ndarray) -> None:
        """Take one more node: the line's start, its end, or the middle of a part."""
        at = int(np.searchsorted(self.places, place))
        if 0 < at < len(self.places):
            self.errors[at - 1 : at] = self._halved(at - 1, gradient)
        elif at:
            ends = self.gradients[0] + gradient
            self.total = ends * self.way / 2
            turn = np.linalg.norm((gradient - self.gradients[0]) * self.way)
            self.errors.append(float(turn) / math.sqrt(12))
        self.places.insert(at, place)
        self.slopes.insert(at, slope)
        self.scores.insert(at, score)
        self.gradients.insert(at, gradient)

    def _halved(self, part: int, middle: np.ndarray) -> list[float]:
        """Add what a part's middle tells to the total, and estimate the errors of its halves.

        What they err in all comes from how far the total moves; the half across which the
        gradient turns more has the larger share.
        """
        first, last = self.gradients[part : part + 2]
        width = self.places[part + 1] - self.places[part]
        moved = width / 2 * (middle - (first + last) / 2) * self.way
        self.total = self.total + moved
        turns = [float(np.linalg.norm((end - middle) * self.way)) for end in (first, last)]
        both = float(np.linalg.norm(moved)) / math.sqrt(3)
        return [both * turn / max(math.hypot(*turns), _TINY) for turn in turns]

    def gaps(self) -> np.ndarray:
        """Give what no mixture of a part's ends explains of the target's change there.

        By the mean value theorem the target changes in a part as fast as at some place within. If
        that is faster than at both ends, or slower, something lies between them.
        """
        slopes, widths = np.asarray(self.slopes), np.diff(self.places)
        pace = np.diff(self.scores) / widths
        least = np.minimum(slopes[:-1], slopes[1:])
        most = np.maximum(slopes[:-1], slopes[1:])
        return widths * np.maximum(0.0, np.maximum(least - pace, pace - most))

    @property
    def change(self) -> float:
        """The target's change along the line."""
        return self.scores[-1] - self.scores[0]

    @property
    def _scale(self) -> float:
        return max(abs(self.change), _FLOOR)

    @property
    def _norm(self) -> float:
        return max(float(np.linalg.norm(self.total)), _TINY)

    def error(self) -> float:
        """Estimate how far off the values are, relative to their norm.

        The parts' errors are independent, and so is what the weights shift to close the gap.
        """
        return math.hypot(*self.errors, self._shifted()) / self._norm

    def _shifted(self) -> float:
        moved = self._weighted(self.weights() - self._trapezoids())
        return float(np.linalg.norm(moved * self.way))

    def _weighted(self, weights: np.ndarray) -> np.ndarray:
        total = np.zeros_like(self.gradients[0], np.float64)
        for weight, gradient in zip(weights, self.gradients, strict=True):
            total += weight * gradient
        return total

    def missed(self) -> float:
        """Give what the parts cannot explain of the target's change, or the weights, if more."""
        left = abs(float(self.weights() @ np.asarray(self.slopes)) - self.change)
        return max(float(self.gaps().sum()), left) / self._scale

    def done(self, tolerance: float) -> bool:
        """Tell whether both the values and the gap are near enough."""
        limit = VALUES_PER_GAP * tolerance
        # What costs least is asked first.
        if self.missed() > tolerance or math.hypot(*self.errors) > limit * self._norm:
            return False
        return self.error() <= limit

    def splits(self, most: int) -> list[float]:
        """Choose the parts to be halved: the worst, about one of sixteen."""
        values = np.asarray(self.errors) / (VALUES_PER_GAP * self._norm)
        worst = np.argsort(-np.maximum(values, self.gaps() / self._scale), kind="stable")
        chosen = worst[: max(1, min(len(worst) // _ONE_OF, most))]
        places = np.asarray(self.places)
        return [float((places[i] + places[i + 1]) / 2) for i in chosen]

    def _trapezoids(self) -> np.ndarray:
        widths = np.diff(self.places)
        weights = np.zeros(len(self.places))
        weights[:-1] += widths / 2
        weights[1:] += widths / 2
        return weights

    def weights(self) -> np.ndarray:
        """Weigh the nodes: as trapezoids do, changed as little as closes the gap.

        Of all weights that sum to 1 and explain the target's change, these differ least from
        those of the trapezoids, relative to them. No weight turns negative; where one would, the
        gap is closed in part.
        """
        plain, slopes = self._trapezoids(), np.asarray(self.slopes)
        mean = float(plain @ slopes)
        spread = float(plain @ (slopes - mean) ** 2)
        if spread <= 0:
            return plain
        tilt = (slopes - mean) * (self.change - mean) / spread
        return plain * (1 + tilt * min(1.0, 1 / max(-float(tilt.min()), _TINY)))

    def mean(self) -> np.ndarray:
        """Average the gradients by their weights."""
        return self._weighted(self.weights()).astype(np.float32)


@dataclass(frozen=True)
class Integral:
    """What `integrate` found.

    Args:
        means: of each image's gradient along its line, [B, ...].
        taken: gradients that each image took, [B].
        errors: estimates of how far off each image's values are, relative to their norm, [B].
    """

    means: np.ndarray
    taken: np.ndarray
    errors: np.ndarray


def integrate(scene: Scene, start: tf.Tensor, tolerance: float, most: int) -> Integral:
    """Average each image's gradient along its line from a start.

    Args:
        scene: whose values lie at the line's end.
        start: [B, ...].
        tolerance: what the parts may miss of the target's change, relative to it; the values may
            be off by three times as much of their norm, as far as can be told.
        most: gradients an image may take.

    Returns:
        The means, and what they took.

    Gradients of a few images at once are kept until they are done, so memory grows with `most`,
    not with the number of images.
    """
    one = int(np.prod(scene.values.shape[1:])) * 4 * most
    group = int(np.clip(_BUDGET_BYTES // one, 1, _MOST_IMAGES))
    means, taken, errors = [], [], []
    for first in range(0, scene.count, group):
        index = np.arange(first, min(first + group, scene.count))
        for path in _group(scene, start, index, tolerance, most):
            means.append(path.mean())
            taken.append(len(path.places))
            errors.append(path.error())
        scene.told("images", int(index[-1]) + 1, scene.count)
    return Integral(np.stack(means), np.asarray(taken), np.asarray(errors))


def _group(
    scene: Scene, start: tf.Tensor, index: np.ndarray, tolerance: float, most: int
) -> list[_Path]:
    ways = (scene.picked(index).values - tf.gather(start, index)).numpy()
    paths = [_Path(way) for way in ways]
    wanted = [(i, place) for i in range(len(index)) for place in _START[:most]]
    while wanted:
        _look(scene, start, index, paths, wanted)
        wanted = [
            (i, place)
            for i, path in enumerate(paths)
            if len(path.places) < most and not path.done(tolerance)
            for place in path.splits(most - len(path.places))
        ]
    return paths


def _look(
    scene: Scene,
    start: tf.Tensor,
    index: np.ndarray,
    paths: Sequence[_Path],
    wanted: Sequence[tuple[int, float]],
) -> None:
    """Compute gradients at the places that are wanted, and hand them to their paths."""
    for begin in range(0, len(wanted), _ROWS):
        part = wanted[begin : begin + _ROWS]
        rows = index[[i for i, _ in part]]
        picked = scene.picked(rows)
        place = np.asarray([p for _, p in part], np.float32)
        place = place.reshape(-1, *[1] * (scene.values.shape.rank - 1))
        base = tf.gather(start, rows)
        way = picked.values - base
        gradient, score = picked.gradient(base + place * way)
        axes = list(range(1, way.shape.rank))
        slope = tf.reduce_sum(tf.cast(gradient * way, tf.float64), axes).numpy()
        held = gradient.numpy()
        for row, (i, p) in enumerate(part):
            # A copy of its own, so that the whole batch is not kept alive by it.
            paths[i].add(p, float(slope[row]), float(score[row]), held[row].copy())
