"""Circuits: the weights with which a unit sees the channels of an earlier layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrvis.errors import BadValue, unknown
from attrvis.networks import Network
from attrvis.objectives import channel
from attrvis.plots import Panel, heatmap
from attrvis.recipes.kernels import expanded_weights, kernel_between
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.rendering import render

WAYS = ("auto", "kernel", "expanded")
"""How weights are found; `auto` reads the kernel where there is one."""


_MIXED = 1 / 3


@checked_kinds
def circuits(
    net: Network,
    earlier: str,
    later: str,
    unit: int,
    *,
    count: int = 8,
    way: str = "auto",
    photos: Any = None,
    panel: int = 150,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw the channels that a unit sees most strongly, each beside its weights.

    Args:
        net: the network.
        earlier: the layer whose channels are seen.
        later: the unit's layer.
        unit: the channel of the later layer.
        count: how many channels, those with the longest kernels; from 1.
        way: `kernel` reads them from the graph, which takes adjacent layers; `expanded` follows
            everything that lies between, made linear; `auto` takes the kernel where there is one.
        photos: where expanded weights are taken; see `expanded_weights`.
        panel: height of a picture on the sheet in pixels.
        seed: the first picture's.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The sheet: the unit and all its weights' lengths, then each channel and its kernel, red
        where it excites and blue where it silences, all on one scale. Its values: `weights`
        [rows, columns, C], `channels` and `strengths` [count].

    Raises:
        UnknownName: no such layer or way.
        BadValue: no such unit, a count below 1, or `way="kernel"` for layers that are not adjacent.
        ModelError: the later layer does not depend on the earlier one.

    Source: Cammarata et al., Thread: Circuits, 2020; Voss et al., Visualizing Weights, 2021.

    Example:
        >>> from attrvis.networks import load
        >>> plate = circuits(load("embedded"), "conv1", "conv2", 5, count=2, steps=2)
        >>> plate.facts["way"], plate.values["weights"].shape
        ('kernel', (3, 3, 32))
    """
    if way not in WAYS:
        raise unknown("way", way, WAYS)
    if count < 1:
        raise BadValue(f"A circuit shows 1 channel or more, not {count}.")
    if earlier == "input" or len(net.layer(earlier).shape) != 4:
        raise BadValue(f"A circuit begins at a layer of maps, which {earlier!r} is not.")
    weights = None if way == "expanded" else kernel_between(net, earlier, later, unit)
    if weights is None and way == "kernel":
        raise BadValue(
            f"There is no single kernel between {earlier!r} and {later}:{unit}; say way='expanded'."
        )
    read = weights is not None
    if weights is None:
        weights = expanded_weights(net, earlier, later, unit, photos=photos)
    lengths = np.sqrt((weights.astype(np.float64) ** 2).sum(axis=(0, 1)))
    chosen = np.argsort(-lengths, kind="stable")[:count]
    objectives = [channel(later, unit), *(channel(earlier, int(i)) for i in chosen)]
    drawn = render(net, objectives, seed=seed, **drawing)
    shown = drawn.on_grey()
    scale = float(np.abs(weights[..., chosen]).max()) or 1.0
    total = np.sqrt((weights**2).sum(axis=-1))
    panels: list[Panel] = [
        (shown[0], f"{later}:{unit}"),
        (heatmap(total, float(total.max()) or 1.0), "length of all weights\nby position", None),
    ]
    parts = {_named(later, unit): drawn.rgba[0]}
    for number, index in enumerate(chosen, start=1):
        own = weights[..., index]
        does = _doing(own)
        panels.append((shown[number], f"{earlier}:{index}"))
        panels.append((heatmap(own, scale), f"{does}\nsum {own.sum():+.3g}", scale))
        parts[_named(earlier, int(index))] = drawn.rgba[number]
        parts[f"weights-{index}"] = heatmap(own, scale)
    return Plate.of_panels(
        panels,
        size=panel,
        columns=6,
        title=f"What {later}:{unit} sees of {earlier}",
        facts={
            "recipe": "circuits",
            "earlier": earlier,
            "later": later,
            "unit": unit,
            "way": "kernel" if read else "expanded",
            "scale": scale,
            "channels": [
                {
                    "channel": int(i),
                    "length": float(lengths[i]),
                    "sum": float(weights[..., i].sum()),
                }
                for i in chosen
            ],
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts=parts,
        values={
            "weights": weights,
            "channels": chosen.astype(np.int32),
            "strengths": lengths[chosen].astype(np.float32),
        },
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _doing(weights: np.ndarray) -> str:
    """Say what a kernel does on the whole, where it does one thing."""
    total, size = float(weights.sum()), float(np.abs(weights).sum())
    if abs(total) < _MIXED * size:
        return "excites and silences"
    return "excites" if total > 0 else "silences"


def _named(layer: str, unit: int) -> str:
    return f"{layer.replace('/', '_').replace('#', '_')}-{unit}"
