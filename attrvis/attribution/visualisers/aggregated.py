"""Maps of single channels, weighed by what the channels do for a target, and added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attrvis import plots
from attrvis.attribution.checked import checked_images
from attrvis.attribution.influence.internal import InternalInfluence
from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.scene import Scene
from attrvis.attribution.targets import Target, bind_target
from attrvis.attribution.visualisers.localisers import InputInfluence, Localiser
from attrvis.attribution.visualisers.units import strongest_units
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.choice import last_map


@dataclass(frozen=True, eq=False)
class Aggregated:
    """An aggregated map, and the maps that it is made of.

    Args:
        values: [B, H, W], signed: the sum over channels of weight times map.
        units: int [B, k], the channels.
        weights: [B, k], what each does for the target, signed.
        panels: [B, k, H, W], each channel's own map, not weighed.
        photos: [B, H, W, C], the photos.
        layer: whose channels.
    """

    values: np.ndarray
    units: np.ndarray
    weights: np.ndarray
    panels: np.ndarray
    photos: np.ndarray
    layer: str

    def sheet(self, index: int = 0, most: int = 8) -> np.ndarray:
        """Draw one image's map and its strongest channels' own, each over the photo.

        Args:
            index: which image.
            most: how many channels, default 8.

        Returns:
            float32 [h, w, 3] in [0, 1].
        """
        photo = plots.rgb(self.photos)[index]
        shown = [(plots.overlay(photo, self.values[index]), f"all\n{self.layer}")]
        order = np.argsort(-np.abs(self.weights[index]), kind="stable")[:most]
        shown += [
            (
                plots.overlay(photo, self.panels[index, at]),
                f"{self.layer}:{self.units[index, at]}\nweight {self.weights[index, at]:+.3g}",
            )
            for at in order
        ]
        return plots.sheet(shown)


@dataclass(frozen=True)
class AggregatedVisualisation:
    """Weights of channels times maps of channels, added up.

    With its defaults it is the channelwise influence-directed explanation: each channel's
    influence on the target, times what the pixels contribute to that channel. With
    `weights="saliency", localiser=EnlargedActivation(), top=None, positive=True` it is GradCAM.

    Args:
        weights: the method that weighs channels, by its values' mean over positions; by name or
            made, default internal influence without activations.
        localiser: maps a channel to the image, default `InputInfluence()`.
        top: how many channels of each image, those with the largest weight; default 8, None for
            all. Each costs a run of the localiser.
        positive: whether the sum's negative part is dropped.

    Raises:
        BadValue: no channel, or a localiser that is none.
        UnknownName: no such method.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> AggregatedVisualisation("saliency").top
        8
    """

    weights: Method | str = field(default_factory=lambda: InternalInfluence(multiply=False))
    localiser: Localiser = field(default_factory=InputInfluence)
    top: int | None = 8
    positive: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", method_of(self.weights))
        if not isinstance(self.localiser, Localiser):
            raise BadValue(
                "A localiser is EnlargedActivation() or InputInfluence(), or one of your own, not "
                f"{self.localiser!r}."
            )
        if self.top is not None and self.top < 1:
            raise BadValue(f"At least one channel is shown, not {self.top}.")

    def __call__(
        self,
        net: Network,
        images: Any,
        *,
        target: Target = None,
        layer: str | None = None,
        score: str = "logit",
        seed: int = 0,
    ) -> Aggregated:
        """Make the maps.

        Args:
            net: the network.
            images: [B, H, W, C] in pixel space.
            target: what the channels speak for; default each image's own top class.
            layer: whose channels; default the last one with positions.
            score: what of the class, default the logit.
            seed: of the methods' random draws.

        Raises:
            UnknownName: no such layer or label.
            BadValue: images or a target that do not fit the network.
        """
        batch = checked_images(net, images)
        asked = bind_target(net, batch, target, score)
        scene = Scene.of(net, batch, layer or last_map(net).name, asked, seed)
        units, weights = strongest_units(scene, self.weights, self.top, "mean")
        maps = [self.localiser.maps(scene, column) for column in units.T]
        panels = np.stack(maps, axis=1).astype(np.float32)
        values = np.einsum("bk,bkhw->bhw", weights, panels)
        values = np.maximum(values, 0) if self.positive else values
        return Aggregated(
            values.astype(np.float32), units, weights, panels, np.asarray(batch), scene.layer
        )
