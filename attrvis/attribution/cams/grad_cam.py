"""Class activation maps that need one gradient: GradCAM and its kin."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.cams.cam import CAM, over_positions
from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class _OneGradient(CAM):
    """A map whose weights are a function of the activations and of one gradient."""

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        self.gridded(scene, scene.values)
        gradient, _ = scene.gradient()
        return self.mapped(scene, self.weights(scene.values, gradient) * scene.values)

    @abstractmethod
    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Weigh activations [B, ..., C], which has their gradient's shape."""


@dataclass(frozen=True)
class GradCAM(_OneGradient):
    """Channels weighed by their mean gradient.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, 2017.

    Example:
        >>> GradCAM()
        GradCAM(reshape=None)
    """

    name = "grad-cam"

    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Give the mean gradient of each channel."""
        return over_positions("mean", gradient)


@dataclass(frozen=True)
class GradCAMPlusPlus(_OneGradient):
    """Channels weighed by their positive gradients, places with large ones counting more.

    With the target's exponential as score, as published, all derivatives are powers of the
    gradient g: `alpha = g^2 / (2 g^2 + sum over places of A g^3)`, `w = sum of alpha relu(g)`.
    The common factor, the exponential itself, is left out: it overflows and scales all alike.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Chattopadhay, Sarkar, Howlader and Balasubramanian, Grad-CAM++, 2018.

    Example:
        >>> GradCAMPlusPlus().name
        'grad-cam-plus-plus'
    """

    name = "grad-cam-plus-plus"

    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Give each channel's weighed sum of positive gradients."""
        square = gradient**2
        below = 2 * square + over_positions("sum", activations) * gradient**3
        alpha = tf.math.divide_no_nan(square, below)
        return over_positions("sum", alpha * tf.nn.relu(gradient))


@dataclass(frozen=True)
class HiResCAM(_OneGradient):
    """Every neuron weighed by its own gradient.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Draelos and Carin, Use HiResCAM instead of Grad-CAM, 2020.

    Example:
        >>> HiResCAM().name
        'hires-cam'
    """

    name = "hires-cam"

    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Give the gradient itself."""
        return gradient


@dataclass(frozen=True)
class XGradCAM(_OneGradient):
    """Channels weighed by their gradients' mean, each place counting as much as it is active.

    `w = sum of A g / sum of |A|`, over a channel's places.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Fu, Hu, Dong, Guo, Gao and Li, Axiom-based Grad-CAM, 2020.

    Example:
        >>> XGradCAM().name
        'xgrad-cam'
    """

    name = "xgrad-cam"

    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Give each channel's activation-weighed mean gradient."""
        total = over_positions("sum", tf.abs(activations))
        return tf.math.divide_no_nan(over_positions("sum", activations * gradient), total)


@dataclass(frozen=True)
class LayerCAM(_OneGradient):
    """Every neuron weighed by its own gradient where that is positive.

    Args:
        reshape: how tokens lie, see `CAM`.

    Source: Jiang, Zhang, Hou, Cheng and Wei, LayerCAM: Exploring Hierarchical Class Activation
    Maps for Localization, 2021.

    Example:
        >>> LayerCAM().name
        'layer-cam'
    """

    name = "layer-cam"

    def weights(self, activations: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Give the positive gradients."""
        return tf.nn.relu(gradient)
