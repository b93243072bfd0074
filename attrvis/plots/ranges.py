"""Between which values the colours of a map run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from attrvis.errors import BadValue
from attrvis.plots.text import number

_FLAT = 1e-4
"""Values of one sign that differ by less than this part of their size are one value."""


@dataclass(frozen=True)
class Range:
    """The values at the ends of a map's colours.

    Of a range with both signs zero is white, and both ends are equally far from it. Of a range of
    one sign the end nearer to zero is white, whatever it is.

    Args:
        low: the lower end.
        high: the upper end.

    Raises:
        BadValue: an end is not finite, they are in the wrong order, or zero lies between them but
            not in the middle.

    Example:
        >>> Range(9.0, 10.5).shares(np.array([8.0, 9.75, 10.5])).tolist()
        [0.0, 0.5, 1.0]
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        ordered = math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high
        if not ordered or (self.signed and -self.low != self.high):
            raise BadValue(
                "The colours of a map run from -x to x, or between two numbers of one sign; not "
                f"from {self.low} to {self.high}."
            )

    @property
    def signed(self) -> bool:
        """Whether there are values below zero and above it."""
        return self.low < 0 < self.high

    @property
    def white(self) -> float:
        """The value that is white."""
        return 0.0 if self.signed else self.low if self.low >= 0 else self.high

    def shares(self, values: np.ndarray) -> np.ndarray:
        """Bring values to [-1, 1]: 0 is white, the size says how dark, and beyond are the ends."""
        dark = self.high if self.signed or self.low >= 0 else self.low
        with np.errstate(over="ignore"):
            made = (np.asarray(values, np.float64) - self.white) / (dark - self.white)
        made = np.clip(made, -1.0, 1.0)
        if self.signed:
            return made
        return np.maximum(made, 0.0) * math.copysign(1.0, dark)

    def ends(self) -> tuple[str, str]:
        """Write both ends, with as many digits as tell them apart."""
        size = max(abs(self.low), abs(self.high))
        digits = 3 + max(0, math.floor(math.log10(size / (self.high - self.low))))
        low, high = (number(value, digits) for value in (self.low, self.high))
        return low if self.low <= 0 else f"+{low}", high if self.high <= 0 else f"+{high}"

    def __str__(self) -> str:
        low, high = self.ends()
        return f"to \N{PLUS-MINUS SIGN}{high[1:]}" if self.signed else f"from {low} to {high}"

    def to_json(self) -> dict[str, float]:
        """Say the ends and what is white in plain values for a JSON file."""
        return {"from": self.low, "to": self.high, "white": self.white}


def range_of(values: np.ndarray, share: float = 0.995) -> Range:
    """Choose the range of a map's colours, by whether the map has both signs.

    Values of both signs are drawn about zero, as far as `scale_of` says. Where all have one sign,
    as those of RISE, zero says nothing of the map and may be far from all of them: the colours then
    run from the low percentile of their sizes to the high one, and the low one is white. A map of
    (nearly) one value, and one that begins at zero, is drawn from zero.

    Args:
        values: finite numbers of any shape.
        share: this part of the sizes lies below the upper end, and of one sign this part above the
            lower end; default 0.995.

    Returns:
        The range.

    Raises:
        BadValue: a value is not finite, or there is none.

    Example:
        >>> [str(range_of(np.array(values), share=1)) for values in ([9.0, 11.0], [-2.0, 1.0])]
        ['from +9 to +11', 'to ±2']
    """
    top = scale_of(values, share)
    low, high = float(np.min(values)), float(np.max(values))
    if low < 0 < high or low == high == 0:
        return Range(-top, top)
    bottom = float(np.quantile(np.abs(np.asarray(values, np.float64)), 1 - share))
    bottom = 0.0 if top - bottom <= _FLAT * top else bottom
    return Range(bottom, top) if high > 0 else Range(-top, 0.0 - bottom)


def as_range(scale: float | Range) -> Range:
    """Make a range of a scale: a number x is from -x to x.

    Raises:
        BadValue: it is no positive number.

    Example:
        >>> as_range(2.0)
        Range(low=-2.0, high=2.0)
    """
    if isinstance(scale, Range):
        return scale
    if not (isinstance(scale, Real) and math.isfinite(scale) and scale > 0):
        raise BadValue(f"The scale of a map is a positive number; got {scale!r}.")
    return Range(-float(scale), float(scale))


def scale_of(values: np.ndarray, share: float = 0.995) -> float:
    """Find the size at which the colours of a map about zero end.

    Args:
        values: finite numbers of any shape.
        share: this part of the sizes lies below, default 0.995: a few extreme pixels do not turn
            the rest white.

    Returns:
        A positive number; 1 for a map of zeros.

    Raises:
        BadValue: a value is not finite, or there is none.

    Example:
        >>> scale_of(np.array([-2.0, 0.0, 1.0]), share=1)
        2.0
    """
    sizes = np.abs(np.asarray(values, np.float64))
    if sizes.size == 0 or not np.isfinite(sizes).all():
        raise BadValue("A map to be drawn needs values, all of them finite.")
    if not 0 < share <= 1:
        raise BadValue(f"The share of sizes below the scale lies in (0, 1]; got {share}.")
    scale = float(np.quantile(sizes, share)) or float(sizes.max())
    return scale or 1.0
