"""Sets of transforms that are known to draw well, by name."""

from __future__ import annotations

from attrvis.transforms.chain import Chain, compose
from attrvis.transforms.geometric import Crop, Jitter, Pad, Rotate, Scale


def masked(size: int = 224, scale: tuple[float, float] = (0.9, 1.2), exact: bool = False) -> Chain:
    """Make the transforms of masked rendering: pad, jitter, scale, rotate, jitter, crop.

    Angles reach 12 degrees either way, and half of them lie within about 2.5.

    Args:
        size: shorter side of the network's input in pixels; the shifts are in proportion, 12,
            8 and 2 pixels at 224.
        scale: least and largest magnification.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain; its output has the size of its input.

    Example:
        >>> masked(224).steps[0]
        Pad(pixels=12)
    """
    pad, wide, narrow = (max(1, round(pixels * size / 224)) for pixels in (12, 8, 2))
    return compose(
        Pad(pad),
        Jitter(wide),
        Scale(*scale),
        Rotate((12.0, 6.0, 2.0), (24.0, 12.0, 20.0)),
        Jitter(narrow),
        Crop(),
        exact=exact,
    )


def identity() -> Chain:
    """Make the transform that changes nothing.

    Example:
        >>> identity().steps
        ()
    """
    return compose()
