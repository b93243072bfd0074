"""AblationCAM: channels weighed by what is lost without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.cams.cam import CAM
from attrvis.attribution.method import Found
from attrvis.attribution.rows import Rows, Samples
from attrvis.attribution.scene import Scene

_FLOOR = 1e-6


@dataclass(frozen=True)
class AblationCAM(CAM):
    """Channels weighed by the share of the target that goes when they are set to zero.

    `w = (y - y without the channel) / |y|`: one run of the network behind the layer a channel.

    Args:
        reshape: how tokens lie, see `CAM`.
        batch_size: rows at once, or `auto`.

    Source: Desai and Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional Network
    via Gradient-free Localization, 2020.

    Example:
        >>> AblationCAM().name
        'ablation-cam'
    """

    batch_size: int | str = "auto"
    name = "ablation-cam"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        self.gridded(scene, scene.values)
        count = int(scene.values.shape[-1])
        samples = Samples(_without, count, {"channel": np.arange(count, dtype=np.int32)})
        own = scene.score(scene.values)[:, None]
        lost = own - scene.scores(samples, batch_size=self.batch_size)
        weights = lost / np.maximum(np.abs(own), _FLOOR)
        shape = [-1, *[1] * (scene.values.shape.rank - 2), count]
        return self.mapped(scene, tf.reshape(weights, shape) * scene.values)


def _without(rows: Rows) -> tf.Tensor:
    """Set one channel of each image to zero."""
    values = rows.own["value"]
    kept = 1 - tf.one_hot(rows.each["channel"], values.shape[-1], dtype=values.dtype)
    return values * tf.reshape(kept, [-1, *[1] * (values.shape.rank - 2), values.shape[-1]])
