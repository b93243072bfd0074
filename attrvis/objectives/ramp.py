"""A number that grows while a picture is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings


def ramp(start: float, end: float) -> Objective:
    """Give a weight that goes from one value to another over a rendering, geometrically.

    Args:
        start: at the first step, above 0.
        end: at the last step, above 0.

    Returns:
        An objective to multiply with others, such as `ramp(1, 8) * mask_area(0.1)`; it reads
        `progress`, which a rendering raises from 0 to 1.

    Raises:
        BadValue: an end that is not positive.

    Example:
        >>> float(ramp(1, 4)({"progress": tf.constant(0.5)}))
        2.0
    """
    if not (start > 0 and end > 0 and np.isfinite([start, end]).all()):
        raise BadValue(f"A ramp goes between two positive numbers, not from {start} to {end}.")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        first, last = (tf.convert_to_tensor(p) for p in parameters)
        return first * tf.pow(last / first, tf.cast(readings["progress"], tf.float32))

    numbers = (np.asarray(start, np.float32), np.asarray(end, np.float32))
    return Objective(
        f"ramp({start:g}, {end:g})", ("progress",), "ramp", numbers, (0, 0), evaluate
    )
