"""Visualisers that are made of stages already."""

from __future__ import annotations

from attrvis.attribution.visualisers.scaling import Normalised
from attrvis.attribution.visualisers.showing import AlphaScaled, Blended, Coloured, Masked, Overlaid
from attrvis.attribution.visualisers.smoothing import Blurred, Lifted, Thresholded
from attrvis.attribution.visualisers.stage import Chain
from attrvis.attribution.visualisers.summing import Summed


def heatmap(sign: str = "all", scale: float | None = None) -> Chain:
    """Make a map in blue, white and red.

    Args:
        sign: see `Summed`.
        scale: the size with the darkest colour; default each image's own.

    Example:
        >>> import numpy as np
        >>> heatmap()(np.zeros((1, 2, 2, 3))).shape
        (1, 2, 2, 3)
    """
    return Summed(sign=sign) >> Coloured(scale)


def grayscale(outlier: float = 1.0) -> Chain:
    """Make a map in grey of the sizes of contributions, stretched over [0, 1].

    Args:
        outlier: the part that is cut at the top, in percent, default 1.

    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, SmoothGrad, 2017.

    Example:
        >>> import numpy as np
        >>> grayscale()(np.zeros((1, 2, 2, 3))).shape
        (1, 2, 2)
    """
    return Summed("sizes") >> Normalised("quantile", outlier)


def diverging(outlier: float = 1.0) -> Chain:
    """Make a signed map in [-1, 1], zero at zero.

    Args:
        outlier: the part of the sizes that is cut, in percent, default 1.

    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, SmoothGrad, 2017.

    Example:
        >>> import numpy as np
        >>> diverging()(np.zeros((1, 2, 2, 3))).max()
        np.float32(0.0)
    """
    return Summed() >> Normalised("signed-quantile", outlier)


def overlay(sign: str = "all", scale: float | None = None, strength: float = 0.8) -> Chain:
    """Make a map over its photo in pale grey.

    Args:
        sign: see `Summed`.
        scale: the size with the darkest colour; default each image's own.
        strength: opacity of the largest values.

    Example:
        >>> import numpy as np
        >>> overlay()(np.zeros((1, 2, 2, 3)), np.ones((1, 8, 8, 3))).shape
        (1, 8, 8, 3)
    """
    return Summed(sign=sign) >> Overlaid(scale, strength)


def blended(
    sign: str = "all", opacity: float = 0.5, outlier: float = 2.0, blur: float = 0
) -> Chain:
    """Make a map in colour over its photo.

    Args:
        sign: see `Summed`.
        opacity: of the map.
        outlier: the part of the sum of sizes that is cut, in percent.
        blur: the map's blur, a part of its shorter side.

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> import numpy as np
        >>> blended()(np.zeros((1, 2, 2, 3)), np.ones((1, 8, 8, 3))).shape
        (1, 8, 8, 3)
    """
    scaled = Summed(sign=sign) >> Blurred(blur) >> Normalised("cumulated", outlier)
    return scaled >> Blended(opacity)


def masked(
    percentile: float = 95.0,
    sigma: float = 15 / 224,
    alpha: float = 0.1,
    soften: float = 2 / 224,
) -> Chain:
    """Make the photo where its map is strong, and dark elsewhere; see `mask`.

    Args:
        percentile: of the blurred map, above which the photo is shown.
        sigma: the map's blur, a part of its shorter side.
        alpha: how much of the rest is seen.
        soften: the blur of the mask's edge, a part of its shorter side.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> import numpy as np
        >>> masked()(np.ones((1, 4, 4, 3)), np.ones((1, 8, 8, 5))).shape
        (1, 8, 8, 5)
    """
    return mask(percentile, sigma, alpha, soften) >> Masked()


def mask(
    percentile: float = 95.0,
    sigma: float = 15 / 224,
    alpha: float = 0.1,
    soften: float = 2 / 224,
) -> Chain:
    """Make the mask of the places where an attribution is large, whatever its sign.

    The mean size over channels (in which opposite signs do not cancel) is cut at its 99th
    percentile, blurred, compared with a percentile of its own, softened and lifted.

    Args:
        percentile: of the blurred map, above which the mask is 1.
        sigma: the map's blur, a part of its shorter side.
        alpha: what the mask is lifted by.
        soften: the blur of the mask's edge, a part of its shorter side.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> import numpy as np
        >>> mask()(np.zeros((1, 4, 4, 3))).max()
        np.float32(0.1)
    """
    sizes = Summed("mean-size") >> Normalised("signed-quantile", 1.0)
    return sizes >> Blurred(sigma) >> Thresholded(percentile) >> Blurred(soften) >> Lifted(alpha)


def alpha(sign: str = "absolute", outlier: float = 2.0) -> Chain:
    """Make the photo as opaque as its map is large, RGBA.

    Args:
        sign: see `Summed`.
        outlier: the part of the sum of sizes that is cut, in percent.

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> import numpy as np
        >>> alpha()(np.zeros((1, 2, 2, 3)), np.ones((1, 8, 8, 3))).shape
        (1, 8, 8, 4)
    """
    return Summed(sign=sign) >> Normalised("cumulated", outlier) >> AlphaScaled()
