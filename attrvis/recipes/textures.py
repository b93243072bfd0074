"""A surface without an end, made from a photo's style alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis import images, seeds
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.networks import Network
from attrvis.optimisers import Adam
from attrvis.param import FourierImage, StartFrom
from attrvis.recipes.gaps import ends, style_gap
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.proportions import in_proportion, panel_height, roomy_side
from attrvis.recipes.stages import style_layers
from attrvis.recipes.tiles import Tiles
from attrvis.rendering import render

_STEPS = 256


@checked_kinds
def texture(
    net: Network,
    style: ImageSource,
    *,
    style_from: Sequence[str] | None = None,
    grain: int | None = None,
    size: int | Sequence[int] | None = None,
    steps: int = _STEPS,
    rate: float = 0.1,
    decay: float | None = None,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Make a new surface that looks as a photo does, whatever was where in it.

    It is drawn on a torus, so that it continues at its own opposite borders: a tile.

    Args:
        net: the network; its early and middle layers are used, at any size that they can take.
        style: the photo.
        style_from: layers whose Gram matrices are matched; default as for `style_transfer`.
        grain: longer side of the photo, in pixels, when its style is read: a larger one makes
            everything in the texture larger; default 16/7 of the network's input.
        size: of the texture in pixels, one side or (height, width); default 16/7 of the network's
            input.
        steps: of drawing, at least 1.
        rate: the first learning rate; it falls to a tenth.
        decay: how much of a running mean of the texture's style each step keeps; see
            `style_transfer`.
        seed: another one gives another piece of the same surface.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The photo, the texture, and four of it as tiles; the texture as the part `texture`; how
        far from the style it began and ended.

    Raises:
        UnknownName: no such layer.
        BadValue: a size or a grain that cannot be, or a decay outside [0, 1).
        ImageError: the photo cannot be read.
        ModelError: the layers cannot be computed at that size.

    Source: Gatys, Ecker and Bethge, Texture Synthesis Using Convolutional Neural Networks, 2015.

    Example:
        >>> from attrvis.networks import load
        >>> texture(load("embedded"), images.bundled(), size=48, steps=2).parts["texture"].shape
        (48, 48, 3)
    """
    photo = images.read(style)
    photo = images.resize(photo, in_proportion(net, photo.shape[:2], grain or roomy_side(net)))
    high, wide = _sides(roomy_side(net) if size is None else size)
    layers = list(style_from) if style_from is not None else style_layers(net)
    start = _tinted(photo, (high, wide), seed)
    given: dict[str, Any] = {
        "image": StartFrom(FourierImage(3), Data(start)),
        "transforms": Tiles((high, wide)),
        "coarse": (),
    }
    given["optimizer"] = Adam(rate=rate)
    wanted = style_gap(net, photo, layers, -1.0, decay)
    drawn = render(net, wanted, size=(high, wide), steps=steps, seed=seed, **{**given, **drawing})
    made = drawn.images[0]
    panels = [(photo, "photo"), (made, "texture"), (np.tile(made, (2, 2, 1)), "four of it")]
    return Plate.of_panels(
        panels,
        size=panel_height(high),
        columns=3,
        facts={
            "recipe": "texture",
            "style_from": layers,
            "size": [high, wide],
            "decay": decay,
            "gaps": ends(drawn.history),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={"texture": made},
        values={"texture": made},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _sides(size: int | Sequence[int]) -> tuple[int, int]:
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or min(sides) < 1:
        raise BadValue(f"A texture is one side or (height, width) in pixels, not {size}.")
    return int(sides[0]), int(sides[1])


def _tinted(photo: np.ndarray, size: tuple[int, int], seed: int) -> np.ndarray:
    """Start nearly flat, in the photo's mean colour: Gram matrices are slow to tell colours."""
    flat = FourierImage(3)
    noise = flat.image(flat.init(seeds.image_keys(seed), size), size).numpy() - 0.5
    return np.clip(photo.mean(axis=(0, 1)) + noise, 0.0, 1.0).astype(np.float32)
