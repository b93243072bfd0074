"""Where to look on a line from 0 to 1, and how much each look counts."""

from __future__ import annotations

from functools import cache

import numpy as np

from attrvis.errors import BadValue, unknown

NAMES: tuple[str, ...] = ("gauss-legendre", "midpoint", "trapezoid", "left", "right")
"""The quadratures by name."""
_MOST = {"gauss-legendre": 10_000}
_MOST_EVEN = 1_000_000
"""More points than these cost more than a gap that is left is worth."""


def quadrature(name: str, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the nodes and weights of a rule on [0, 1].

    Args:
        name: `gauss-legendre`, `midpoint`, `trapezoid`, `left` or `right`.
        points: how many nodes, from 1 (2 for `trapezoid`) to a million (10,000 for
            `gauss-legendre`).

    Returns:
        Nodes in ascending order and weights that sum to 1, both [points], float64.

    Raises:
        UnknownName: no such rule; the nearest are named.
        BadValue: too few points, or too many.

    Example:
        >>> nodes, weights = quadrature("gauss-legendre", 3)
        >>> bool(abs((weights * nodes**5).sum() - 1 / 6) < 1e-12)
        True
    """
    if name not in NAMES:
        raise unknown("quadrature", name, NAMES)
    fewest = 2 if name == "trapezoid" else 1
    most = _MOST.get(name, _MOST_EVEN)
    if not fewest <= points <= most:
        raise BadValue(f"The {name} quadrature takes {fewest} to {most:,} points, not {points:,}.")
    steps = np.arange(points, dtype=np.float64)
    equal = np.full(points, 1.0 / points)
    if name == "gauss-legendre":
        return _legendre(points)
    if name == "midpoint":
        return (steps + 0.5) / points, equal
    if name == "left":
        return steps / points, equal
    if name == "right":
        return (steps + 1) / points, equal
    weights = np.full(points, 1.0 / (points - 1))
    weights[[0, -1]] /= 2
    return steps / (points - 1), weights


@cache
def _legendre(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute Gauss-Legendre nodes and weights on [0, 1], thousands in a fraction of a second."""
    from scipy.special import roots_legendre

    made = tuple(array / 2 for array in roots_legendre(points))
    nodes, weights = made[0] + 0.5, made[1]
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
