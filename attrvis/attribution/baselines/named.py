"""Make a baseline from the words of a command line."""

from __future__ import annotations

from collections.abc import Callable

from attrvis.attribution.baselines._table import TABLE
from attrvis.attribution.baselines.baseline import BaselineMethod
from attrvis.errors import BadValue

_ARGUMENT: dict[str, tuple[str, Callable[[str], object]]] = {
    "optimised": ("masks", str),
    "quadratic": ("value", float),
    "constant": ("value", float),
    "blurred": ("sigma", float),
    "noise": ("sd", float),
    "gaussian": ("sd", float),
    "samples": ("source", str),
    "array": ("array", str),
    "image": ("path", str),
    "file": ("path", str),
}
_NEEDED = {"image": "file", "file": "file", "array": "file", "samples": "folder"}


def named_baseline(text: str) -> BaselineMethod:
    """Make a baseline method from its name and, after a colon, its main argument.

    Args:
        text: a name of the table, such as `optimised`, `optimised:spatial`, `optimised:channel`,
            `zero`, `constant:0.5`, `blurred:0.2`, `noise:1`, `sampled`, `quadratic`, `uniform`,
            `gaussian:0.1`, `maximum-distance`, `black-and-white`, `samples:photos`,
            `array:values.npy`, `image:other.jpg` or `file:baseline.npz`.

    Returns:
        The method.

    Raises:
        UnknownName: no such baseline; the nearest are named.
        BadValue: an argument that is missing, not wanted or not a number.

    Example:
        >>> named_baseline("constant:0.25")
        Constant(value=0.25)
    """
    name, colon, given = text.partition(":")
    make = TABLE[name]
    if not colon:
        if name in _NEEDED:
            raise BadValue(f"The baseline {name!r} needs a {_NEEDED[name]}; write {name}:PATH.")
        return make()
    if name not in _ARGUMENT:
        raise BadValue(f"The baseline {name!r} takes no argument; leave out {colon + given!r}.")
    field, convert = _ARGUMENT[name]
    try:
        return make(**{field: convert(given)})
    except ValueError:
        raise BadValue(
            f"The {field} of the baseline {name!r} must be a number, not {given!r}."
        ) from None
