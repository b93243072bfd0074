"""Which classes an activation speaks for."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.networks import Network
from attrvis.networks.prediction import pooled

_GREY = 0.5
_BATCH = 32


def class_scores(
    net: Network, layer: str, directions: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """Give how far each class's logit moves when a layer holds one activation everywhere.

    Args:
        net: the network.
        layer: the layer's name, [B, ..., C].
        directions: activations, [K, C].
        reference: the activation that they are compared with, such as the mean of many, [C].

    Returns:
        float32 [K, classes], the logits beyond those of the reference. Paths that bypass the layer
        see a grey picture.

    Raises:
        UnknownName: no such layer.

    Example:
        >>> from attrvis.networks import load
        >>> few = np.eye(2, 512, dtype=np.float32)
        >>> class_scores(load("embedded"), "mixed5a", few, few[0])[0].max()
        np.float32(0.0)
    """
    rows, columns = net.image_size
    channels = int(net.layer("input").shape[-1] or 3)
    tail = net.cut(layer)
    grey = tf.fill([1, rows, columns, channels], _GREY)
    values, bypass = tail.head(grey)
    every = np.concatenate([np.asarray(reference, np.float32)[None], directions])
    found = []
    for start in range(0, len(every), _BATCH):
        some = every[start : start + _BATCH]
        shape = [len(some), *values.shape[1:]]
        own = some.reshape(len(some), *[1] * (len(shape) - 2), -1)
        beside = {name: tf.repeat(value, len(some), axis=0) for name, value in bypass.items()}
        logits = tail(tf.broadcast_to(tf.constant(own), shape), beside)["logits"]
        found.append(pooled(logits).numpy())
    scores = np.concatenate(found)
    return scores[1:] - scores[0]
