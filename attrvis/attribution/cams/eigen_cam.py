"""EigenCAM: the direction of channels along which the places of a layer differ most."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.cams.cam import CAM
from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class EigenCAM(CAM):
    """A layer's activations projected on their first principal direction, whatever the target.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Muhammad and Yeasin, Eigen-CAM: Class Activation Map using Principal Components, 2020.

    Example:
        >>> EigenCAM().name
        'eigen-cam'
    """

    name = "eigen-cam"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return self.mapped(scene, _projected(self.gridded(scene, scene.values)))

    def mapped(self, scene: Scene, weighed: tf.Tensor) -> Found:
        """Give the projected channels as what was found."""
        return Found(weighed, positive=True)


@dataclass(frozen=True)
class EigenGradCAM(EigenCAM):
    """Activations times gradients, projected on their first principal direction.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: after Muhammad and Yeasin, Eigen-CAM, 2020, with each activation weighed by its
    gradient, so that the map depends on the target.

    Example:
        >>> EigenGradCAM().name
        'eigen-grad-cam'
    """

    name = "eigen-grad-cam"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        self.gridded(scene, scene.values)
        gradient, _ = scene.gradient()
        return self.mapped(scene, _projected(self.gridded(scene, gradient * scene.values)))


def _projected(values: tf.Tensor) -> tf.Tensor:
    """Weigh channels [B, h, w, C] by the first right singular vector of places by channels.

    A singular vector has no sign of its own: it is turned so that the map's sum is positive.
    """
    flat = tf.reshape(values, [-1, values.shape[1] * values.shape[2], values.shape[3]])
    # The smaller Gram matrix has the same first direction, and costs least.
    if flat.shape[1] <= flat.shape[2]:
        _, vectors = tf.linalg.eigh(tf.matmul(flat, flat, transpose_b=True))
        direction = tf.linalg.matvec(flat, vectors[..., -1], transpose_a=True)
    else:
        _, vectors = tf.linalg.eigh(tf.matmul(flat, flat, transpose_a=True))
        direction = vectors[..., -1]
    direction = tf.math.l2_normalize(direction, axis=-1)
    total = tf.reduce_sum(tf.linalg.matvec(flat, direction), axis=1)
    direction *= tf.where(total < 0, -1.0, 1.0)[:, None]
    return values * direction[:, None, None, :]
