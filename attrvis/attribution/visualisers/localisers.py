"""Where in the image a unit of a layer is: from the layer's shape to the image's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.scene import Scene
from attrvis.attribution.visualisers.smoothing import Enlarged
from attrvis.errors import BadValue
from attrvis.images.resizing import Resample
from attrvis.objectives import Objective, weighted_channels


class Localiser(ABC):
    """Maps units of a layer to the image, signed."""

    @abstractmethod
    def maps(self, scene: Scene, units: np.ndarray) -> np.ndarray:
        """Map one unit of each image.

        Args:
            scene: its layer is the units'.
            units: int [B], channels of the layer.

        Returns:
            float32 [B, H, W], of the images' size.
        """


@dataclass(frozen=True)
class EnlargedActivation(Localiser):
    """The unit's own map, enlarged to the image: true to the layer's positions, and blurred.

    Args:
        resample: `bilinear` (default), `bicubic` or `nearest`.

    Source: Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, 2017.

    Example:
        >>> EnlargedActivation()
        EnlargedActivation(resample='bilinear')
    """

    resample: Resample = "bilinear"

    def maps(self, scene: Scene, units: np.ndarray) -> np.ndarray:
        """Enlarge the units' maps.

        Raises:
            BadValue: the layer has no positions.
        """
        values = np.asarray(scene.values)
        if values.ndim != 4:
            raise BadValue(
                f"Layer {scene.layer!r} is {list(values.shape)} and has no positions to enlarge; "
                "choose a convolutional layer, or InputInfluence() as localiser."
            )
        own = np.take_along_axis(values, units[:, None, None, None], axis=3)[..., 0]
        size = (int(scene.images.shape[1]), int(scene.images.shape[2]))
        return Enlarged(size, self.resample)(own)


@dataclass(frozen=True)
class InputInfluence(Localiser):
    """What the pixels contribute to the unit, summed over its positions.

    Args:
        method: the method that tells, by name or made; default integrated gradients.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> InputInfluence("saliency").method.name
        'saliency'
    """

    method: Method | str = field(default="integrated-gradients")

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", method_of(self.method))

    def maps(self, scene: Scene, units: np.ndarray) -> np.ndarray:
        """Attribute the units to the pixels, channels summed."""
        chosen = units_sum(scene, units[:, None])
        return np.asarray(self.values(scene, chosen)).sum(axis=-1)

    def values(self, scene: Scene, objective: Objective) -> np.ndarray:
        """Attribute an objective to the pixels, [B, H, W, C]."""
        there = scene.on(layer="input", objective=objective)
        return np.asarray(self.method.over_baselines(there).values)  # type: ignore


def units_sum(scene: Scene, units: np.ndarray) -> Objective:
    """Make the objective that sums up some channels of a layer over all positions.

    Args:
        scene: its layer is the units'.
        units: int [B, k], the channels of each image.

    Returns:
        The objective, of numbers of each image, so that one trace serves all units.

    Raises:
        BadValue: a channel that the layer does not have.
    """
    channels = int(scene.values.shape[-1])
    wrong = units[(units < 0) | (units >= channels)]
    if wrong.size:
        raise BadValue(
            f"Layer {scene.layer!r} has channels 0 to {channels - 1}, and not {int(wrong[0])}."
        )
    places = int(np.prod(scene.values.shape[1:-1], dtype=np.int64))
    weights = np.zeros((units.shape[0], channels), np.float32)
    np.put_along_axis(weights, units, float(places), axis=1)
    return weighted_channels(scene.layer, weights)
