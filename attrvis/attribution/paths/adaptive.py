"""An adaptive quadrature: gradients are spent where they explain the target's change least."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.scene import Scene

_START = 5
_FLOOR = 1e-3
_FLAT = 1e-9
_BUDGET_BYTES = 256 * 2**20
_MOST_IMAGES = 8
_ROWS = 16


@dataclass(eq=False)
class _Path:
    """The nodes of one image's line.

    Args:
        places: ascending, from 0 to 1.
        slopes: of the target along the line, at each.
        scores: the target at each.
        gradients: at each.
    """

    places: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)

    def add(self, place: float, slope: float, score: float, gradient: np.ndarray) -> None:
        """Take one more node, wherever it lies."""
        at = int(np.searchsorted(self.places, place))
        self.places.insert(at, place)
        self.slopes.insert(at, slope)
        self.scores.insert(at, score)
        self.gradients.insert(at, gradient)

    def shares(self) -> np.ndarray:
        """Give how much the left end of each part counts, from 0 to 1.

        By the mean value theorem the target changes in a part as fast as at some place within.
        Where that lies between what the two ends say, they are mixed so as to say it; elsewhere
        the nearer end counts alone, and the part misses the rest.
        """
        slopes, widths = np.asarray(self.slopes), np.diff(self.places)
        wanted = np.diff(self.scores) / widths
        apart = slopes[:-1] - slopes[1:]
        flat = np.abs(apart) <= _FLAT * (np.abs(slopes[:-1]) + np.abs(slopes[1:]))
        share = (wanted - slopes[1:]) / np.where(flat, 1.0, apart)
        return np.where(flat, 0.5, np.clip(share, 0.0, 1.0))

    def gaps(self) -> np.ndarray:
        """Give what each part misses of the target's change there."""
        slopes, widths, share = np.asarray(self.slopes), np.diff(self.places), self.shares()
        mixed = share * slopes[:-1] + (1 - share) * slopes[1:]
        return np.abs(mixed * widths - np.diff(self.scores))

    def done(self, tolerance: float) -> bool:
        """Tell whether all parts together miss less than the tolerance."""
        change = max(abs(self.scores[-1] - self.scores[0]), _FLOOR)
        return float(self.gaps().sum()) <= tolerance * change

    def splits(self, tolerance: float, most: int) -> list[float]:
        """Choose the parts to be halved: the worst, as many as hold half of what is missed."""
        gaps = self.gaps()
        order = np.argsort(-gaps, kind="stable")
        total = np.cumsum(gaps[order])
        count = int(np.searchsorted(total, total[-1] / 2)) + 1
        chosen = order[: max(1, min(count, most))]
        places = np.asarray(self.places)
        return [float((places[i] + places[i + 1]) / 2) for i in chosen]

    def mean(self) -> np.ndarray:
        """Average the gradients by the parts' weights, which sum to 1."""
        widths, share = np.diff(self.places), self.shares()
        weights = np.zeros(len(self.places))
        weights[:-1] += widths * share
        weights[1:] += widths * (1 - share)
        total = np.zeros_like(self.gradients[0], np.float64)
        for weight, gradient in zip(weights, self.gradients, strict=True):
            total += weight * gradient
        return total.astype(np.float32)


def integrate(
    scene: Scene, start: tf.Tensor, tolerance: float, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average each image's gradient along its line from a start.

    Args:
        scene: whose values lie at the line's end.
        start: [B, ...].
        tolerance: what the parts may miss, relative to the target's change.
        most: gradients an image may take.

    Returns:
        The means, [B, ...], and how many gradients each image took, [B].

    Gradients of a few images at once are kept until they are done, so memory grows with `most`,
    not with the number of images.
    """
    one = int(np.prod(scene.values.shape[1:])) * 4 * most
    group = int(np.clip(_BUDGET_BYTES // one, 1, _MOST_IMAGES))
    means, taken = [], []
    for first in range(0, scene.count, group):
        index = np.arange(first, min(first + group, scene.count))
        for path in _group(scene, start, index, tolerance, most):
            means.append(path.mean())
            taken.append(len(path.places))
        scene.told("images", int(index[-1]) + 1, scene.count)
    return np.stack(means), np.asarray(taken)


def _group(
    scene: Scene, start: tf.Tensor, index: np.ndarray, tolerance: float, most: int
) -> list[_Path]:
    paths = [_Path() for _ in index]
    first = np.linspace(0, 1, min(_START, most))
    wanted = [(i, float(place)) for i in range(len(index)) for place in first]
    while wanted:
        _look(scene, start, index, paths, wanted)
        wanted = [
            (i, place)
            for i, path in enumerate(paths)
            if len(path.places) < most and not path.done(tolerance)
            for place in path.splits(tolerance, min(_ROWS, most - len(path.places)))
        ]
    return paths


def _look(
    scene: Scene,
    start: tf.Tensor,
    index: np.ndarray,
    paths: list[_Path],
    wanted: list[tuple[int, float]],
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
