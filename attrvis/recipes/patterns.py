"""Pictures that a small network paints, and that can be made at any resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.optimisers import Adam
from attrvis.param import CPPN
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.proportions import panel_height
from attrvis.rendering import render

_STEPS = 512
_MOST_PIXELS = 2048 * 2048
"""Each takes half a kilobyte while it is computed."""


@checked_kinds
def cppn_art(
    net: Network,
    objectives: str | Objective | Sequence[str | Objective],
    *,
    resolution: int | Sequence[int] | None = None,
    cppn: CPPN | None = None,
    rate: float = 0.005,
    steps: int = _STEPS,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw what units look for as patterns that are sharp at any resolution.

    The variables are the weights of a small network from a place to a colour. They are found at
    the network's own size, and then evaluated at as many places as are wanted.

    Args:
        net: the network.
        objectives: one, or several, such as `"mixed4d:42"`.
        resolution: of the finished pictures, one side or (height, width) in pixels, at most 2048
            x 2048 in all; default the size that was drawn.
        cppn: the small network, with or without alpha; default `CPPN()`.
        rate: the learning rate; a CPPN wants a small one.
        steps: of drawing, at least 1.
        seed: the first picture's; the i-th draws from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=`.

    Returns:
        The pictures side by side; each as a part `pattern-i`; the weights as values by name, from
        which `cppn.image` makes any other size.

    Raises:
        UnknownName: no such layer or label.
        BadValue: a resolution or a number of steps that cannot be.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.networks import load
        >>> plate = cppn_art(load("embedded"), "mixed4a:3", resolution=96, steps=2)
        >>> plate.parts["pattern-0"].shape
        (96, 96, 3)
    """
    param = CPPN() if cppn is None else cppn
    wanted = None if resolution is None else _sides(resolution)
    several = list(objectives) if isinstance(objectives, list | tuple) else [objectives]
    given = {
        "image": param,
        "optimizer": Adam(rate=rate, end=0.5),
        "transforms": "identity",
        "coarse": (),
    }
    drawn = render(net, several, steps=steps, seed=seed, **{**given, **drawing})
    prefix = "variable-"
    held = {n.removeprefix(prefix): v for n, v in drawn.state.items() if n.startswith(prefix)}
    size = (int(drawn.images.shape[1]), int(drawn.images.shape[2])) if wanted is None else wanted
    made = [
        param.image({name: tf.constant(v[i : i + 1]) for name, v in held.items()}, size)[0].numpy()
        for i in range(len(drawn))
    ]
    return Plate.of_panels(
        list(zip(made, drawn.names, strict=True)),
        size=panel_height(size[0]),
        columns=min(4, len(made)),
        facts={
            "recipe": "cppn",
            "objectives": drawn.names,
            "objectives_reached": np.round(drawn.values.astype(float), 4).tolist(),
            "resolution": list(size),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={f"pattern-{i}": picture for i, picture in enumerate(made)},
        values=held,
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _sides(resolution: int | Sequence[int]) -> tuple[int, int]:
    sides = (resolution,) * 2 if isinstance(resolution, int) else tuple(resolution)
    if len(sides) != 2 or min(sides) < 1 or sides[0] * sides[1] > _MOST_PIXELS:
        raise BadValue(
            f"A resolution is one side or (height, width) in pixels, of 2048 x 2048 at most in "
            f"all, not {resolution}."
        )
    return int(sides[0]), int(sides[1])
