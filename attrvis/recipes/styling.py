"""A photo painted in the style of another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from attrvis import images
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.networks import Network
from attrvis.param import FourierImage, StartFrom
from attrvis.recipes.gaps import content_gap, ends, style_gap
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.proportions import in_proportion, panel_height
from attrvis.recipes.stages import content_layer, style_layers
from attrvis.rendering import render

_STEPS = 256
_WEIGHT = 5.0


@checked_kinds
def style_transfer(
    net: Network,
    photo: ImageSource,
    style: ImageSource,
    *,
    style_from: Sequence[str] | None = None,
    content_from: str | None = None,
    weight: float = _WEIGHT,
    decay: float | None = None,
    size: int | Sequence[int] | None = None,
    steps: int = _STEPS,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Paint a photo in the style of another.

    Args:
        net: the network; its early and middle layers are used, at any size that they can take.
        photo: what is shown.
        style: how it is painted.
        style_from: layers whose Gram matrices are the style; default the first of each stage,
            and the middle of the last.
        content_from: the layer that keeps what is where; default the end of the last stage but
            one.
        weight: of the style, above 0, where that of the content is 1; default 5. With 2 the
            photo keeps its own surfaces, with 20 it only guides the brush.
        decay: how much of a running mean of the picture's style each step keeps, from 0 and below
            1; it steadies what random transforms make noisy. Default: the style of each step is
            taken by itself.
        size: of the picture in pixels: the longer side, or (height, width); default the photo's
            own, at most 16/7 of the network's input.
        steps: of drawing, at least 1.
        seed: of every draw.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The two photos and the picture side by side; the picture as the part `painted`; how far
        from style and content it began and ended.

    Raises:
        UnknownName: no such layer.
        BadValue: a weight that is not positive, a decay outside [0, 1), or a size that cannot be.
        ImageError: a photo cannot be read.
        ModelError: the layers cannot be computed at that size.

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks,
    2016; in decorrelated Fourier space as in Mordvintsev, Pezzotti, Schubert and Olah,
    Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.networks import load
        >>> coffee, cat = images.bundled(), images.bundled("chelsea")
        >>> style_transfer(load("embedded"), cat, coffee, size=64, steps=2).parts["painted"].shape
        (64, 64, 3)
    """
    if not (math.isfinite(weight) and weight > 0):
        raise BadValue(f"The weight of a style is a positive number, not {weight}.")
    shown, painter = images.read(photo), images.read(style)
    own = in_proportion(net, shown.shape[:2], size)
    shown = images.resize(shown, own)
    painter = images.resize(painter, in_proportion(net, painter.shape[:2], max(own)))
    layers = list(style_from) if style_from is not None else style_layers(net)
    content = content_from or content_layer(net)
    wanted = style_gap(net, painter, layers, -weight, decay) - content_gap(net, shown, content)
    given = {"image": StartFrom(FourierImage(3), Data(shown[None])), "transforms": "identity"}
    drawn = render(
        net, wanted, size=own, steps=steps, seed=seed, **{**given, "coarse": (), **drawing}
    )
    painted = drawn.images[0]
    panels = [(shown, "photo"), (painter, "style"), (painted, "painted")]
    return Plate.of_panels(
        panels,
        size=panel_height(own[0]),
        columns=3,
        facts={
            "recipe": "style",
            "style_from": layers,
            "content_from": content,
            "weight": weight,
            "decay": decay,
            "size": list(own),
            "gaps": ends(drawn.history),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={"painted": painted},
        values={"painted": painted},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )
