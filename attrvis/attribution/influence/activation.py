"""Activations, and gradients times activations."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene
from attrvis.networks import Network
from attrvis.networks.choice import last_map


@dataclass(frozen=True)
class Activation(Method):
    """A layer's values themselves, whatever the target.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> Activation().name
        'activation'
    """

    name = "activation"

    def home(self, net: Network) -> str:
        """Name the last layer with positions."""
        return last_map(net).name

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return Found(scene.values)


@dataclass(frozen=True)
class GradientTimesActivation(Method):
    """A layer's gradient times its values: what each neuron does, were the rest linear.

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> GradientTimesActivation().name
        'gradient-times-activation'
    """

    name = "gradient-times-activation"

    def home(self, net: Network) -> str:
        """Name the last layer with positions."""
        return last_map(net).name

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        gradient, _ = scene.gradient()
        return Found(gradient * scene.values)
