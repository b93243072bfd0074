"""Which layers of any network speak of style, and which of content."""

from __future__ import annotations

from itertools import groupby

from attrvis.errors import ModelError
from attrvis.networks import Network
from attrvis.networks.layer import Layer

_COARSEST_STRIDE = 16
_SPREAD = 5
"""How many layers stand for style where all have one stride."""


def style_layers(net: Network) -> list[str]:
    """Choose the layers whose Gram matrices are a photo's style: fine texture to large strokes.

    Args:
        net: the network.

    Returns:
        `input`, for the colours; the first layer of each stage (the layers between two halvings
        of the size) down to a sixteenth of the input's side, and the middle one of the last of
        these stages; five layers over the depth where there are no stages.

    Raises:
        ModelError: the network has no layer with positions; name them.

    Example:
        >>> from attrvis.networks import load
        >>> style_layers(load("embedded"))
        ['input', 'conv1', 'mixed3a', 'mixed4a', 'mixed5a', 'mixed5b']
    """
    stages = _stages(net)
    if len(stages) == 1:
        only = stages[0]
        spread = {round(i * (len(only) - 1) / (_SPREAD - 1)) for i in range(_SPREAD)}
        return ["input", *(only[i].name for i in sorted(spread))]
    chosen = [stage[0] for stage in stages] + [stages[-1][len(stages[-1]) // 2]]
    return list(dict.fromkeys(["input", *(layer.name for layer in chosen)]))


def content_layer(net: Network) -> str:
    """Choose the layer that says what is where in a photo, without every texture of it.

    Args:
        net: the network.

    Returns:
        The last layer of the last stage but one of those of `style_layers`; the middle one where
        there are no stages.

    Raises:
        ModelError: the network has no layer with positions; name one.

    Example:
        >>> from attrvis.networks import load
        >>> content_layer(load("embedded"))
        'mixed4c'
    """
    stages = _stages(net)
    return stages[0][len(stages[0]) // 2].name if len(stages) == 1 else stages[-2][-1].name


def _stages(net: Network) -> list[list[Layer]]:
    """Group the layers through which all paths run by their size, finest first."""
    drawable = [layer for layer in net.layers if layer.drawable]
    gates = [layer for layer in drawable if net.gate(layer.name)]
    found = [
        (height, layer)
        for layer in gates or drawable
        if (height := _height(net, layer)) * _COARSEST_STRIDE >= net.image_size[0]
    ]
    if not found:
        raise ModelError(
            f"{net.name!r} has no layer with positions from which style could be read; name "
            "layers yourself."
        )
    ordered = sorted(found, key=lambda pair: -pair[0])
    return [[layer for _, layer in own] for _, own in groupby(ordered, key=lambda pair: pair[0])]


def _height(net: Network, layer: Layer) -> int:
    rows = layer.shape[1]
    if rows is None:
        rows = net.trunk([layer.name], net.image_size).shape(layer.name)[1]
    return int(rows or 0)
