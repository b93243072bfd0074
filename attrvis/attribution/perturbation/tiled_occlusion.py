"""Tiled occlusion: tilings of the image, shifted against each other, one tile away at a time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.perturbation.windows import (
    Windows,
    boxes,
    checked,
    fitting,
    occluded,
    per_axis,
)
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_PARTS = 8


@dataclass(frozen=True)
class TiledOcclusion(Method):
    """What the target loses without the tile that a number is in, over tilings shifted in turn.

    A tiling covers every number once, up to the border, where its tiles are cut; so all numbers are
    averaged over as many tiles. The tilings are shifted by `window / shifts` along every axis, and
    the image stays where it is. Where no border is near, the values are those of `Occlusion` with
    this stride, at the same cost.

    Args:
        window: the tiles' sides: one number for all axes of positions, one for each of them, or
            one for every axis of the layer to tile the channels too; default an eighth of each
            side, over all channels.
        shifts: how many tilings along each axis, given likewise; they divide the window. Default 2.
        baseline: what takes the tile's place, default zero; words such as `blurred:0.1` will do.
        normalize: `count` (each number gets the mean over its tiles), `area` (the mean of what a
            tile loses for each number in it, so that cut tiles do not look dim) or `sum`.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: a window larger than the layer, or one that the shifts do not divide.
        UnknownName: no such normalisation or baseline.

    Source: after the tiled occlusion of Pellicer-Valero, extra-attributions, 2025, with the tiling
    shifted instead of the image.

    Example:
        >>> TiledOcclusion(window=32, shifts=4).shifts
        4
    """

    window: int | tuple[int, ...] | None = None
    shifts: int | tuple[int, ...] = 2
    baseline: BaselineMethod | str = field(default_factory=Zero)
    normalize: str = "count"
    batch_size: int | str = "auto"
    name = "tiled-occlusion"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        for sizes in ("window", "shifts"):
            if isinstance(getattr(self, sizes), list):
                object.__setattr__(self, sizes, tuple(getattr(self, sizes)))
        checked(self.normalize)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return occluded(
            scene,
            self.windows(scene.values.shape[1:].as_list(), scene.layer),
            self.baseline,  # type: ignore[arg-type]
            self.normalize,
            self.batch_size,
            self.name,
        )

    def windows(self, shape: Sequence[int], layer: str = "input") -> Windows:
        """Lay all tilings over values of a shape, [...] without the batch.

        Raises:
            BadValue: a window larger than the shape, or one that the shifts do not divide.
        """
        shifts = per_axis(self.shifts, shape, 1, "number of shifts")
        if self.window is None:
            # An axis too short for the shifts is left whole.
            shifts = [k if k <= length else 1 for k, length in zip(shifts, shape, strict=True)]
        places = shape[:-1] or shape
        sides = [
            min(_rounded(length, k), length // k * k)
            for length, k in zip(places, shifts, strict=False)
        ]
        window = per_axis(sides if self.window is None else self.window, shape, shape[-1], "window")
        fitting(window, shape, layer)
        for size, k in zip(window, shifts, strict=True):
            if size % k:
                raise BadValue(
                    f"A window of {size} cannot be shifted {k} times by whole numbers; give one "
                    f"that {k} divides."
                )
        grids = [
            [_tiles(length, size, g * (size // k)) for g in range(k)]
            for length, size, k in zip(shape, window, shifts, strict=True)
        ]
        tilings = [boxes(axes) for axes in itertools.product(*grids)]
        return Windows(
            np.concatenate([tiling.starts for tiling in tilings]),
            np.concatenate([tiling.stops for tiling in tilings]),
        )


def _rounded(length: int, multiple: int) -> int:
    """Round an eighth of a length up to a multiple."""
    return -(-length // (_PARTS * multiple)) * multiple


def _tiles(length: int, size: int, shift: int) -> list[tuple[int, int]]:
    """List the tiles along one axis, whose edges are at `shift` plus multiples of `size`."""
    edges = [0, *range(shift or size, length, size), length]
    return list(itertools.pairwise(edges))
