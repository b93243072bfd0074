"""Blur IG: integrated gradients along a path of blurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class BlurIG(Method):
    """Integrated gradients along a path on which the image sharpens, from wholly blurred to clear.

    `values = sum over steps of (sharper - more blurred) * gradient half-way between them`: the
    values add up to what the sharpening changed.

    Args:
        steps: of the path, default 50.
        max_sigma: standard deviation of the strongest blur as a share of the longer side,
            default 0.2.
        even: whether the blurs' variances, not their deviations, are evenly spaced.
        tolerance: a relative gap above this is warned about, default 0.1.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no step, a blur that is not above 0, or a layer without positions.

    Source: Xu, Venugopalan and Sundararajan, Attribution in Scale and Space, 2020.

    Example:
        >>> BlurIG(steps=20).max_sigma
        0.2
    """

    steps: int = 50
    max_sigma: float = 0.2
    even: bool = False
    tolerance: float = 0.1
    batch_size: int | str = "auto"
    name = "blur-ig"

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.max_sigma < np.inf:
            raise BadValue(
                f"Blur IG takes at least one step and a finite blur above 0, not {self.steps} and "
                f"{self.max_sigma}."
            )

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        if scene.values.shape.rank != 4:
            raise BadValue(
                f"Layer {scene.layer!r} has no positions to blur over; use integrated-gradients."
            )
        height, width = (int(side) for side in scene.values.shape[1:3])
        share = np.linspace(0, 1, self.steps + 1)
        sigmas = (np.sqrt(share) if self.even else share) * self.max_sigma * max(height, width)
        each = {}
        for name, at in (
            ("sharp", sigmas[:-1]),
            ("middle", (sigmas[:-1] + sigmas[1:]) / 2),
            ("dull", sigmas[1:]),
        ):
            each[f"{name}_rows"] = np.stack([blur_matrix(height, s) for s in at])
            each[f"{name}_columns"] = np.stack([blur_matrix(width, s) for s in at])
        samples = Samples(_half_way, self.steps, each)
        sums, _ = scene.fold(samples, _sharpened, batch_size=self.batch_size)
        base = _blurred(
            scene.values, *(tf.constant(blur_matrix(n, sigmas[-1])) for n in (height, width))
        )
        change = np.asarray(scene.score(scene.values) - scene.score(base), np.float64)
        return Found(sums["term"], base, change)


def blur_matrix(size: int, sigma: float) -> np.ndarray:
    """Write a Gaussian blur of one axis as a matrix; what lies outside is zero.

    Args:
        size: of the axis.
        sigma: standard deviation in pixels; the kernel reaches four of them.

    Returns:
        float32 [size, size].

    Example:
        >>> blur_matrix(3, 0.0).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if sigma <= 0:
        return np.eye(size, dtype=np.float32)
    # A narrow kernel of one pixel would leave the first steps of the path out.
    radius = max(1, int(4 * sigma + 0.5))
    away = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (away / sigma) ** 2)
    kernel /= kernel.sum()
    distance = np.arange(size)[None] - np.arange(size)[:, None]
    inside = np.abs(distance) <= radius
    return np.where(inside, kernel[np.clip(distance, -radius, radius) + radius], 0).astype(
        np.float32
    )


def _blurred(values: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Blur maps by the matrices of their two axes, each [n, n] or [rows, n, n]."""
    rows = rows[None] if rows.shape.rank == 2 else rows
    columns = columns[None] if columns.shape.rank == 2 else columns
    tall = tf.einsum("bij,bjwc->biwc", tf.broadcast_to(rows, _each(rows, values)), values)
    return tf.einsum("bij,bhjc->bhic", tf.broadcast_to(columns, _each(columns, values)), tall)


def _each(matrix: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    return tf.concat([tf.shape(values)[:1], tf.shape(matrix)[1:]], 0)


def _half_way(rows: Rows) -> tf.Tensor:
    return _blurred(rows.own["value"], rows.each["middle_rows"], rows.each["middle_columns"])


def _sharpened(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Multiply the gradient by what sharpens in the step."""
    value, each = rows.own["value"], rows.each
    sharp = _blurred(value, each["sharp_rows"], each["sharp_columns"])
    dull = _blurred(value, each["dull_rows"], each["dull_columns"])
    return {"term": (sharp - dull) * gradient}
