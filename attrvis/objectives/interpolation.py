"""A series of pictures that leads from one channel to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective
from attrvis.objectives.units import channel


def channel_interpolation(
    layer1: str, unit1: int, layer2: str, unit2: int, steps: int = 5
) -> Objective:
    """Give each picture of a batch another mixture of two channels, from the first to the second.

    Picture i of n maximises `(1 - w) * channel 1 + w * channel 2`, with `w = i / (n - 1)`. The
    pictures do not see each other; `alignment` makes them alike.

    Args:
        layer1: the first channel's layer.
        unit1: the first channel.
        layer2: the second channel's layer, may be the same.
        unit2: the second channel.
        steps: how many pictures, at least 2, default 5.

    Returns:
        The objective, which is for a batch of `steps` images.

    Raises:
        BadValue: fewer than two steps, or a unit that is not a whole number from 0.

    Source: Olah et al., Feature Visualization, 2017 (interpolation between neurons).

    Example:
        >>> q = channel_interpolation("x", 0, "x", 1, steps=3)
        >>> q({"x": np.array([[1.0, 5.0]] * 3)}).numpy().tolist()
        [1.0, 3.0, 5.0]
    """
    if not isinstance(steps, int | np.integer) or steps < 2:
        raise BadValue(f"An interpolation has at least 2 steps, a whole number, not {steps!r}.")
    share = np.linspace(0, 1, steps, dtype=np.float32)
    first, second = channel(layer1, unit1), channel(layer2, unit2)
    mixed = (1 - share) * first + share * second
    return replace(mixed, description=f"channel_interpolation({first}, {second})", terms=())
