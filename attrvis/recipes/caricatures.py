"""Caricatures: a photo redrawn with what a layer sees in it, exaggerated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrvis import objectives
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.likeness import Wanted, cosine, likeness_plate
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import activations, fitted_photo, layer_list

_STEPS = 256


@checked_kinds
def caricature(
    net: Network,
    photo: ImageSource,
    layer: str | Sequence[str],
    *,
    power: float | Sequence[float] = 1.0,
    fit: How = "crop",
    size: int | Sequence[int] | None = None,
    panel: int = 260,
    seed: int = 0,
    steps: int = _STEPS,
    transforms: Any = "inversion",
    **drawing: Any,
) -> Plate:
    """Redraw a photo so that each position of a layer goes far where the photo's activations point.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: the layer's name, or several, one row each.
        power: of the cosine, from 0; the higher, the closer to the photo. Several are drawn side
            by side. Default 1.
        fit: how the photo meets the size: `crop`, `pad` or `stretch`.
        size: of photo and pictures in pixels; default what the network takes.
        panel: height of a panel in pixels.
        seed: of every picture.
        steps: of drawing.
        transforms: what happens to a picture before the network sees it; default gentle ones, for
            positions matter here.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The photo and its caricatures, and the mean cosine of each with the photo.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: a power below 0, or none; or a layer that is silent.
        ImageError: the photo cannot be used.

    Source: Carter et al., Activation Atlas, 2019; Lucid's caricatures, 2019.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> plate = caricature(load("embedded"), images.bundled(), "mixed4a", steps=2)
        >>> sorted(plate.parts)
        ['mixed4a', 'photo']
    """
    layers = layer_list(layer, "A caricature")
    powers = [float(p) for p in (power if isinstance(power, Sequence) else [power])]
    if not powers or len(set(powers)) < len(powers):
        raise BadValue(f"A caricature needs at least one power, each once; not {powers}.")
    picture = fitted_photo(net, photo, size, fit)
    seen = activations(net, picture, layers)
    wanted = [
        Wanted(
            name,
            f"power {own:g}" if len(powers) > 1 else "",
            objectives.caricature(name, seen[name], own),
            seen[name],
        )
        for name in layers
        for own in powers
    ]
    return likeness_plate(
        net,
        picture,
        wanted,
        ("cosine", cosine),
        recipe="caricature",
        panel=panel,
        seed=seed,
        facts={"powers": powers, "fit": fit},
        drawing={"steps": steps, "transforms": transforms, **drawing},
    )
