"""Feature inversion: what of a photo a layer still knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrvis import objectives
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.optimisers import Adam, Optimizer
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.likeness import Wanted, distance, likeness_plate
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import activations, fitted_photo, layer_list

_STEPS = 256
_SIDE = 224
_RATE = 0.05


@checked_kinds
def inversion(
    net: Network,
    photo: ImageSource,
    layer: str | Sequence[str],
    *,
    smooth: float = 0.5,
    fit: How = "crop",
    size: int | Sequence[int] | None = None,
    panel: int = 260,
    seed: int = 0,
    steps: int = _STEPS,
    transforms: Any = "identity",
    optimizer: Optimizer | str | None = None,
    **drawing: Any,
) -> Plate:
    """Draw a picture that a layer cannot tell from the photo: what is lost does not come back.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: the layer's name, or several, one row each.
        smooth: weight of the total variation, which is 1 where every pixel of a picture of 224 x
            224 differs by 1 from one neighbour; from 0, default 0.5: of all pictures that the
            layer cannot tell apart, a smooth one.
        fit: how the photo meets the size: `crop`, `pad` or `stretch`.
        size: of photo and pictures in pixels; default what the network takes.
        panel: height of a panel in pixels.
        seed: of every picture.
        steps: of drawing.
        transforms: what happens to a picture before the network sees it, default nothing.
        optimizer: how a gradient becomes a step; default Adam with small steps, for large ones
            leave shadows where the layer does not look.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The photo and its inversions, and how far each layer's activations are from the photo's:
        0 is the same, 1 as far as silence.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: a layer that is silent, or a weight below 0.
        ImageError: the photo cannot be used.

    Source: Mahendran and Vedaldi, Understanding Deep Image Representations by Inverting Them, 2015.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> plate = inversion(load("embedded"), images.bundled(), ["conv2", "mixed4a"], steps=2)
        >>> [row["layer"] for row in plate.facts["pictures"]]
        ['conv2', 'mixed4a']
    """
    layers = layer_list(layer, "An inversion")
    if not smooth >= 0:
        raise BadValue(f"The weight of smoothness is from 0, not {smooth}.")
    picture = fitted_photo(net, photo, size, fit)
    seen = activations(net, picture, layers)
    wanted = []
    for name in layers:
        goal = objectives.inversion(name, seen[name])
        if smooth:
            # The same picture, enlarged, has as many times the variation as its side has grown.
            goal = goal - smooth / (_SIDE * max(picture.shape[:2])) * objectives.total_variation(
                "image"
            )
        wanted.append(Wanted(name, "", goal, seen[name]))
    return likeness_plate(
        net,
        picture,
        wanted,
        ("distance", distance),
        recipe="inversion",
        panel=panel,
        seed=seed,
        facts={"smooth": smooth, "fit": fit},
        drawing={
            "steps": steps,
            "transforms": transforms,
            "optimizer": Adam(rate=_RATE) if optimizer is None else optimizer,
            **drawing,
        },
    )
