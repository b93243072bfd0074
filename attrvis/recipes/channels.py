"""Sheets of a layer's channels, what excites them and what silences them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import channel
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.rendering import render

_COUNT = 16


@checked_kinds
def channel_sheet(
    net: Network,
    layer: str | Sequence[str],
    units: Sequence[int] | None = None,
    *,
    count: int = _COUNT,
    negative: bool = False,
    columns: int | None = None,
    panel: int = 200,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw channels of a layer, or of several layers one row each.

    Args:
        net: the network.
        layer: the layer's name, or several.
        units: which channels; default `count` of them, evenly over the layer.
        count: how many, where they are not named; at least 1.
        negative: whether what silences each channel is drawn below what excites it.
        columns: panels in a row; default 8, or as many as a layer has.
        panel: height of a panel in pixels.
        seed: the first picture's; the i-th draws from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The sheet, each channel as a part, and the objectives reached.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: units that the layer does not have, or a count below 1.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> from attrvis.networks import load
        >>> plate = channel_sheet(load("embedded"), "mixed5a", [3, 4], steps=2)
        >>> sorted(plate.parts)
        ['mixed5a-3', 'mixed5a-4']
    """
    layers = [layer] if isinstance(layer, str) else list(layer)
    if not layers:
        raise BadValue("A sheet needs at least one layer.")
    chosen = [(name, unit) for name in layers for unit in _units(net, name, units, count)]
    excited = [channel(name, unit) for name, unit in chosen]
    silenced = [-channel(name, unit) for name, unit in chosen] if negative else []
    seeds = [seed + i for i in range(len(chosen))]
    drawn = render(net, excited + silenced, seed=seeds + seeds * bool(silenced), **drawing)
    shown = drawn.on_grey()
    half = len(chosen)
    panels, parts = [], {}
    per_row = columns or (len(chosen) // len(layers) if len(layers) > 1 else min(8, half))
    for start in range(0, half, per_row):
        row = range(start, min(start + per_row, half))
        for sign, offset in (("", 0), ("-", half))[: 1 + negative]:
            for i in row:
                name, unit = chosen[i]
                panels.append((shown[offset + i], f"{sign}{name}:{unit}"))
                label = name.replace("/", "_").replace("#", "_")
                parts[f"{'minus-' if sign else ''}{label}-{unit}"] = drawn.rgba[offset + i]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=per_row,
        facts={
            "recipe": "sheet",
            "layers": layers,
            "units": [[name, unit] for name, unit in chosen],
            "negative": negative,
            "objectives_reached": np.round(drawn.values.astype(float), 4).tolist(),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts=parts,
        values={"rgba": drawn.rgba},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _units(net: Network, layer: str, units: Sequence[int] | None, count: int) -> list[int]:
    have = net.layer(layer).shape[-1]
    if units is not None:
        if not len(units):
            raise BadValue("A sheet needs at least one channel.")
        return [int(unit) for unit in units]
    if count < 1 or have is None:
        raise BadValue(f"A sheet shows one channel or more of a layer with channels, not {count}.")
    return sorted({int(i) for i in np.linspace(0, have - 1, min(count, have)).round()})
