"""How far a picture is from a photo's style and content, in units that fit any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import Objective, content, gram, style


def style_gap(
    net: Network,
    photo: np.ndarray,
    layers: Sequence[str],
    weight: float = 1.0,
    decay: float | None = None,
) -> Objective:
    """Give how far a picture's style is from a photo's: the mean over layers.

    With a negative weight it is a goal to maximise.

    The absolute difference of each layer's Gram matrices is divided by the mean absolute value
    of the photo's, so that all layers of all networks count alike: 0 is the same style, and about
    1 a picture of which the layers see nothing.

    Args:
        net: the network.
        photo: [h, w, 3] in [0, 1], of any size that the layers can take.
        layers: their names; `input` stands for the colours themselves.
        weight: by which it is multiplied.
        decay: of a running mean of the picture's Gram matrices, see `attrvis.objectives.style`.

    Returns:
        The objective, one term a layer.

    Raises:
        UnknownName: no such layer.
        BadValue: no layer, one that sees nothing in the photo, or a decay outside [0, 1).
        ModelError: the layers cannot be computed at the photo's size.

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks, 2016.
    """
    if not layers:
        raise BadValue("A style needs at least one layer.")
    read = _readings(net, photo, layers)
    grams = {name: gram(values).numpy() for name, values in read.items()}
    return Objective.sum(
        [
            style(name, grams=own, decay=decay) * (weight / (len(layers) * _level(own, name)))
            for name, own in grams.items()
        ]
    )


def content_gap(net: Network, photo: np.ndarray, layer: str) -> Objective:
    """Give how far a picture's content is from a photo's of the same size. Subtract it.

    The mean absolute difference of the activations is divided by the mean absolute activation:
    0 is the same content, 1 a picture in which the layer sees nothing.

    Args:
        net: the network.
        photo: [h, w, 3] in [0, 1], of the size that will be drawn.
        layer: its name.

    Returns:
        The objective.

    Raises:
        UnknownName: no such layer.
        BadValue: a layer that sees nothing in the photo.
        ModelError: the layer cannot be computed at the photo's size.

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks, 2016.
    """
    values = _readings(net, photo, [layer])[layer].numpy()
    return content(layer, values) * (1 / _level(values, layer))


def ends(history: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Tell each term of a history of one picture at its first and its last step, where finite.

    Args:
        history: [steps, B] by name.

    Example:
        >>> ends({"style": np.array([[-1.0], [-0.5], [-0.25]])})
        {'style': [-1.0, -0.25]}
    """
    return {
        name: [round(float(values[0, 0]), 4), round(float(values[-1, 0]), 4)]
        for name, values in history.items()
        if len(values) and np.isfinite(values[[0, -1], 0]).all()
    }


def _readings(net: Network, photo: np.ndarray, layers: Sequence[str]) -> dict[str, tf.Tensor]:
    pixels = tf.constant(photo[None], tf.float32)
    inner = [name for name in layers if name != "input"]
    found = net.trunk(inner, photo.shape[:2])(pixels) if inner else {}
    return {name: pixels if name == "input" else found[name] for name in layers}


def _level(values: np.ndarray, layer: str) -> float:
    level = float(np.abs(values).mean())
    if not level > 0:
        raise BadValue(f"The layer {layer!r} sees nothing in the photo; choose another layer.")
    return level
