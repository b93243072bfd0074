"""Maps as pictures, alone or over their photo."""

from __future__ import annotations

import numpy as np

from attrvis.errors import BadValue
from attrvis.images import resize
from attrvis.plots.colours import diverging
from attrvis.plots.ranges import Range, as_range, range_of

_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)


def heatmap(values: np.ndarray, scale: float | Range | None = None) -> np.ndarray:
    """Colour a map: red speaks for the target, blue against it.

    Of a map with both signs white is zero. A map of one sign is drawn between its low and its high
    percentile, of which the one nearer to zero is white; see `range_of`.

    Args:
        values: [h, w], finite, of any sign and size.
        scale: the range of the colours, or the size with the darkest colour on both sides of zero;
            the default is `range_of(values)`.

    Returns:
        float32 [h, w, 3] in [0, 1].

    Raises:
        BadValue: the shape, a value or the scale is not valid.

    Example:
        >>> float(heatmap(np.zeros((2, 2))).min())
        1.0
    """
    checked = _checked(values)
    return diverging(_range(checked, scale).shares(checked))


def overlay(
    photo: np.ndarray,
    values: np.ndarray,
    scale: float | Range | None = None,
    *,
    strength: float = 0.8,
) -> np.ndarray:
    """Lay a map over its photo, which turns pale grey so that the colours speak.

    Args:
        photo: [H, W, 3] in [0, 1].
        values: [h, w], finite; enlarged smoothly to the photo where it is smaller.
        scale: as for `heatmap`.
        strength: opacity of the largest values in [0, 1], default 0.8; smaller values are more
            transparent, and what is white in `heatmap` is wholly so.

    Returns:
        float32 [H, W, 3] in [0, 1].

    Raises:
        BadValue: a shape, a value, the scale or the strength is not valid.

    Example:
        >>> overlay(np.zeros((8, 8, 3)), np.eye(2)).shape
        (8, 8, 3)
    """
    ground = np.asarray(photo, np.float32)
    if ground.ndim != 3 or ground.shape[2] != 3 or 0 in ground.shape:
        raise BadValue(f"A photo under a map is [H, W, 3]; this one is {list(ground.shape)}.")
    if not (float(ground.min()) >= 0 and float(ground.max()) <= 1):
        raise BadValue("A photo under a map holds values in [0, 1]; read it with attrvis.images.")
    if not 0 <= strength <= 1:
        raise BadValue(f"The strength of an overlay lies in [0, 1]; got {strength}.")
    checked = _checked(values)
    shares = _range(checked, scale).shares(checked)
    if shares.shape != ground.shape[:2]:
        shares = resize(shares, (ground.shape[0], ground.shape[1]), resample="bicubic")
    pale = np.repeat((0.35 + 0.55 * ground @ _GREY)[:, :, None], 3, axis=2)
    alpha = (strength * np.abs(shares) ** 0.75)[:, :, None].astype(np.float32)
    colour = diverging(np.sign(shares) * (0.35 + 0.65 * np.abs(shares)))
    return np.clip((1 - alpha) * pale + alpha * colour, 0.0, 1.0).astype(np.float32)


def _checked(values: np.ndarray) -> np.ndarray:
    made = np.asarray(values)
    if made.ndim != 2 or made.size == 0 or made.dtype.kind not in "biuf":
        raise BadValue(
            f"A map to be drawn is numbers of shape [h, w]; this one is {made.dtype} of shape "
            f"{list(made.shape)}: sum or choose its channels first."
        )
    made = made.astype(np.float64)
    if not np.isfinite(made).all():
        raise BadValue("A map with NaN or infinite values cannot be drawn; find out where from.")
    return made


def _range(values: np.ndarray, scale: float | Range | None) -> Range:
    return range_of(values) if scale is None else as_range(scale)
