"""Choose a layer to explain when the user names none."""

from __future__ import annotations

from attrvis.errors import ModelError
from attrvis.networks.layer import Layer
from attrvis.networks.network import Network

_FEWEST_CELLS = 8
_ACTIVATED = ("Relu", "Relu6", "ConcatV2", "Elu", "Selu", "LeakyRelu", "AddV2", "Add", "MaxPool")


def default_layer(net: Network) -> tuple[Layer, str]:
    """Choose the deepest layer that still tells places apart, and through which all paths run.

    It has at least eight places a side, and twice as many as the coarsest map: in the last stage
    of most networks only a sum over the places follows, so that a place means little there.

    Args:
        net: the network.

    Returns:
        The layer, and why it was chosen, as half a sentence.

    Raises:
        ModelError: the network has no layer with positions; name one.
    """
    sides = {
        layer: _side(layer)
        for layer in net.layers
        if layer.spatial and not layer.name.endswith(".in") and None not in layer.shape[1:]
    }
    coarsest = min((side for side in sides.values() if side > 1), default=1)
    fewest = max(_FEWEST_CELLS, 2 * coarsest)
    fine = [layer for layer, side in sides.items() if side >= fewest]
    for candidates in (
        [layer for layer in fine if layer.kind in _ACTIVATED],
        fine,
        [layer for layer, side in sides.items() if side > 1],
    ):
        for layer in reversed(candidates):
            if net.gate(layer.name):
                rows, columns = layer.shape[1:3]
                return layer, f"the deepest with {rows}x{columns} places that all paths run through"
    raise ModelError(
        f"No layer of {net.name!r} was found that all paths run through and that has positions; "
        "name one with layer=."
    )


def last_map(net: Network) -> Layer:
    """Find the last layer with positions: where class activation maps are at home.

    Raises:
        ModelError: the network has no layer with several positions.
    """
    maps = [layer for layer in net.layers if layer.spatial and _side(layer) > 1]
    own = [layer for layer in maps if not layer.name.endswith(".in")] or maps
    if own:
        return next((layer for layer in reversed(own) if net.gate(layer.name)), own[-1])
    raise ModelError(
        f"{net.name!r} has no layer with positions; name one with layer=, and say with reshape= "
        "how its tokens lie."
    )


def _side(layer: Layer) -> int:
    return min(n or 0 for n in layer.shape[1:3])
