"""What `render` is given, refused in one sentence where it is of another kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.optimisers import Optimizer
from attrvis.param import Background, Parameterisation
from attrvis.rendering.result import Rendering

_KINDS: dict[str, tuple[type, str]] = {
    "image": (Parameterisation, "a parameterisation, such as FourierImage(3), or its name"),
    "background": (Background, "a background, such as Constant(), or its name"),
    "optimizer": (Optimizer, "an optimiser, such as Adam(rate=0.05), or its name"),
    "start": (Rendering, "an earlier rendering"),
}


def check_kinds(**given: Any) -> None:
    """Refuse what is not of the kind that its name asks for; None and names pass.

    Raises:
        BadValue: something is of another kind.
    """
    for name, value in given.items():
        kind, words = _KINDS[name]
        if not (value is None or isinstance(value, str | kind)):
            raise BadValue(f"{name}= takes {words}, not {_shown(value)}.")


def check_callables(progress: Any, callbacks: Any) -> None:
    """Refuse a progress or callbacks that cannot be called.

    Raises:
        BadValue: one cannot be called.
    """
    several = callbacks if isinstance(callbacks, list | tuple) else [None]
    for one in (progress, *several):
        if not callable(one):
            raise BadValue(
                "progress= takes a function, and callbacks= a list of functions of a moment; not "
                f"{_shown(callbacks if one is None else one)}."
            )


def whole(value: Any, what: str, least: int = 1) -> int:
    """Give a whole number, NumPy's too.

    Args:
        value: what was given.
        what: how the message calls it.
        least: that it may be.

    Raises:
        BadValue: it is none, or below `least`.

    Example:
        >>> whole(np.int64(3), "The number of steps")
        3
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise BadValue(f"{what} is a whole number, at least {least}, not {_shown(value)}.")
    return int(value)


def _shown(value: Any) -> str:
    text = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
    return text if len(text) < 80 else f"{text[:76]}..."
