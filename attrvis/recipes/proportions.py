"""How large a picture made from a photo is."""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.errors import BadValue
from attrvis.networks import Network

_LARGER = 16 / 7
"""How much larger than a network's input a picture is by default: 512 pixels for 224."""


def roomy_side(net: Network) -> int:
    """Give the default side of pictures that may be larger than the network's input, in pixels.

    Args:
        net: the network.

    Returns:
        16/7 of the longer side that it takes.

    Example:
        >>> from attrvis.networks import load
        >>> roomy_side(load("embedded"))
        146
    """
    return round(_LARGER * max(net.image_size))


def in_proportion(
    net: Network, photo: Sequence[int], size: int | Sequence[int] | None
) -> tuple[int, int]:
    """Choose the size of a picture that keeps the proportions of a photo.

    Args:
        net: the network, for the default.
        photo: the photo's (height, width) in pixels.
        size: the longer side; or (height, width), whatever the proportions; or None: the
            photo's own, but at most 16/7 of the network's input.

    Returns:
        (height, width) in pixels.

    Raises:
        BadValue: a side below 1, or other than one or two numbers.

    Example:
        >>> from attrvis.networks import load
        >>> in_proportion(load("embedded"), (300, 450), 90)
        (60, 90)
    """
    if size is not None and not isinstance(size, int):
        sides = tuple(int(side) for side in size)
        if len(sides) != 2 or min(sides) < 1:
            raise BadValue(f"A size is one side or (height, width) in pixels, not {tuple(size)}.")
        return sides[0], sides[1]
    longest = min(max(photo), roomy_side(net)) if size is None else size
    if longest < 1:
        raise BadValue(f"A picture's longer side is at least 1 pixel, not {longest}.")
    height, width = (max(1, round(side * longest / max(photo))) for side in photo)
    return height, width


def panel_height(height: int, most: int = 400) -> int:
    """Choose how high a picture is shown on a sheet: in its own pixels, within bounds.

    Args:
        height: the picture's, in pixels.
        most: the most that is shown.

    Example:
        >>> panel_height(32), panel_height(146), panel_height(1024)
        (100, 146, 400)
    """
    return min(max(height, 100), most)
