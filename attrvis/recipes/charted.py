"""The cells of a map, each drawn as the mean of the activations that lie in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.recipes.collecting import Samples
from attrvis.recipes.icons import icons_of, mosaic, whitened
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plane import cell_means, gridded
from attrvis.recipes.plate import Plate
from attrvis.recipes.speaking import class_scores

ICON = 96
"""The side of an icon in pixels, or the network's own where that is smaller."""


@checked_kinds
def drawn_cells(
    net: Network,
    layer: str,
    samples: Samples,
    layout: np.ndarray,
    grid: tuple[int, int],
    *,
    least: int = 5,
    classes: bool = False,
    whiten: bool = False,
    usual: np.ndarray | None = None,
    icon: int | None = None,
    facts: dict[str, Any] | None = None,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw the mean activation of each cell of a grid over samples that lie in the plane.

    Args:
        net: the network.
        layer: the layer's name.
        samples: activations.
        layout: [N, 2] in [0, 1], across and down.
        grid: rows and columns.
        least: samples that a cell needs to be drawn, from 1.
        classes: whether each cell is labelled with the class that it speaks for.
        whiten: whether what all activations share is taken out of the directions. It takes far more
            photos than the layer has channels: with fewer the pictures become wild.
        usual: all of them, [M, C], where the samples were chosen for something in common; default
            the samples.
        icon: side of an icon in pixels, also called `size`; default 96, or the network's own where
            that is smaller.
        facts: more to tell.
        seed: the first icon's.
        drawing: `power=`, `centre=` and `attempts=` of the icons, and everything else that
            `attrvis.render` takes.

    Returns:
        The atlas; see `atlas`.

    Raises:
        BadValue: no cell holds enough samples, or a number out of its range.
    """
    cells = gridded(layout, grid)
    means = cell_means(samples.activations, cells, grid, least)
    every = samples.activations if usual is None else usual
    towards = whitened(every, means.directions) if whiten else means.directions
    given = drawing.pop("size", icon)
    size = min(ICON, *net.image_size) if given is None else given
    icons = icons_of(net, layer, towards, size=size, seed=seed, **drawing)
    values = {
        "layout": layout,
        "cells": cells.astype(np.int32),
        "samples": samples.places,
        "counts": means.counts.astype(np.int32),
        "places": means.places.astype(np.int32),
        "directions": means.directions,
        "icons": icons.pictures,
    }
    told: list[str] = []
    if classes:
        scores = class_scores(net, layer, means.directions, every.mean(axis=0))
        values["class_scores"] = scores
        told = [net.label(int(index)) for index in scores.argmax(axis=1)]
    captions = [label.split(",")[0] for label in told]
    return Plate(
        mosaic(icons.pictures, means.places, grid, captions),
        facts={
            **(facts or {}),
            "layer": layer,
            "samples": len(samples),
            "photos": len(np.unique(samples.places[:, 0])),
            "grid": list(grid),
            "least": least,
            "whitened": whiten,
            "cells": [
                {
                    "row": int(row),
                    "column": int(column),
                    "samples": int(means.counts[row, column]),
                    "objective": round(float(icons.values[i]), 4),
                    **({"class": told[i]} if told else {}),
                }
                for i, (row, column) in enumerate(means.places)
            ],
            "seconds": icons.seconds,
            "settings": dict(icons.settings),
        },
        parts={
            f"cell-{row:02d}-{column:02d}": picture
            for (row, column), picture in zip(means.places, icons.pictures, strict=True)
        },
        values=values,
        status=icons.status,
    )


def check_grid(grid: int) -> None:
    """Refuse a grid of no cells, or of more than anybody can look at."""
    if not 1 <= grid <= 100:
        raise BadValue(f"An atlas has 1 to 100 cells on each side, not {grid}.")
