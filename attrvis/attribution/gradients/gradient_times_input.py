"""Gradient times input."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene


@dataclass(frozen=True)
class GradientTimesInput(Method):
    """The gradient times what it is taken at: what each number does, were the network linear.

    Source: Shrikumar, Greenside, Shcherbina and Kundaje, Not Just a Black Box, 2016.

    Example:
        >>> GradientTimesInput()
        GradientTimesInput()
    """

    name = "gradient-times-input"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        gradient, _ = scene.gradient()
        return Found(gradient * scene.values)
