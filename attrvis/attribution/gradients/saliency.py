"""The plain gradient."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class Saliency(Method):
    """The gradient of the target: what a small change of each number does to it.

    Source: Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks, 2014.

    Example:
        >>> Saliency()
        Saliency()
    """

    name = "saliency"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        gradient, _ = scene.gradient()
        return Found(gradient)
