"""The photos that come with the package."""

from __future__ import annotations

from pathlib import Path

from attrvis.errors import unknown

_PHOTOS = Path(__file__).resolve().parent.parent / "photos"


def bundled(name: str = "coffee") -> Path:
    """Find a photo that comes with attrvis.

    Args:
        name: the photo's name without its ending, default `"coffee"` (an espresso, 450 x 300); also
            `"chelsea"` (a cat, 256 x 256).

    Returns:
        The path of the file; `photos/SOURCE.txt` beside it states origin and licence.

    Raises:
        UnknownName: there is no such photo.

    Example:
        >>> bundled("chelsea").name
        'chelsea.jpg'
    """
    names = sorted(p.stem for p in _PHOTOS.glob("*.jpg"))
    if name not in names:
        raise unknown("bundled photo", name, names)
    return _PHOTOS / f"{name}.jpg"
