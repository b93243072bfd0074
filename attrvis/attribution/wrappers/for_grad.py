"""FORGrad: any method's map without its high frequencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene
from attrvis.attribution.wrappers.wrapped import Wrapper
from attrvis.errors import BadValue


@dataclass(frozen=True)
class FORGrad(Wrapper):
    """Any method's values, of which only the low frequencies are kept.

    Gradients of networks with strides and pools hold a checkerboard that says nothing of the image.

    Args:
        method: the method, by name or made; default `saliency`.
        cutoff: the highest frequency that stays, in waves over the longer side, default 15.

    Raises:
        UnknownName: no such method.
        BadValue: a cutoff that is not above 0, or values without positions.

    Source: Muzellec, Fel, Boutin, Andeol, VanRullen and Serre, Saliency Strikes Back: How Filtering
    out High Frequencies Improves White-Box Explanations, 2024.

    Example:
        >>> FORGrad("smooth-grad").cutoff
        15.0
    """

    cutoff: float = 15.0
    name = "for-grad"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.cutoff > 0:
            raise BadValue(f"A cutoff is a number of waves above 0, not {self.cutoff}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        found = self.inner.over_baselines(scene)
        values = np.asarray(found.values, np.float64)
        if values.ndim != 4:
            raise BadValue(
                f"FORGrad filters maps, and layer {scene.layer!r} has no positions; choose the "
                "pixels or a convolutional layer."
            )
        return Found(low_pass(values, self.cutoff), positive=found.positive)


def low_pass(values: np.ndarray, cutoff: float) -> np.ndarray:
    """Remove the waves of maps [B, h, w, C] that are shorter than `cutoff` over the longer side.

    Args:
        values: the maps.
        cutoff: waves over the longer side.

    Returns:
        float32 of the same shape.

    Example:
        >>> flat = np.ones((1, 4, 6, 1)); np.allclose(low_pass(flat, 1), flat)
        True
    """
    height, width = values.shape[1:3]
    longer = max(height, width)
    rows = np.fft.fftfreq(height)[:, None] * longer
    columns = np.fft.rfftfreq(width)[None] * longer
    kept = np.hypot(rows, columns) <= cutoff
    spectrum = np.fft.rfft2(values, axes=(1, 2)) * kept[None, :, :, None]
    return np.fft.irfft2(spectrum, (height, width), axes=(1, 2)).astype(np.float32)
