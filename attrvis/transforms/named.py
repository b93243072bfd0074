"""Sets of transforms that are our own, by name; those of others are in `published`."""

from __future__ import annotations

from attrvis.transforms.affine import Size
from attrvis.transforms.bounds import size_of
from attrvis.transforms.chain import Chain, compose
from attrvis.transforms.geometric import Crop, Jitter, Pad
from attrvis.transforms.linear import Rotate, Scale


def masked(
    size: int | Size = 224, scale: tuple[float, float] = (0.9, 1.2), exact: bool = False
) -> Chain:
    """Make the transforms of masked rendering: pad, jitter, scale, rotate, jitter, crop.

    Angles reach 12 degrees either way, and half of them lie within about 2.5.

    Args:
        size: of the network's input in pixels, of which the shorter side counts; the shifts are
            in proportion, 12, 8 and 2 pixels at 224.
        scale: least and largest magnification.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain; its output has the size of its input.

    Raises:
        BadValue: if there is no such size or range.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.

    Example:
        >>> masked(224).steps[0]
        Pad(pixels=12)
    """
    side = shorter(size, 224)
    pad, wide, narrow = (max(1, round(pixels * side / 224)) for pixels in (12, 8, 2))
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

    Returns:
        A chain of nothing.

    Example:
        >>> identity().steps
        ()
    """
    return compose()


def shorter(size: int | Size | None, otherwise: int) -> int:
    """Tell the shorter side of a size.

    Args:
        size: side or (height, width) in pixels, or None.
        otherwise: what None stands for.

    Returns:
        The side in pixels.

    Raises:
        BadValue: if a side is below 1.

    Example:
        >>> shorter((64, 48), 224)
        48
    """
    found = size_of("A set of transforms", size)
    if found is None:
        return otherwise
    return found if isinstance(found, int) else min(found)
