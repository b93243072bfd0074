"""A photo in which a layer sees more and more of what it looks for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from attrvis import images
from attrvis.arrays import Data
from attrvis.errors import BadValue, ModelError
from attrvis.images import ImageSource
from attrvis.networks import Network
from attrvis.networks.choice import default_layer
from attrvis.objectives import Objective, as_objective
from attrvis.optimisers import Adam
from attrvis.param import FourierImage, StartFrom
from attrvis.progress import Progress, silent
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.proportions import in_proportion, panel_height
from attrvis.recipes.tiles import Tiles
from attrvis.rendering import Rendering, render
from attrvis.transforms import Transform, compose

_STEPS = 128
_SCALE = 1.4
_MOST_OCTAVES = 4
_SMALLEST = 0.6
"""The smallest octave's shorter side, as a share of the network's."""
_RATE = 0.02


@checked_kinds
def dream(
    net: Network,
    photo: ImageSource,
    layer: str | Objective | None = None,
    *,
    octaves: int | None = None,
    scale: float = _SCALE,
    tiles: bool | None = None,
    size: int | Sequence[int] | None = None,
    steps: int = _STEPS,
    rate: float = _RATE,
    seed: int = 0,
    progress: Progress = silent,
    **drawing: Any,
) -> Plate:
    """Amplify in a photo whatever a layer sees in it, at several scales.

    The photo is changed when it is small first, then larger; each time only what was added is
    carried over, so that the photo keeps its own details.

    Args:
        net: the network.
        photo: where the dream starts.
        layer: whose squared activations grow; or any other objective, such as a channel
            (`"mixed4d:42"`). Default the layer that explanations choose.
        octaves: how many scales, from 1; default as many as have at least six tenths of the
            network's size, at most 4.
        scale: from one to the next larger one, above 1.
        tiles: whether the network sees the picture in windows of its own size; default only where
            it cannot take the whole.
        size: of the picture in pixels: the longer side, or (height, width); default the photo's
            own, at most 16/7 of the network's input.
        steps: of drawing, over all octaves.
        rate: the learning rate, by which a dream is deep.
        seed: of every draw.
        progress: told the live objective.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The photo and the dream side by side; the dream as the part `dream`; for each octave its
        size, and the objective at its first and its last step.

    Raises:
        UnknownName: no such layer.
        BadValue: a number outside its range.
        ImageError: the photo cannot be read.

    Source: Mordvintsev, Olah and Tyka, Inceptionism: Going Deeper into Neural Networks, 2015.

    Example:
        >>> from attrvis.networks import load
        >>> plate = dream(load("embedded"), images.bundled(), "mixed3b", size=48, steps=2)
        >>> plate.parts["dream"].shape
        (32, 48, 3)
    """
    started = time.perf_counter()
    pixels = images.read(photo)
    full = in_proportion(net, pixels.shape[:2], size)
    wanted = as_objective(default_layer(net)[0].name if layer is None else layer)
    sizes = _octaves(net, full, octaves, scale)
    if steps < len(sizes):
        raise BadValue(f"A dream of {len(sizes)} octaves needs as many steps, not {steps}.")
    pixels = images.resize(pixels, full)
    detail = np.zeros((*sizes[0], 3), np.float32)
    found: list[dict[str, Any]] = []
    drawn: Rendering | None = None
    for number, own in enumerate(sizes):
        base = images.resize(pixels, own)
        start = np.clip(base + images.resize(detail, own), 0.0, 1.0)
        given = {
            "image": StartFrom(FourierImage(3), Data(start[None])),
            "transforms": _seen(net, wanted, own, tiles),
            "optimizer": Adam(rate=rate, end=0.5),
            "coarse": (),
        }
        drawn = render(
            net,
            wanted,
            size=own,
            steps=steps * (number + 1) // len(sizes) - steps * number // len(sizes),
            seed=seed + number,
            progress=_named(progress, f"octave {number + 1}/{len(sizes)}"),
            **{**given, **drawing},
        )
        detail = drawn.images[0] - base
        values = drawn.history.get("objective", np.zeros((0, 1)))
        ends = [float(v) for v in values[[0, -1], 0]] if len(values) else []
        found.append({"size": list(own), "objective": ends})
        if drawn.status == "interrupted":
            break
    dreamt = np.clip(pixels + images.resize(detail, full), 0.0, 1.0)
    return Plate.of_panels(
        [(pixels, "photo"), (dreamt, str(wanted))],
        size=panel_height(full[0], 600),
        columns=2,
        facts={
            "recipe": "dream",
            "objective": str(wanted),
            "octaves": found,
            "seconds": time.perf_counter() - started,
            "settings": dict(drawn.settings) if drawn else {},
        },
        parts={"dream": dreamt},
        values={"dream": dreamt, "photo": pixels},
        status="interrupted" if drawn and drawn.status == "interrupted" else "ok",
    )


def _octaves(
    net: Network, full: tuple[int, int], count: int | None, scale: float
) -> list[tuple[int, int]]:
    """List the sizes, smallest first."""
    if not 1 < scale < 16 or (count is not None and count < 1):
        raise BadValue(
            "A dream has 1 octave or more, each larger than the last by a factor of 1 to 16; "
            f"not {count} by {scale}."
        )
    if count is None:
        count = 1
        while count < _MOST_OCTAVES and min(full) / scale**count >= _SMALLEST * min(net.image_size):
            count += 1
    sizes = [tuple(max(1, round(side / scale**n)) for side in full) for n in range(count)]
    return [(high, wide) for high, wide in reversed(sizes)]


def _seen(net: Network, wanted: Objective, own: tuple[int, int], tiles: bool | None) -> Transform:
    """Shift the picture around its borders at each step; cut it where the network needs that."""
    if tiles is None:
        tiles = not _takes(net, [name for name in wanted.layers if name != "input"], own)
    return compose(Tiles.covering(own, net.image_size) if tiles else Tiles(own))


def _takes(net: Network, layers: Sequence[str], size: tuple[int, int]) -> bool:
    try:
        net.trunk(layers, size)
    except ModelError:
        return False
    return True


def _named(progress: Progress, stage: str) -> Progress:
    def told(_: str, step: int, total: int, values: Mapping[str, float]) -> None:
        progress(stage, step, total, values)

    return told
