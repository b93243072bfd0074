"""An adaptive quadrature: nodes go where the gradients turn, and weights close the gap.

Along a line a network's gradient jumps at every unit that switches, so that finer rules gain
nothing and the error of a trapezoid is that of a random walk: over a part of width h, whose ends
differ by d, about h d / sqrt(12). That is an estimate of the error of the *values*, which the gap
cannot give, as the gap is one number and closes by chance.
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

_START = 5
_FLOOR = 1e-3
_TINY = 1e-30
_AT_ONCE = 8
_BUDGET_BYTES = 256 * 2**20
_MOST_IMAGES = 8
_ROWS = 16


@dataclass(eq=False)
class _Path:
    """The nodes of one image's line.

    Args:
        way: from the line's start to its end.
        places: of the nodes, ascending, from 0 to 1.
        slopes: of the target along the line, at each.
        scores: the target at each.
        gradients: at each.
        turns: by how much the attribution along the line differs between the ends of each part.
        total: the attribution by trapezoids.
    """

    way: np.ndarray
    places: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    total: np.ndarray | float = 0.0

    def add(self, place: float, slope: float, score: float, gradient: np.ndarray) -> None:
        """Take one more node, wherever it lies."""
        at = int(np.searchsorted(self.places, place))
        if 0 < at < len(self.places):
            self._count(at - 1, at, -1)
            del self.turns[at - 1]
        self.places.insert(at, place)
        self.slopes.insert(at, slope)
        self.scores.insert(at, score)
        self.gradients.insert(at, gradient)
        for left in (at - 1, at):
            if 0 <= left < len(self.places) - 1:
                self._count(left, left + 1, 1)
                between = (self.gradients[left + 1] - self.gradients[left]) * self.way
                self.turns.insert(left, float(np.linalg.norm(between)))

    def _count(self, left: int, right: int, sign: int) -> None:
        width = self.places[right] - self.places[left]
        ends = self.gradients[left] + self.gradients[right]
        self.total = self.total + sign * width / 2 * (ends * self.way)

    def errors(self) -> np.ndarray:
        """Estimate by how much the values are off for each part's sake."""
        return np.diff(self.places) * np.asarray(self.turns) / math.sqrt(12)

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
    def _norm(self) -> float:
        return max(float(np.linalg.norm(self.total)), _TINY)

    def error(self) -> float:
        """Estimate how far off the values are, relative to their norm."""
        return float(np.linalg.norm(self.errors())) / self._norm

    def missed(self) -> float:
        """Give what the parts cannot explain of the target's change, or the weights, if more."""
        left = abs(float(self.weights() @ np.asarray(self.slopes)) - self.change)
        return max(float(self.gaps().sum()), left) / max(abs(self.change), _FLOOR)

    def done(self, tolerance: float) -> bool:
        """Tell whether both the values and the gap are near enough."""
        return self.error() <= VALUES_PER_GAP * tolerance and self.missed() <= tolerance

    def splits(self, most: int) -> list[float]:
        """Choose the parts to be halved: the worst, about an eighth of them."""
        values = self.errors() / (VALUES_PER_GAP * self._norm)
        gaps = self.gaps() / max(abs(self.change), _FLOOR)
        worst = np.argsort(-np.maximum(values, gaps), kind="stable")
        chosen = worst[: max(1, min(len(worst) // _AT_ONCE, most))]
        places = np.asarray(self.places)
        return [float((places[i] + places[i + 1]) / 2) for i in chosen]

    def weights(self) -> np.ndarray:
        """Weigh the nodes: as trapezoids do, changed as little as closes the gap.

        Of all weights that sum to 1 and explain the target's change, these differ least from
        those of the trapezoids, relative to them. No weight turns negative; where one would, the
        gap is closed in part.
        """
        widths = np.diff(self.places)
        plain = np.zeros(len(self.places))
        plain[:-1] += widths / 2
        plain[1:] += widths / 2
        slopes = np.asarray(self.slopes)
        mean = float(plain @ slopes)
        spread = float(plain @ (slopes - mean) ** 2)
        if spread <= 0:
            return plain
        tilt = (slopes - mean) * (self.change - mean) / spread
        return plain * (1 + tilt * min(1.0, 1 / max(-float(tilt.min()), _TINY)))

    def mean(self) -> np.ndarray:
        """Average the gradients by their weights."""
        total = np.zeros_like(self.gradients[0], np.float64)
        for weight, gradient in zip(self.weights(), self.gradients, strict=True):
            total += weight * gradient
        return total.astype(np.float32)


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
    first = np.linspace(0, 1, min(_START, most))
    wanted = [(i, float(place)) for i in range(len(index)) for place in first]
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
