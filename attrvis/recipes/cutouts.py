"""Pictures of units with what does not matter left transparent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import (
    Objective,
    blur_each_step,
    boundary_complexity,
    channel,
    mask_haze,
    mask_sparsity,
    neuron,
    ramp,
)
from attrvis.param import FractalNoise
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.strength import goal_of, reach
from attrvis.rendering import render
from attrvis.transforms import masked

_WHOLE = 0.5
_FRAME = 2.0
_GROWING = (0.02, 1.0, 0.5)
_SCALES = (0.6, 1.1)
_LIGHT, _DARK, _CHEQUERS = 0.8, 0.6, 8


@checked_kinds
def transparency(
    net: Network,
    units: str | Objective | Sequence[str | Objective],
    *,
    centred: bool = True,
    sparsity: float = 2.0,
    haze: float = 0.5,
    smooth: float = 50.0,
    panel: int = 260,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw units as pictures with alpha: only what matters is opaque.

    What is maximised is the unit times the share that is transparent, of what the network sees at
    each step and, half as strongly, of the whole picture; transparent parts show fractal noise,
    another at each step, so nothing behind them can be relied on.

    Args:
        net: the network.
        units: one or several objectives, or strings such as `mixed4d:42`; one picture each.
        centred: whether a channel's neuron in the middle counts as much as the channel, each in
            units of what it reaches alone, and whether the border is kept transparent, so that the
            object comes to lie in the middle.
        sparsity: how strongly opaque parts are held against the picture: the power of the
            transparent share, from 0, default 2. It grows until half of the run.
        haze: weight of the penalty for what is neither opaque nor transparent, from 0; it grows
            as long.
        smooth: weight of the penalty that smooths the mask, from 0: of half the mean squared
            distance to its own blur.
        panel: height of a panel in pixels.
        seed: the first picture's; the i-th draws from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        Each unit on chequers and its mask, the RGBA pictures as parts, and the facts `shown`, the
        share of each picture that is opaque.

    Raises:
        UnknownName: no such layer or label.
        BadValue: no unit, or a negative weight.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.networks import load
        >>> plate = transparency(load("embedded"), "mixed3a:5", steps=12)
        >>> plate.parts["cutout-0"].shape
        (64, 64, 4)
    """
    given = [units] if isinstance(units, str | Objective) else list(units)
    if not given:
        raise BadValue("There is nothing to draw; give at least one unit.")
    if not all(0 <= weight < np.inf for weight in (sparsity, haze, smooth)):
        raise BadValue(f"The weights are numbers from 0, not {sparsity}, {haze} and {smooth}.")
    goals = [goal_of(net, unit) for unit in given]
    middles = [_middle(goal) if centred else None for goal in goals]
    both = [*goals, *(one for one in middles if one is not None)]
    reached = reach(net, both, seed=seed, **drawing)
    scales, rest = reached[: len(goals)], iter(reached[len(goals) :])
    alone = []
    for goal, scale, middle in zip(goals, scales, middles, strict=True):
        own = goal / float(scale)
        alone.append(own if middle is None else 0.5 * (own + middle / float(next(rest))))
    size = drawing.get("size") or net.image_size
    sides = (size, size) if isinstance(size, int) else tuple(size)
    # First something to be seen, then less and less around it.
    power = sparsity * ramp(*_GROWING)
    seen = (1 - channel("transformed", 0)) ** power
    whole = (1 - mask_sparsity()) ** power
    rough = smooth / float(np.prod(sides)) * blur_each_step("alpha")
    if centred:
        rough = rough + _FRAME * ramp(*_GROWING) * _border(sides)
    mist = haze * ramp(*_GROWING) * mask_haze()
    wanted = [goal * (seen + _WHOLE * whole) - rough - mist for goal in alone]
    scenery = {"background": FractalNoise(sd=0.2, decay=1.5), "transforms": masked(sides, _SCALES)}
    drawn = render(net, wanted, **{**scenery, **drawing, "seed": seed})
    alpha = drawn.alpha
    shown = alpha.mean(axis=(1, 2, 3))
    panels = []
    for goal, rgba, mask, share in zip(goals, drawn.rgba, alpha, shown, strict=True):
        panels += [(on_chequers(rgba), str(goal)), (mask[..., 0], f"mask\nshows {share:.0%}")]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=2 if len(goals) == 1 else 4,
        facts={
            "recipe": "transparency",
            "units": [str(goal) for goal in goals],
            "reach_alone": np.round(scales, 4).tolist(),
            "centred": centred,
            "sparsity": sparsity,
            "haze": haze,
            "smooth": smooth,
            "shown": np.round(shown.astype(float), 4).tolist(),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={f"cutout-{i}": rgba for i, rgba in enumerate(drawn.rgba)},
        values={"rgba": drawn.rgba},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _border(size: tuple[int, ...]) -> Objective:
    """Give how opaque the outer tenth of a picture is, on average."""
    width = max(1, min(size) // 10)
    pixels = size[0] * size[1] - (size[0] - 2 * width) * (size[1] - 2 * width)
    return 1 / float(pixels) * boundary_complexity(width, C=0.0, of="alpha")


def _middle(goal: Objective) -> Objective | None:
    """Give the middle neuron of a channel."""
    kind = goal.structure
    if not (isinstance(kind, tuple) and kind[0] == "channel"):
        return None
    return neuron(goal.layers[0], int(goal.parameters[0]))


def on_chequers(rgba: np.ndarray) -> np.ndarray:
    """Lay a picture over chequers, so that what is transparent can be told from grey.

    Args:
        rgba: [h, w, 4] in [0, 1].

    Returns:
        float32 [h, w, 3].

    Example:
        >>> sorted(set(on_chequers(np.zeros((8, 8, 4))).ravel().astype(float).round(1).tolist()))
        [0.6, 0.8]
    """
    height, width = rgba.shape[:2]
    cell = max(1, max(height, width) // (2 * _CHEQUERS))
    odd = (np.arange(height)[:, None] // cell + np.arange(width)[None] // cell) % 2
    ground = np.where(odd, _DARK, _LIGHT).astype(np.float32)[..., None]
    alpha = np.asarray(rgba[..., 3:], np.float32)
    return np.asarray(rgba[..., :3] * alpha + ground * (1 - alpha), np.float32)
