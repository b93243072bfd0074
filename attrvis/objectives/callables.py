"""Objectives of the user's own, and everything that may stand for an objective."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.strings import parse


def custom(
    function: Callable[[Readings], Any],
    layers: str | Sequence[str],
    name: str | None = None,
) -> Objective:
    """Make an objective of any function of readings.

    Args:
        function: takes the readings, a mapping from names to tensors [B, ...], and gives one number
            an image, [B], by TensorFlow operations. Each function is traced anew, so make it once.
        layers: the readings that it needs, one name or several.
        name: how a person reads it, default the function's own name.

    Returns:
        The objective.

    Raises:
        BadValue: no function, or no layer; when it is evaluated, a result that is not one number
            an image.

    Example:
        >>> q = custom(lambda r: tf.reduce_max(r["x"], axis=1), "x", name="loudest")
        >>> q, q({"x": tf.constant([[1.0, 3.0], [2.0, 0.0]])}).numpy().tolist()
        (Objective('loudest'), [3.0, 2.0])
    """
    if not callable(function) or not isinstance(function, Hashable):
        raise BadValue(
            f"An objective of your own is a function of readings, not {type(function).__name__}."
        )
    names = (layers,) if isinstance(layers, str) else tuple(layers)
    if not names or not all(isinstance(n, str) and n for n in names):
        raise BadValue(
            f"Name the readings that the function needs, such as 'mixed4d'; not {layers!r}."
        )
    text = name or str(getattr(function, "__name__", type(function).__name__))

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        given = {n: tf.convert_to_tensor(readings[n]) for n in names}
        found = function(given)
        if found is None:
            raise BadValue(f"The function of the objective '{text}' gave nothing back.")
        try:
            values = tf.convert_to_tensor(found)
        except (TypeError, ValueError) as error:
            raise BadValue(f"The objective '{text}' gave what is no tensor ({error}).") from error
        if not (values.dtype.is_floating or values.dtype.is_integer):
            raise BadValue(f"The objective '{text}' gave no numbers, but {values.dtype.name}.")
        batch = next((v.shape[0] for v in given.values() if v.shape.rank), None)
        if not values.shape.is_compatible_with([batch]):
            raise BadValue(
                f"The objective '{text}' gave shape {tuple(values.shape)}; it must give one number "
                "an image, [B]: reduce over all axes but the first."
            )
        return tf.cast(values, tf.float32)

    return Objective(text, names, ("custom", names, function), (), (), evaluate)


def as_objective(
    given: Objective | str | Callable[[Readings], Any], layers: str | Sequence[str] | None = None
) -> Objective:
    """Make an objective of whatever may stand for one.

    Args:
        given: an objective (left as it is), a text for `parse`, or a function for `custom`.
        layers: the readings that a function needs; only for a function.

    Returns:
        The objective.

    Raises:
        BadValue: something else, a text that cannot be read, or a function without its layers.

    Example:
        >>> as_objective("mixed4d:42 - 2 * logit:tabby").layers
        ('mixed4d', 'logits')
    """
    if isinstance(given, Objective):
        return given
    if isinstance(given, str):
        return parse(given)
    if callable(given):
        if layers is None:
            raise BadValue("Say which readings the function needs: layers='mixed4d'.")
        return custom(given, layers)
    raise BadValue(
        f"An objective is an Objective, a text such as 'mixed4d:42' or a function, not {given!r}."
    )
