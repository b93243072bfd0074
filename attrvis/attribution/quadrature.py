"""Where to look on a line from 0 to 1, and how much each look counts."""

from __future__ import annotations

import numpy as np

from attrvis.errors import BadValue, unknown

NAMES: tuple[str, ...] = ("gauss-legendre", "midpoint", "trapezoid", "left", "right")
"""The quadratures by name."""


def quadrature(name: str, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the nodes and weights of a rule on [0, 1].

    Args:
        name: `gauss-legendre`, `midpoint`, `trapezoid`, `left` or `right`.
        points: how many nodes, at least 1 (2 for `trapezoid`).

    Returns:
        Nodes in ascending order and weights that sum to 1, both [points], float64.

    Raises:
        UnknownName: no such rule; the nearest are named.
        BadValue: too few points.

    Example:
        >>> nodes, weights = quadrature("gauss-legendre", 3)
        >>> bool(abs((weights * nodes**5).sum() - 1 / 6) < 1e-12)
        True
    """
    if name not in NAMES:
        raise unknown("quadrature", name, NAMES)
    fewest = 2 if name == "trapezoid" else 1
    if points < fewest:
        raise BadValue(f"The {name} quadrature needs at least {fewest} points, not {points}.")
    steps = np.arange(points, dtype=np.float64)
    equal = np.full(points, 1.0 / points)
    if name == "gauss-legendre":
        nodes, weights = np.polynomial.legendre.leggauss(points)
        return (nodes + 1) / 2, weights / 2
    if name == "midpoint":
        return (steps + 0.5) / points, equal
    if name == "left":
        return steps / points, equal
    if name == "right":
        return (steps + 1) / points, equal
    weights = np.full(points, 1.0 / (points - 1))
    weights[[0, -1]] /= 2
    return steps / (points - 1), weights
