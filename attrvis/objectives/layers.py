"""The objective of a whole layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import inner, read


def layer(name: str) -> Objective:
    """Give the mean of a layer's squared activations, which lets it amplify whatever it sees.

    Args:
        name: the layer's name; any shape [B, ...].

    Returns:
        The objective.

    Source: Mordvintsev, Olah and Tyka, Inceptionism: Going Deeper into Neural Networks, 2015.

    Example:
        >>> layer("mixed4d")({"mixed4d": tf.constant([[1.0, 3.0]])}).numpy().tolist()
        [5.0]
    """

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, name)
        return tf.reduce_mean(tf.square(values), axis=inner(values))

    return Objective(quoted(name), (name,), ("layer", name), (), (), evaluate)
