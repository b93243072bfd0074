"""Boxes that are taken away: where they lie, how a row lacks one, and how each leaves its mark."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod
from attrvis.attribution.method import Found
from attrvis.attribution.rows import Rows, Samples
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown

NORMALIZATIONS = ("count", "area", "sum")


@dataclass(frozen=True, eq=False)
class Windows:
    """Boxes in a layer's values.

    Args:
        starts: int32 [windows, axes], the first index inside, of every axis but the batch.
        stops: int32 [windows, axes], the first index behind.
    """

    starts: np.ndarray
    stops: np.ndarray

    @property
    def volumes(self) -> np.ndarray:
        """Count the numbers inside each, [windows]."""
        return (self.stops - self.starts).astype(np.int64).prod(axis=1)


def boxes(axes: Sequence[Sequence[tuple[int, int]]]) -> Windows:
    """Cross the intervals [start, stop) of every axis to boxes."""
    crossed = np.asarray(list(itertools.product(*axes)), np.int32).reshape(-1, len(axes), 2)
    return Windows(crossed[..., 0], crossed[..., 1])


def per_axis(given: Any, shape: Sequence[int], channels: int, what: str) -> list[int]:
    """Bring a size to one whole number for every axis but the batch.

    Args:
        given: a number for all axes of positions; or one for each of them; or one for every axis,
            channels too.
        shape: of one image's values.
        channels: what the channels get unless given.
        what: named in errors.

    Raises:
        BadValue: another count of numbers, or one that is not whole or not positive.
    """
    whole = f"The {what} is a whole number from 1 along every axis, not {given!r}."
    if isinstance(given, str) or given is None:
        raise BadValue(whole)
    places = max(1, len(shape) - 1)
    numbers = [given] * places if np.ndim(given) == 0 else list(given)
    if len(numbers) == places and len(shape) > 1:
        numbers.append(channels)
    if len(numbers) != len(shape):
        raise BadValue(
            f"The {what} {given!r} fits no tensor of {len(shape)} axes; give one number, {places} "
            f"for the axes of positions, or {len(shape)} to name the channels too."
        )
    if any(isinstance(n, bool) or not (math.isfinite(n) and int(n) == n >= 1) for n in numbers):
        raise BadValue(whole)
    return [int(number) for number in numbers]


def fitting(window: Sequence[int], shape: Sequence[int], layer: str) -> None:
    """Check that a window is not larger than what it slides over.

    Raises:
        BadValue: it is.
    """
    if any(size > length for size, length in zip(window, shape, strict=True)):
        raise BadValue(
            f"A window of {tuple(window)} is larger than layer {layer!r} of {tuple(shape)}; give "
            "a smaller window."
        )


def checked(normalize: str) -> None:
    """Check the name of a normalisation.

    Raises:
        UnknownName: there is none of this name.
    """
    if normalize not in NORMALIZATIONS:
        raise unknown("normalisation", normalize, NORMALIZATIONS)


def outside(rows: Rows) -> tf.Tensor:
    """Look at each image with the box from `start` to `stop` taken from its `ground`."""
    value, ground = rows.own["value"], rows.own["ground"]
    rank = value.shape.rank - 1
    inside = tf.constant(True)
    for axis in range(rank):
        index = tf.range(tf.shape(value)[axis + 1])[None]
        within = (index >= rows.each["start"][:, axis : axis + 1]) & (
            index < rows.each["stop"][:, axis : axis + 1]
        )
        shape = [-1, *[1] * axis, value.shape[axis + 1], *[1] * (rank - axis - 1)]
        inside &= tf.reshape(within, shape)
    return tf.where(inside, ground, value)


def occluded(
    scene: Scene,
    windows: Windows,
    baseline: BaselineMethod,
    normalize: str,
    batch_size: int | str,
    stage: str,
) -> Found:
    """Take each box away in turn, and mark its numbers with what the objective loses.

    Args:
        scene: what is explained.
        windows: the boxes.
        baseline: what takes their place.
        normalize: `count`: each number gets the mean over the boxes that it is in; `area`: the
            mean of losses divided by their boxes' volumes; `sum`: their sum.
        batch_size: rows at once, or `auto`.
        stage: the name under which the progress is told.
    """
    ground = baseline.values(scene)
    # The first box is empty: the image itself, in the same batches.
    none = np.zeros_like(windows.starts[:1])
    each = {
        "start": np.concatenate([none, windows.starts]),
        "stop": np.concatenate([none, windows.stops]),
    }
    samples = Samples(outside, len(each["start"]), each, {"ground": ground})
    scores = scene.scores(samples, batch_size=batch_size, stage=stage).astype(np.float64)
    losses = scores[:, :1] - scores[:, 1:]
    if normalize == "area":
        losses = losses / windows.volumes
    shape = scene.values.shape[1:].as_list()
    marked = painted(windows, losses, shape)
    if normalize != "sum":
        covering = np.rint(painted(windows, np.ones([1, losses.shape[1]]), shape))
        marked = np.divide(marked, covering, out=np.zeros_like(marked), where=covering > 0)
    values = np.broadcast_to(marked, scene.values.shape).astype(np.float32)
    return Found(values, ground)


def painted(windows: Windows, numbers: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Add each box's number to all that lies inside it, at a cost that its size does not change.

    Args:
        windows: the boxes.
        numbers: one for each box, float64 [B, windows].
        shape: of one image's values; an axis that every box covers whole stays of length 1.

    Returns:
        float64 [B, ...].
    """
    whole = (windows.starts == 0).all(0) & (windows.stops == np.asarray(shape)).all(0)
    left = [1 if covered else length for covered, length in zip(whole, shape, strict=True)]
    starts = np.where(whole, 0, windows.starts)
    stops = np.where(whole, 1, windows.stops)
    # Corners of alternating signs, whose running sums along every axis are the boxes.
    corners = np.zeros([*(length + 1 for length in left), len(numbers)])
    for behind in itertools.product((False, True), repeat=len(left)):
        ends = np.where(behind, stops, starts)
        np.add.at(corners, tuple(ends.T), numbers.T * (-1) ** sum(behind))
    for axis in range(len(left)):
        corners = np.cumsum(corners, axis=axis)
    return np.moveaxis(corners[tuple(slice(0, length) for length in left)], -1, 0)
