"""What a layer sees in a photo, place by place, as one picture for each place."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from attrvis import images
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import direction
from attrvis.plots import sheet
from attrvis.recipes.factors import factorised
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.mixture import Mixture, opaque, with_shared
from attrvis.recipes.plate import Plate
from attrvis.rendering import render

_WHITE = 1.0
_LEAST_SIDE = 0.25
_SHARE, _LEAST_ICON = 3 / 16, 32


@checked_kinds
def activation_grid(
    net: Network,
    photo: images.ImageSource,
    layer: str,
    *,
    groups: int = 6,
    power: float = 1.0,
    cells: int = 14,
    sized: bool = False,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    panel: int = 640,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw what a layer sees at each place of a photo, as a grid of small pictures.

    Each picture looks for the direction in which the layer's activations point at its place. The
    map is factorised into groups of channels; each group is a part that the pictures share as far
    as it is active at their places, so that neighbours which see the same look the same.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: a layer of maps.
        groups: of channels, at least 1.
        power: of the cosine in `direction`, from 0, default 1.
        cells: along each side at most; larger maps are averaged down to it.
        sized: whether the area of a picture tells how strong the activations are at its place.
        fit: how the photo meets the network: `crop`, `pad` or `stretch`.
        panel: height of the grid and of the photo on the sheet, in pixels.
        seed: the first picture's; the i-th starts from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `steps=`; `size=` is that of
            one small picture, default 3/16 of the network's, and at least 32 pixels.

    Returns:
        The photo and its grid; the parts `photo`, `grid` and `strength`; the values `rgba`
        [rows, columns, size, size, 4], `magnitudes` [rows, columns], `groups` [rows, columns,
        groups] (shares, which add up to 1 where any group is active) and `channels` [groups, C].

    Raises:
        UnknownName: no such layer.
        BadValue: a layer without positions, one that the photo does not excite, or a number out
            of its range.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (activation grids).

    Example:
        >>> from attrvis.networks import load
        >>> plate = activation_grid(load("embedded"), images.bundled(), "mixed5a", steps=2)
        >>> plate.values["magnitudes"].shape
        (4, 4)
    """
    if groups < 1 or cells < 1:
        raise BadValue(f"A grid has 1 group and 1 cell a side or more, not {groups} and {cells}.")
    seen, _ = images.fit(images.read(photo), net.image_size, fit)
    maps = averaged_map(net, seen, layer, cells)
    rows, columns, width = maps.shape
    flat = maps.reshape(-1, width)
    magnitudes = np.linalg.norm(flat, axis=1)
    if not magnitudes.max() > 0:
        raise BadValue(f"The photo excites nothing at {layer!r}; choose another layer.")
    where, channels = factorised(maps, groups, seed=seed)
    total = where.sum(axis=-1, keepdims=True)
    shares = np.divide(where, total, out=np.zeros_like(where), where=total > 0)
    # Where a place is silent there is no direction to look for; its picture is left out below.
    silent = magnitudes < 1e-6 * magnitudes.max()
    lengths = np.where(silent, 1.0, magnitudes)[:, None]
    wanted = np.where(silent[:, None], flat.mean(axis=0), flat / lengths)
    drawing = with_shared(net, Mixture(Data(shares.reshape(len(flat), -1)), opaque(net)), drawing)
    drawing.setdefault("size", max(_LEAST_ICON, round(_SHARE * min(net.image_size))))
    drawing.setdefault("transforms", "standard")
    goal = direction(layer, wanted.astype(np.float32), power)
    drawn = render(net, goal, **{**drawing, "seed": seed, "batch": len(flat)})
    icons = drawn.on_grey()
    strength = np.where(silent, 0.0, magnitudes / magnitudes.max())
    area = strength if sized else np.where(silent, 0.0, 1.0)
    grid = tiled(icons.reshape(rows, columns, *icons.shape[1:]), area.reshape(rows, columns))
    heat = np.repeat(strength.reshape(rows, columns, 1), 3, axis=-1).astype(np.float32)
    name = layer if rows * columns == _positions(net, layer) else f"{layer}, averaged"
    return Plate(
        sheet([(seen, "the photo"), (grid, f"{name}, {rows} x {columns} places")], size=panel),
        facts={
            "recipe": "activation-grid",
            "layer": layer,
            "places": [rows, columns],
            "groups": len(channels),
            "power": power,
            "sized": sized,
            "strongest": round(float(magnitudes.max()), 4),
            "seconds": drawn.seconds,
            "settings": {k: v for k, v in drawn.settings.items() if k != "image"},
        },
        parts={"photo": seen, "grid": grid, "strength": heat},
        values={
            "rgba": drawn.rgba.reshape(rows, columns, *drawn.rgba.shape[1:]),
            "magnitudes": magnitudes.reshape(rows, columns),
            "groups": shares,
            "channels": channels,
        },
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def averaged_map(net: Network, photo: np.ndarray, layer: str, most: int) -> np.ndarray:
    """Read a layer's map of a photo, averaged down where it is large.

    Args:
        net: the network.
        photo: [h, w, C], of the network's size.
        layer: a layer of maps.
        most: positions along each side at most.

    Returns:
        float32 [rows, columns, C].

    Raises:
        BadValue: a layer without positions.

    Example:
        >>> from attrvis.networks import load
        >>> grey = np.full((64, 64, 3), 0.5, np.float32)
        >>> averaged_map(load("embedded"), grey, "mixed3a", 5).shape[:2]
        (5, 5)
    """
    found = np.asarray(net.run(tf.constant(photo[None]), read=[layer])[layer])
    if found.ndim != 4:
        raise BadValue(
            f"The layer {layer!r} has no positions (its shape is {list(found.shape)}); choose one "
            "of maps, such as 'attrvis layers' lists."
        )
    maps = found[0]
    size = (min(most, maps.shape[0]), min(most, maps.shape[1]))
    return maps if size == maps.shape[:2] else images.resize(maps, size, resample="box")


def _positions(net: Network, layer: str) -> int:
    return int(np.prod([side or 0 for side in net.layer(layer).shape[1:3]]))


def tiled(icons: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Lay small pictures side by side, each in the middle of its cell.

    Args:
        icons: [rows, columns, h, w, 3] in [0, 1].
        area: share of its cell that each fills, [rows, columns] in [0, 1]; below a sixteenth but
            above 0 it stays a sixteenth, so that something can be made out.

    Returns:
        float32 [rows * h, columns * w, 3], on white.

    Example:
        >>> tiled(np.zeros((2, 3, 8, 8, 3)), np.ones((2, 3))).shape
        (16, 24, 3)
    """
    rows, columns, height, width = icons.shape[:4]
    made = np.full((rows * height, columns * width, 3), _WHITE, np.float32)
    for y, x in np.ndindex(rows, columns):
        if area[y, x] <= 0:
            continue
        side = max(_LEAST_SIDE, float(np.sqrt(area[y, x])))
        size = max(1, round(side * height)), max(1, round(side * width))
        top, left = y * height + (height - size[0]) // 2, x * width + (width - size[1]) // 2
        made[top : top + size[0], left : left + size[1]] = images.resize(icons[y, x], size)
    return made
