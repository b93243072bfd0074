"""FEM: places where channels are unusually active, whatever the target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.cams.cam import CAM, over_positions
from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class FEM(CAM):
    """Each channel's places that exceed its mean by k standard deviations, weighed by its mean.

    Args:
        reshape: how tokens lie, see `CAM`.
        k: how many standard deviations, default 2.

    Raises:
        BadValue: a k that is not finite.

    Source: Fuad, Martin, Giot, Bourqui, Benois-Pineau and Zemmari, Features Understanding in 3D
    CNNs for Actions Recognition in Video, 2020.

    Example:
        >>> FEM().k
        2.0
    """

    k: float = 2.0
    name = "fem"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not math.isfinite(self.k):
            raise BadValue(f"FEM counts finite standard deviations, not {self.k}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        values = self.gridded(scene, scene.values)
        mean = over_positions("mean", values)
        sd = tf.math.sqrt(over_positions("mean", (values - mean) ** 2))
        unusual = tf.cast(values > mean + self.k * sd, values.dtype)
        return Found(unusual * mean, positive=True)
