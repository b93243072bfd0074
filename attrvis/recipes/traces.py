"""A picture that is opaque where its objective kept pulling, and has the full range of tones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def transparency(trace: np.ndarray, percentile: float = 80.0) -> np.ndarray:
    """Make a mask of a sum of gradients: opaque where they were large.

    Args:
        trace: [H, W, C], 0 or more.
        percentile: where it is cut off, so that a few pixels do not decide; 80 by default.

    Returns:
        float32 [H, W, 1] in [0, 1]; all ones where there was no gradient at all.

    Example:
        >>> transparency(np.array([[[0.0], [1.0], [2.0]]]), 50.0)[..., 0].tolist()
        [[0.0, 1.0, 1.0]]
    """
    mean = np.asarray(trace, np.float64).mean(axis=-1, keepdims=True)
    top = np.percentile(mean, percentile)
    top = top if top > 0 else mean.max()
    return (np.clip(mean / top, 0, 1) if top > 0 else np.ones_like(mean)).astype(np.float32)


def stretched(image: np.ndarray, ends: Sequence[float] = (1.0, 99.0)) -> np.ndarray:
    """Stretch an image's values so that a percentile of each end is black and white.

    Args:
        image: [H, W, C].
        ends: the percentiles.

    Returns:
        float32 [H, W, C] in [0, 1]; a flat image stays as it is.

    Example:
        >>> stretched(np.array([[[0.25], [0.75]]]), (0, 100))[..., 0].tolist()
        [[0.0, 1.0]]
    """
    low, high = np.percentile(image, ends)
    if not high > low:
        return np.asarray(image, np.float32)
    return np.clip((image - low) / (high - low), 0, 1).astype(np.float32)
