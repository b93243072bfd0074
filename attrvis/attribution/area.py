"""How much of a picture an attribution covers."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from attrvis.errors import BadValue

_SMALLEST, _LARGEST = 0.04, 0.6


def covered_area(values: np.ndarray, spread: float = 1.0) -> float:
    """Give the share of a picture that an attribution covers, by Otsu's threshold.

    A neuron sees more than its own cell, so the map is first spread by a Gaussian of about one
    cell, and its square root taken, as a few hot cells would else hide all others; then the
    threshold is the one that best parts the map into two classes.

    Args:
        values: one image's attribution, [h, w, C] or [h, w]; its positive part counts.
        spread: standard deviation of the Gaussian in cells of the layer, default 1.

    Returns:
        The share of the map above the threshold, kept between 0.04 and 0.6: less cannot show a
        thing and more is no choice of places. A map without contrast gives 0.25.

    Raises:
        BadValue: values of another rank, or not finite.

    Source: Otsu, A threshold selection method from gray-level histograms, 1979.

    Example:
        >>> a = np.zeros((16, 16)); a[4:12, 4:12] = 1.0
        >>> covered_area(a, spread=0.0)
        0.25
    """
    values = np.asarray(values, np.float64)
    if values.ndim not in (2, 3) or not np.isfinite(values).all():
        raise BadValue(
            f"An area needs one image's finite attribution [h, w, C] or [h, w], not {values.shape}."
        )
    heat = np.maximum(values, 0.0)
    heat = heat.sum(axis=-1) if heat.ndim == 3 else heat
    if spread > 0:
        heat = ndimage.gaussian_filter(heat, spread, mode="reflect")
    heat = np.sqrt(heat)
    low, high = heat.min(), heat.max()
    if high - low <= 1e-9 * max(high, 1e-300):
        return 0.25
    fine = (heat - low) / (high - low)
    if spread > 0:
        fine = ndimage.zoom(fine, 8, order=1, mode="nearest", grid_mode=True)
    from skimage.filters import threshold_otsu

    share = float((fine > threshold_otsu(fine)).mean())
    return float(np.clip(share, _SMALLEST, _LARGEST))
