"""Pictures of directions in a layer, and many of them as one mosaic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from attrvis import images
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import direction, direction_at
from attrvis.plots.text import draw, drawable, wrap
from attrvis.recipes.kinds import checked_kinds
from attrvis.rendering import CLIMB, render

STEPS = 128
CALM = replace(CLIMB, rate=0.07)
"""Long enough to show the subject, and not so far that it drowns in contrast: a direction gains by
every step that makes a picture harsher."""
_LETTERS, _LEAD = 10, 12
_STRIP, _TITLE = 24, 14


@dataclass(frozen=True, eq=False)
class Icons:
    """Pictures of directions.

    Args:
        pictures: float32 RGB [K, h, w, 3].
        values: [K], what the objective reached.
        settings: what made them.
        seconds: how long it took.
        status: `ok` or `interrupted`.
    """

    pictures: np.ndarray
    values: np.ndarray
    settings: Mapping[str, object]
    seconds: float
    status: str


def whitened(activations: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Turn directions to what sets them apart from how the activations vary anyway.

    A direction is multiplied by the inverse of the mean of `a a'`, which is shrunk towards a
    multiple of the identity as far as so few samples of so many channels ask for.

    Args:
        activations: [N, C].
        directions: [K, C].

    Returns:
        float32 [K, C], each of length 1.

    Raises:
        BadValue: the activations are all zero.

    Source: Carter et al., Activation Atlas, 2019; Ledoit and Wolf, A well-conditioned estimator
    for large-dimensional covariance matrices, 2004.

    Example:
        >>> few = np.array([[2.0, 0.0], [0.0, 1.0]] * 100)
        >>> turned = whitened(few, np.array([[1.0, 1.0]]))[0]
        >>> bool(turned[1] > turned[0] > 0)
        True
    """
    if not np.any(activations):
        raise BadValue("The activations are all zero, so nothing sets them apart; change layers.")
    from sklearn.covariance import ledoit_wolf

    moments = ledoit_wolf(np.asarray(activations, np.float64), assume_centered=True)[0]
    turned = np.linalg.solve(moments, np.asarray(directions, np.float64).T).T
    return (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)


@checked_kinds
def icons_of(
    net: Network,
    layer: str,
    directions: np.ndarray,
    *,
    size: int,
    power: float = 2.0,
    centre: bool = True,
    attempts: int = 1,
    seed: int = 0,
    **drawing: Any,
) -> Icons:
    """Draw each direction of a layer.

    Args:
        net: the network.
        layer: the layer's name.
        directions: [K, C].
        size: of an icon in pixels.
        power: of the cosine, from 0.
        centre: whether the middle of the layer alone looks (default), or the whole of it.
        attempts: pictures of each, of which the best is kept; from 1.
        seed: attempt j of icon i draws from `seed + i + j * K`.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The icons.

    Raises:
        BadValue: attempts below 1, or one of those of `attrvis.render`.
    """
    if attempts < 1:
        raise BadValue(f"An icon is drawn once or more often, not {attempts} times.")
    if centre:
        wanted = [direction_at(layer, one, power=power) for one in directions]
    else:
        wanted = [direction(layer, one, power) for one in directions]
    settings = {"steps": STEPS, "optimizer": CALM, "transforms": "atlas", **drawing}
    drawn = render(net, wanted * attempts, size=size, seed=seed, **settings)
    # The last steps together: a single one depends on how the transforms fell.
    history = drawn.history.get("objective", np.zeros((1, len(drawn))))
    reached = np.asarray(history[-max(1, len(history) // 8) :]).mean(axis=0)
    reached = np.nan_to_num(reached, nan=-np.inf).reshape(attempts, -1)
    best = reached.argmax(axis=0)
    which = best * len(directions) + np.arange(len(directions))
    status = "interrupted" if drawn.status == "interrupted" else "ok"
    return Icons(drawn.on_grey()[which], reached.max(axis=0), drawn.settings, drawn.seconds, status)


def mosaic(
    pictures: np.ndarray,
    places: np.ndarray,
    grid: tuple[int, int],
    captions: Sequence[str] = (),
    *,
    size: int | None = None,
) -> np.ndarray:
    """Lay icons out on a grid; cells without one stay white.

    Args:
        pictures: RGB [K, h, w, 3] in [0, 1].
        places: int [K, 2], row and column of each.
        grid: rows and columns.
        captions: one an icon, written on its lower edge; default none.
        size: of a cell in pixels; default that of the pictures.

    Returns:
        float32 RGB in [0, 1].

    Example:
        >>> mosaic(np.zeros((1, 4, 4, 3)), np.array([[0, 1]]), (1, 2))[0, :, 0].tolist()
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    side = size or pictures.shape[1]
    made = np.ones((grid[0] * side, grid[1] * side, 3), np.float32)
    for number, (picture, (row, column)) in enumerate(zip(pictures, places, strict=True)):
        shown = picture
        if shown.shape[:2] != (side, side):
            shown = images.resize(shown, (side, side), resample="bicubic")
        cell = np.array(np.clip(shown, 0, 1), np.float32)
        if captions:
            _write(cell, captions[number])
        made[row * side : (row + 1) * side, column * side : (column + 1) * side] = cell
    return made


def lettered(picture: np.ndarray, above: str, below: str = "") -> np.ndarray:
    """Write a line above a picture, and maybe another below it.

    Args:
        picture: RGB [H, W, 3] in [0, 1].
        above: the line.
        below: the other; empty leaves its strip away.

    Returns:
        float32 RGB, higher by a strip a line.

    Example:
        >>> lettered(np.zeros((40, 40, 3), np.float32), "tabby").shape
        (64, 40, 3)
    """
    strips = []
    for line in (above, below):
        strip = np.ones((_STRIP if line else 0, picture.shape[1], 3), np.float32)
        if line:
            draw(strip, (4, 4), drawable(line), _TITLE)
        strips.append(strip)
    return np.concatenate([strips[0], picture, strips[1]])


def _write(cell: np.ndarray, caption: str) -> None:
    lines = wrap(caption, _LETTERS, cell.shape[1] - 4)[:2]
    top = max(0, cell.shape[0] - len(lines) * _LEAD - 3)
    cell[top:] = 0.25 * cell[top:] + 0.75
    for number, line in enumerate(lines):
        draw(cell, (top + 1 + number * _LEAD, 2), line, _LETTERS)
