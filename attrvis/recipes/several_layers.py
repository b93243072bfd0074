"""Activation atlases of several layers over one layout: the same places, seen at each depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.progress import silent
from attrvis.recipes.charted import check_grid, drawn_cells
from attrvis.recipes.collecting import aligned
from attrvis.recipes.icons import lettered
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plane import laid_out
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import layer_list, part_name

_GAP = 16
_TOLD = ("layer", "cells", "settings")


@checked_kinds
def aligned_atlas(
    net: Network,
    photos: Any,
    layers: Sequence[str],
    *,
    grid: int = 10,
    layout: str = "auto",
    per_photo: int = 1,
    limit: int | None = None,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw what several layers say about the same places of many photos, cell beside cell.

    The layout is of all layers together, so that a cell stands for the same places in each of them,
    and what becomes of them from layer to layer can be seen.

    Args:
        net: the network.
        photos: see `atlas`.
        layers: their names, at least two.
        grid: cells on each side of each map, from 1.
        layout: see `atlas`.
        per_photo: random positions taken of each photo, from 1.
        limit: photos at most.
        seed: of the positions, the layout and the pictures.
        drawing: see `atlas`.

    Returns:
        The maps side by side, and their icons as parts. Its values are those of `atlas`, `samples`,
        `places`, `directions` and `icons` with the layer's number, as in `icons-0`.

    Raises:
        UnknownName: no such layer or layout; the nearest are named.
        BadValue: fewer than two layers, too few photos, or a number out of its range.

    Source: Carter, Armstrong, Schubert, Johnson and Olah, Activation Atlas, 2019.

    Example:
        >>> from attrvis.networks import load
        >>> noise = np.random.default_rng(0).uniform(size=(8, 64, 64, 3)).astype(np.float32)
        >>> look = {"grid": 1, "layout": "pca", "steps": 2, "icon": 40}
        >>> plate = aligned_atlas(load("embedded"), noise, ["mixed4a", "mixed5a"], **look)
        >>> plate.picture.shape, sorted(plate.parts)
        ((64, 96, 3), ['mixed4a-00-00', 'mixed5a-00-00'])
    """
    check_grid(grid)
    names = layer_list(list(layers), "An atlas of several layers")
    if len(names) < 2:
        raise BadValue(f"Layers are compared where there are two or more, not {names}.")
    report = drawing.get("progress", silent)
    samples = aligned(
        net, names, photos, per_photo=per_photo, limit=limit, seed=seed, progress=report
    )
    placed = laid_out(np.concatenate([_unit(s.activations) for s in samples], 1), layout, seed=seed)
    made: list[Plate] = []
    for name, own in zip(names, samples, strict=True):
        made.append(drawn_cells(net, name, own, placed, (grid, grid), seed=seed, **drawing))
        if made[-1].status == "interrupted":
            break
    values = {name: made[0].values[name] for name in ("layout", "cells", "counts")}
    for number, plate in enumerate(made):
        kept = {n: v for n, v in plate.values.items() if n not in values}
        values |= {f"{name}-{number}": value for name, value in kept.items()}
    whole = {name: value for name, value in made[0].facts.items() if name not in _TOLD}
    return Plate(
        _beside([lettered(p.picture, name) for p, name in zip(made, names, strict=False)]),
        facts={
            "recipe": "atlas",
            "layout": layout,
            "per_photo": per_photo,
            **whole,
            "seconds": sum(float(plate.facts["seconds"]) for plate in made),
            "layers": [{name: plate.facts[name] for name in _TOLD} for plate in made],
        },
        parts={
            part_name(plate.facts["layer"], cell.removeprefix("cell-")): picture
            for plate in made
            for cell, picture in plate.parts.items()
        },
        values=values,
        status=made[-1].status,
    )


def _unit(rows: np.ndarray) -> np.ndarray:
    """Bring each activation to length 1, so that no layer outweighs the others."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _beside(pictures: Sequence[np.ndarray]) -> np.ndarray:
    gap = np.ones((pictures[0].shape[0], _GAP, 3), np.float32)
    strips = [strip for picture in pictures for strip in (gap, picture)][1:]
    return np.concatenate(strips, axis=1)
