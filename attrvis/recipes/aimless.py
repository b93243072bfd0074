"""Random directions of a layer, drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import random_direction, random_directions
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import part_name
from attrvis.rendering import render


@checked_kinds
def random_sheet(
    net: Network,
    layer: str,
    *,
    count: int = 8,
    power: float = 0.0,
    columns: int | None = None,
    panel: int = 200,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw random directions of a layer, to be held against its channels.

    A layer in which they mean as much as the channels do has no axes of its own.

    Args:
        net: the network.
        layer: the layer's name.
        count: how many, at least 1.
        power: of the cosine, from 0, default 0; a higher one keeps closer to the direction.
        columns: panels in a row; default 8, or as many as there are.
        panel: height of a panel in pixels.
        seed: of the first direction and its picture; the i-th has `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The sheet, each direction as a part; the values `directions`, [count, C], to go on with.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: a count below 1, a negative seed or power, or a layer without channels.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017 (random directions).

    Example:
        >>> from attrvis.networks import load
        >>> plate = random_sheet(load("embedded"), "mixed5a", count=2, seed=7, steps=2)
        >>> sorted(plate.parts), plate.values["directions"].shape
        (['mixed5a-random-7', 'mixed5a-random-8'], (2, 512))
    """
    channels = net.layer(layer).shape[-1]
    if count < 1 or channels is None:
        raise BadValue(f"Draw 1 direction or more of a layer with channels, not {count}.")
    numbers = [seed + i for i in range(count)]
    wanted = [random_direction(layer, number, power) for number in numbers]
    drawn = render(net, wanted, seed=seed, **drawing)
    names = [f"{layer}, random {number}" for number in numbers]
    return Plate.of_panels(
        list(zip(drawn.on_grey(), names, strict=True)),
        size=panel,
        columns=columns or min(8, count),
        facts={
            "recipe": "random-sheet",
            "layer": layer,
            "seeds": numbers,
            "power": power,
            "objectives_reached": np.round(drawn.values.astype(float), 4).tolist(),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={
            part_name(layer, "random", number): rgba
            for number, rgba in zip(numbers, drawn.rgba, strict=True)
        },
        values={"directions": random_directions(int(channels), numbers)},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )
