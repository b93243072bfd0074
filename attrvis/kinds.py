"""What kind a given value is: a number, a word, a switch; and how it is shown in a sentence."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

_LONGEST = 60


def anything(value: object) -> bool:
    """Tell of any value that it will do."""
    return True


def is_switch(value: object) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool | np.bool_)


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number, of any library; switches are none."""
    return isinstance(value, Integral) and not is_switch(value)


def is_number(value: object) -> bool:
    """Tell whether a value is a real number; NaN and switches are none."""
    return isinstance(value, Real) and not is_switch(value) and not math.isnan(value)


def is_text(value: object) -> bool:
    """Tell whether a value is a word or several in one string."""
    return isinstance(value, str)


def shown(value: object) -> str:
    """Write a value in few words; an array's numbers say nothing, so its shape stands for them.

    Example:
        >>> shown(np.zeros((2, 3))), shown("x" * 99)[-5:]
        ('an array of shape [2, 3]', 'xx...')
    """
    if isinstance(value, np.ndarray) or hasattr(value, "shape"):
        return f"an array of shape {list(getattr(value, 'shape', ()))}"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
