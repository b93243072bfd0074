"""Photos masked to what makes some units of a layer active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attrvis.attribution.checked import checked_images
from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.scene import Scene
from attrvis.attribution.targets import Target, bind_target
from attrvis.attribution.visualisers.localisers import InputInfluence, units_sum
from attrvis.attribution.visualisers.ready import mask
from attrvis.attribution.visualisers.showing import Masked
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import channel


@dataclass(frozen=True, eq=False)
class MaskedPhotos:
    """What a visualiser of units made.

    Args:
        images: [B, H, W, C], the photos multiplied by their masks.
        masks: [B, H, W] in [0, 1].
        units: int [B, k], the channels of each image, strongest first.
        values: [B, H, W, C], what the pixels contribute to these units, signed.
    """

    images: np.ndarray
    masks: np.ndarray
    units: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class UnitsWithBlur:
    """Photos where they make chosen units active, and dark elsewhere.

    The pixels' attribution to the units' sum is turned into a mask: sizes, blur, percentile, soft
    edge; see `attrvis.attribution.visualisers.ready.mask`. Blurs are parts of the photo's shorter
    side, so that photos of all sizes are masked alike.

    Args:
        units: channels of the layer, the same for every image.
        percentile: of the blurred attribution, above which the photo is shown, default 95.
        sigma: its blur, default 15 of 224.
        alpha: how much of the rest is seen, default 0.1.
        soften: the blur of the mask's edge, default 2 of 224.
        method: tells what the pixels contribute, default integrated gradients.

    Raises:
        BadValue: no unit, or a number outside its range.
        UnknownName: no such method.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> UnitsWithBlur((3, 7)).percentile
        95.0
    """

    units: Sequence[int]
    percentile: float = 95.0
    sigma: float = 15 / 224
    alpha: float = 0.1
    soften: float = 2 / 224
    method: Method | str = field(default="integrated-gradients")

    def __post_init__(self) -> None:
        made = tuple(int(unit) for unit in self.units)
        if not made or len(set(made)) < len(made):
            raise BadValue(f"The units are one channel or several, each once; not {self.units!r}.")
        object.__setattr__(self, "units", made)
        object.__setattr__(self, "method", method_of(self.method))
        mask(self.percentile, self.sigma, self.alpha, self.soften)

    def __call__(self, net: Network, images: Any, *, layer: str, seed: int = 0) -> MaskedPhotos:
        """Mask photos.

        Args:
            net: the network.
            images: [B, H, W, C] in pixel space.
            layer: whose units.
            seed: of the method's random draws.

        Raises:
            UnknownName: no such layer.
            BadValue: a unit that the layer does not have, or images that do not fit.
        """
        batch = checked_images(net, images)
        scene = Scene.of(net, batch, layer, channel(layer, 0), seed)
        units = np.tile(np.array(self.units, np.int64), (scene.count, 1))
        return masked_photos(scene, units, self)


@dataclass(frozen=True)
class TopKWithBlur:
    """Photos where they make those units active that speak most for the target.

    Args:
        k: how many units, each image's own, default 1.
        percentile: of the blurred attribution, above which the photo is shown, default 95.
        sigma: its blur, as a part of the photo's shorter side, default 15 of 224.
        alpha: how much of the rest is seen, default 0.01.
        soften: the blur of the mask's edge, default 2 of 224.
        method: tells what the pixels contribute to the units, default integrated gradients.
        influence: tells what the units contribute to the target, default internal influence; the
            largest signed sums over positions are chosen.

    Raises:
        BadValue: a number outside its range.
        UnknownName: no such method.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> TopKWithBlur(3).influence.name
        'internal-influence'
    """

    k: int = 1
    percentile: float = 95.0
    sigma: float = 15 / 224
    alpha: float = 0.01
    soften: float = 2 / 224
    method: Method | str = field(default="integrated-gradients")
    influence: Method | str = field(default="internal-influence")

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadValue(f"At least one unit is shown, not {self.k}.")
        object.__setattr__(self, "method", method_of(self.method))
        object.__setattr__(self, "influence", method_of(self.influence))
        mask(self.percentile, self.sigma, self.alpha, self.soften)

    def __call__(
        self,
        net: Network,
        images: Any,
        *,
        layer: str,
        target: Target = None,
        score: str = "logit",
        seed: int = 0,
    ) -> MaskedPhotos:
        """Mask photos.

        Args:
            net: the network.
            images: [B, H, W, C] in pixel space.
            layer: whose units.
            target: what they speak for; default each image's own top class.
            score: what of the class, default the logit.
            seed: of the methods' random draws.

        Raises:
            UnknownName: no such layer or label.
            BadValue: images or a target that do not fit the network.
        """
        batch = checked_images(net, images)
        scene = Scene.of(net, batch, layer, bind_target(net, batch, target, score), seed)
        units, _ = strongest_units(scene, self.influence, self.k, "sum")
        return masked_photos(scene, units, self)


def strongest_units(
    scene: Scene, method: Method | str, count: int | None, reduce: str
) -> tuple[np.ndarray, np.ndarray]:
    """Find the channels that contribute most to a scene's objective, each image's own.

    Args:
        scene: its layer is the channels'.
        method: tells how much.
        count: how many; default all of the layer, in their order.
        reduce: over positions, `sum` or `mean`.

    Returns:
        int [B, count], the largest first, and their contributions, signed, [B, count].
    """
    values = np.asarray(method_of(method).over_baselines(scene).values, np.float64)
    axes = tuple(range(1, values.ndim - 1))
    weights = values.sum(axis=axes) if reduce == "sum" else values.mean(axis=axes)
    if count is None:
        return np.tile(np.arange(weights.shape[1]), (len(weights), 1)), weights
    units = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    return units, np.take_along_axis(weights, units, axis=1)


def masked_photos(
    scene: Scene, units: np.ndarray, made: UnitsWithBlur | TopKWithBlur
) -> MaskedPhotos:
    """Mask a scene's photos to what makes their units active."""
    photos = np.asarray(scene.images)
    values = InputInfluence(made.method).values(scene, units_sum(scene, units))
    masks = mask(made.percentile, made.sigma, made.alpha, made.soften)(values)
    return MaskedPhotos(Masked()(masks, photos), masks, units, values)
