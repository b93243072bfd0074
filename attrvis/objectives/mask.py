"""Objectives of a rendering's mask: how much of the picture it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings, constant

_FLOOR = 1e-6


def mask_area(target: float | Sequence[float] | Objective) -> Objective:
    """Give how far the mask's area is from a target: the square of the logarithm of their ratio.

    Args:
        target: the wanted share of the picture, above 0 and at most 1, or one an image; or an
            objective that gives it, such as `ramp(0.5, 0.1)`.

    Returns:
        `log(mean alpha / target) ** 2`: near the target the square of the relative error, far from
        it so tame that a mask of half the picture can be pulled to any target. It has no unit, so
        one weight serves every target, network and layer. It is a penalty: subtract it.

    Raises:
        BadValue: a target outside (0, 1].

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.

    Example:
        >>> import numpy as np
        >>> q = mask_area(0.25)
        >>> round(float(q({"alpha": np.full((1, 4, 4, 1), 0.5, "float32")})[0]), 3)  # log(2) ** 2
        0.48
    """
    wanted = target if isinstance(target, Objective) else _fixed(target)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        area = tf.reduce_mean(readings["alpha"], axis=[1, 2, 3])
        return tf.square(tf.math.log((area + _FLOOR) / wanted.evaluate(readings, parameters)))

    return replace(
        wanted,
        description=f"mask_area({wanted})",
        layers=("alpha", *(name for name in wanted.layers if name != "alpha")),
        structure=("mask_area", wanted.structure),
        evaluate=evaluate,
        terms=(),
    )


def _fixed(target: float | Sequence[float]) -> Objective:
    targets = np.asarray(target, np.float32)
    if targets.ndim > 1 or not ((targets > 0) & (targets <= 1)).all():
        raise BadValue(f"A mask's target area is a share above 0 and at most 1, not {target!r}.")
    return constant(targets)


def mask_sparsity() -> Objective:
    """Give the mask's mean, the share of the picture that it shows. It is a penalty: subtract it.

    Example:
        >>> import numpy as np
        >>> float(mask_sparsity()({"alpha": np.full((1, 4, 4, 1), 0.5, "float32")})[0])
        0.5
    """

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        return tf.reduce_mean(tf.convert_to_tensor(readings["alpha"]), axis=[1, 2, 3])

    return Objective("mask_sparsity", ("alpha",), "mask_sparsity", (), (), evaluate)


def mask_haze() -> Objective:
    """Give how far the mask is from black and white: the mean of `4 alpha (1 - alpha)`.

    0 for a mask of zeros and ones, 1 for one of halves. It is a penalty: subtract it.

    Example:
        >>> import numpy as np
        >>> float(mask_haze()({"alpha": np.full((1, 4, 4, 1), 0.5, "float32")})[0])
        1.0
    """

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        alpha = tf.convert_to_tensor(readings["alpha"])
        return tf.reduce_mean(4.0 * alpha * (1.0 - alpha), axis=[1, 2, 3])

    return Objective("mask_haze", ("alpha",), "mask_haze", (), (), evaluate)
