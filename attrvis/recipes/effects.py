"""How much single neurons of a photo speak for each class: gradient times activation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from attrvis.networks import Network
from attrvis.networks.prediction import pooled
from attrvis.progress import Progress, silent

_ROWS = 32
_BUDGET_BYTES = 256 * 2**20
# A row's activations and gradients behind the layer, relative to the layer itself.
_ROW_FACTOR = 60


def class_effects(
    net: Network,
    picture: np.ndarray,
    layer: str,
    neurons: Sequence[tuple[int, int, int]],
    progress: Progress = silent,
) -> np.ndarray:
    """Compute gradient times activation of every class's logit at some neurons.

    Args:
        net: the network.
        picture: [H, W, 3] in [0, 1], of the network's size.
        layer: whose neurons, maps [B, h, w, C].
        neurons: (row, column, channel) of each.
        progress: told how many classes are done.

    Returns:
        float32 [neurons, classes]: about how much the logit would lose without the neuron.

    Raises:
        UnknownName: no such layer.
        ModelError: the logits do not depend on the layer.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> from attrvis.networks import load
        >>> class_effects(load("embedded"), np.full((64, 64, 3), 0.5), "mixed5a", [(0, 0, 3)]).shape
        (1, 120)
    """
    tail = net.cut(layer, ["logits"])
    values, bypass = tail.head(tf.constant(picture[None], tf.float32))
    at = tf.constant(np.asarray(neurons, np.int32).reshape(-1, 3))
    bytes_a_row = int(np.prod(values.shape[1:])) * 4 * _ROW_FACTOR
    rows = int(np.clip(_BUDGET_BYTES // max(bytes_a_row, 1), 1, min(_ROWS, net.classes)))

    def compiled() -> tf.types.experimental.PolymorphicFunction:
        @tf.function(autograph=False)
        def slopes(
            values: tf.Tensor, bypass: dict[str, tf.Tensor], classes: tf.Tensor, at: tf.Tensor
        ) -> tf.Tensor:
            count = tf.shape(classes)[0]
            several = tf.repeat(values, count, axis=0)
            beside = {name: tf.repeat(value, count, axis=0) for name, value in bypass.items()}
            with tf.GradientTape() as tape:
                tape.watch(several)
                logits = pooled(tail(several, beside)["logits"])
                own = tf.reduce_sum(tf.gather(logits, classes, axis=1, batch_dims=1))
            gradient = tape.gradient(own, several)
            # [classes, h, w, C] to [h, w, C, classes], of which the neurons' rows are taken.
            return tf.gather_nd(tf.transpose(gradient, [1, 2, 3, 0]), at)

        return slopes

    slopes = net.remember(("class effects", layer), compiled)
    found = np.zeros((len(neurons), net.classes), np.float32)
    for start in range(0, net.classes, rows):
        # One shape for all: the last chunk reaches back.
        first = min(start, net.classes - rows)
        classes = tf.range(first, first + rows)
        found[:, first : first + rows] = slopes(values, bypass, classes, at).numpy()
        progress("classes", min(start + rows, net.classes), net.classes, {})
    return found * tf.gather_nd(values[0], at).numpy()[:, None]
