"""Guided GradCAM: guided backpropagation, where GradCAM says that it matters."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.cams.cam import CAM
from attrvis.attribution.cams.grad_cam import GradCAM
from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown
from attrvis.networks import Network

_ENLARGING = ("bilinear", "nearest")


@dataclass(frozen=True)
class GuidedGradCAM(CAM):
    """Guided gradients at the pixels times the GradCAM of a deeper layer, enlarged.

    Args:
        reshape: how tokens lie, see `CAM`.
        at: GradCAM's layer, default the last with positions.
        enlarge: `bilinear` or `nearest`.

    Raises:
        UnknownName: another way to enlarge.

    Source: Selvaraju et al., Grad-CAM, 2017; Springenberg et al., Striving for Simplicity, 2015.

    Example:
        >>> GuidedGradCAM().enlarge
        'bilinear'
    """

    at: str | None = None
    enlarge: str = "bilinear"
    name = "guided-grad-cam"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.enlarge not in _ENLARGING:
            raise unknown("way to enlarge", self.enlarge, _ENLARGING)

    def home(self, net: Network) -> str:
        """Name what is attributed: the pixels."""
        return "input"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        if scene.values.shape.rank != 4:
            raise BadValue(
                f"Guided GradCAM needs positions, and layer {scene.layer!r} has none; choose the "
                "pixels or a convolutional layer."
            )
        deep = scene.on(layer=self.at or super().home(scene.net))
        found = GradCAM(self.reshape).attribute(deep).values
        summed = tf.nn.relu(tf.reduce_sum(found, axis=-1, keepdims=True))
        gate = tf.image.resize(summed, scene.values.shape[1:3], method=self.enlarge)
        rule = scene.net.remember(("rule", "guided"), lambda: scene.net.with_rule("guided"))
        guided, _ = scene.on(net=rule).gradient()
        return Found(guided * gate)
