"""A number that grows while a picture is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings


def ramp(start: float, end: float | Sequence[float], until: float = 1.0) -> Objective:
    """Give a number that goes from one value to another over a rendering, geometrically.

    Args:
        start: at the first step, above 0.
        end: at the end, above 0; or one an image.
        until: the share of the rendering after which the end is reached and kept, default 1.

    Returns:
        An objective to combine with others, such as `ramp(1, 8) * mask_area(0.1)` or
        `mask_area(ramp(0.5, 0.1))`; it reads `progress`, which a rendering raises from 0 to 1.

    Raises:
        BadValue: an end that is not positive, or an `until` outside (0, 1].

    Example:
        >>> float(ramp(1, 4)({"progress": tf.constant(0.5)}))
        2.0
    """
    ends = np.asarray(end, np.float32)
    finite = np.isfinite(start) and np.isfinite(ends).all()
    if not (finite and start > 0 and (ends > 0).all() and ends.ndim < 2 and 0 < until <= 1):
        raise BadValue(
            f"A ramp goes between positive numbers until a share above 0 and at most 1, not from "
            f"{start} to {end} until {until}."
        )

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        first, last, share = (tf.convert_to_tensor(p) for p in parameters)
        done = tf.minimum(tf.cast(readings["progress"], tf.float32) / share, 1.0)
        return first * tf.pow(last / first, done)

    numbers = (np.asarray(start, np.float32), ends, np.asarray(until, np.float32))
    shown = f"{float(ends):.3g}" if ends.ndim == 0 else f"[{len(ends)} numbers]"
    return Objective(
        f"ramp({start:g}, {shown})", ("progress",), "ramp", numbers, (0, 0, 0), evaluate
    )
