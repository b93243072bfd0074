"""Gradients by other rules: guided backpropagation, DeconvNet, RectGrad."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf

from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.composites import GATED
from attrvis.networks.rules import Rule

_ACTIVATIONS = ("Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softplus", GATED)


@dataclass(frozen=True)
class _Ruled(Method):
    """A gradient in which activations follow a rule of their own.

    Args:
        times_input: whether the result is multiplied by the image's own values.
    """

    times_input: bool = False

    @abstractmethod
    def ruled(self, net: Network) -> Network:
        """Give the network with the rule, made once."""

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        gradient, _ = scene.on(net=self.ruled(scene.net)).gradient()
        return Found(gradient * scene.values if self.times_input else gradient)


@dataclass(frozen=True)
class GuidedBackprop(_Ruled):
    """The gradient, of which each activation passes only what is positive and where it is active.

    Args:
        times_input: whether the result is multiplied by the image's own values.

    Raises:
        BadValue: the network has no activation that the rule could touch.

    Source: Springenberg, Dosovitskiy, Brox and Riedmiller, Striving for Simplicity: The All
    Convolutional Net, 2015.

    Example:
        >>> GuidedBackprop().name
        'guided-backprop'
    """

    name = "guided-backprop"

    def ruled(self, net: Network) -> Network:
        """Give the network with guided gradients."""
        return net.remember(("rule", "guided"), lambda: net.with_rule("guided"))


@dataclass(frozen=True)
class DeconvNet(_Ruled):
    """The gradient, of which each activation passes what is positive, active or not.

    Args:
        times_input: whether the result is multiplied by the image's own values.

    Raises:
        BadValue: the network has no activation that the rule could touch.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.

    Example:
        >>> DeconvNet().name
        'deconv-net'
    """

    name = "deconv-net"

    def ruled(self, net: Network) -> Network:
        """Give the network with DeconvNet's gradients."""
        return net.remember(("rule", "deconvnet"), lambda: net.with_rule("deconvnet"))


@dataclass(frozen=True)
class RectGrad(_Ruled):
    """The gradient, of which each activation passes only what matters most in its layer.

    An activation a passes the gradient R where `a * R` is not zero and reaches the given percentile
    of all such products of the image in that layer.

    Args:
        times_input: whether the result is multiplied by the image's own values.
        percentile: from 0 to 100, default 90; the higher, the less is left.

    Raises:
        BadValue: a percentile outside its range, or a network without activations.

    Source: Kim, Seo, Jeon, Koo, Choe and Jeon, Why are Saliency Maps Noisy? Cause of and Solution
    to Noisy Saliency Maps, 2019.

    Example:
        >>> RectGrad(percentile=95).times_input
        False
    """

    percentile: float = 90.0
    name = "rect-grad"

    def __post_init__(self) -> None:
        if not 0 <= self.percentile <= 100:
            raise BadValue(f"A percentile lies from 0 to 100, not at {self.percentile}.")

    def ruled(self, net: Network) -> Network:
        """Give the network whose activations pass what matters most."""

        def make() -> Network:
            passed = partial(_rectified, share=self.percentile / 100)
            rule = Rule(f"rect-grad-{self.percentile:g}", dict.fromkeys(_ACTIVATIONS, passed))
            return net.with_rule(rule)

        return net.remember(("rule", "rect-grad", float(self.percentile)), make)


def _rectified(op: Any, upstream: tf.Tensor, *, share: float) -> tf.Tensor:
    """Pass a gradient where its product with the activation is among the image's largest."""
    product = tf.reshape(op.outputs[0] * upstream, [tf.shape(upstream)[0], -1])
    ranked = tf.sort(product, axis=1)
    last = tf.cast(tf.shape(ranked)[1] - 1, tf.float32)
    at = tf.cast(tf.round(share * last), tf.int32)
    threshold = tf.gather(ranked, at, axis=1)[:, None]
    kept = tf.reshape((product >= threshold) & (product != 0), tf.shape(upstream))
    return tf.where(kept, upstream, tf.zeros_like(upstream))
