"""Coarse first, then fine: at which size which steps are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from attrvis.errors import BadValue

Coarse: TypeAlias = Sequence[tuple[float, float]]
"""(scale of the size, share of the steps), coarsest first; the rest runs at full size."""


@dataclass(frozen=True)
class Phase:
    """Consecutive steps at one size.

    Args:
        first: the first step's number.
        steps: how many.
        size: of the image, in pixels.
    """

    first: int
    steps: int
    size: tuple[int, ...]


def phases(size: Sequence[int], steps: int, coarse: Coarse = ()) -> list[Phase]:
    """Share the steps of a run among sizes.

    Args:
        size: of the finished image, in pixels.
        steps: of the whole run, at least 1.
        coarse: (scale, share) of each phase before the last.

    Returns:
        The phases in their order; the last one has the full size and at least one step.

    Raises:
        BadValue: no step, scales that do not rise between 0 and 1, or shares that leave nothing.

    Example:
        >>> [(p.steps, p.size) for p in phases((224, 224), 100, [(0.5, 0.6)])]
        [(60, (112, 112)), (40, (224, 224))]
    """
    if steps < 1:
        raise BadValue(f"A picture needs at least one step of drawing, not {steps}.")
    if not isinstance(coarse, list | tuple) or any(np.shape(pair) != (2,) for pair in coarse):
        raise BadValue(f"A coarse start is pairs of (scale, share of the steps), not {coarse!r}.")
    scales = [scale for scale, _ in coarse]
    shares = [share for _, share in coarse]
    rising = all(0 < a < b for a, b in pairwise([*scales, 1.0])) if scales else True
    if not rising or any(share < 0 for share in shares) or sum(shares) >= 1:
        raise BadValue(
            "A coarse start is pairs of (scale, share of the steps), scales rising between 0 and 1 "
            f"and shares that leave some for the full size; not {list(coarse)}."
        )
    found: list[Phase] = []
    first = 0
    for scale, share in coarse:
        count = min(round(share * steps), steps - 1 - first)
        if count > 0:
            small = tuple(max(1, round(side * scale)) for side in size)
            found.append(Phase(first, count, small))
            first += count
    return [*found, Phase(first, steps - first, tuple(size))]
