"""Signals as curves, with what each moment contributes in colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrvis import plots
from attrvis.attribution.visualisers.stage import Stage
from attrvis.errors import BadValue, unknown

_STYLES = ("individual", "combined", "coloured")
_MARGIN = 8
_STROKE = 1.5
_BAND = 0.7


@dataclass(frozen=True)
class Curves(Stage):
    """Signals [B, T, C] as curves, over or in the colours of their attribution [B, T, C].

    Args:
        style: `individual` (default): a panel for each channel, the curve over bands in the
            colours of its own attribution; `combined`: all curves in one panel, over bands of the
            attributions' sum; `coloured`: all curves in one panel, each in the colours of its own.
        scale: the size with the darkest colour, the same for all signals; default each its own.
        width: of the picture in pixels, default 480.
        height: of a panel in pixels, default 96.

    Raises:
        UnknownName: no such style.
        BadValue: a picture of less than 40 pixels a side, or a scale that is not positive.

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> Curves()(np.zeros((1, 9, 2)), np.ones((1, 9, 2))).shape
        (1, 192, 480, 3)
    """

    style: str = "individual"
    scale: float | None = None
    width: int = 480
    height: int = 96

    def __post_init__(self) -> None:
        if self.style not in _STYLES:
            raise unknown("style of curves", self.style, _STYLES)
        if min(self.width, self.height) < 40 or (self.scale is not None and not self.scale > 0):
            raise BadValue(
                "Curves take a width and height from 40 pixels and a scale above 0, not "
                f"{self.width}, {self.height} and {self.scale}."
            )

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Draw every signal."""
        signals = np.asarray(np.zeros(()) if photos is None else photos, np.float64)
        if values.ndim != 3 or signals.shape != values.shape:
            raise BadValue(
                f"Curves take an attribution [B, T, C], here {list(values.shape)}, and as photos= "
                f"the signals of the same shape, here {list(signals.shape)}."
            )
        if not np.isfinite(signals).all():
            raise BadValue("Signals with NaN or infinite values cannot be drawn.")
        return np.stack([self._drawn(*pair) for pair in zip(values, signals, strict=True)])

    def _drawn(self, values: np.ndarray, signal: np.ndarray) -> np.ndarray:
        """Draw one signal [T, C]."""
        if self.style == "individual":
            scale = self.scale or plots.scale_of(values)
            return np.concatenate(
                [
                    self._panel(curve[None], bands=self._colours(own, scale))
                    for own, curve in zip(values.T, signal.T, strict=True)
                ]
            )
        if self.style == "combined":
            total = values.sum(axis=1)
            colours = self._colours(total, self.scale or plots.scale_of(total))
            return self._panel(signal.T, bands=colours)
        scale = self.scale or plots.scale_of(values)
        return self._panel(signal.T, inks=[self._colours(own, scale) for own in values.T])

    def _colours(self, values: np.ndarray, scale: float) -> np.ndarray:
        """Colour the picture's columns, [width, 3]: each shows its nearest moment."""
        moments = np.linspace(0, len(values) - 1, self.width).round().astype(int)
        return plots.diverging(values[moments] / scale)

    def _panel(
        self,
        curves: np.ndarray,
        bands: np.ndarray | None = None,
        inks: list[np.ndarray] | None = None,
    ) -> np.ndarray:
        """Draw curves [n, T] on white or on bands, dark or each in inks of its own."""
        made: np.ndarray = np.ones((self.height, self.width, 3))
        if bands is not None:
            made = (1 - _BAND) * made + _BAND * bands[None]
        low, high = curves.min(), curves.max()
        for index, curve in enumerate(curves):
            share = (curve - low) / ((high - low) or 1.0)
            if inks is not None:
                # White is zero: a grey line behind shows the curve where nothing contributes.
                made = self._stroked(made, share, np.full(3, 0.72), 2 * _STROKE)
            ink = np.full(3, 0.1) if inks is None else inks[index][None]
            made = self._stroked(made, share, ink, _STROKE)
        return made

    def _stroked(
        self, ground: np.ndarray, share: np.ndarray, ink: np.ndarray, stroke: float
    ) -> np.ndarray:
        """Draw one curve, [T] in [0, 1], on a panel."""
        places = np.linspace(0, len(share) - 1, self.width)
        inside = self.height - 1 - 2 * _MARGIN
        centre = _MARGIN + (1 - np.interp(places, np.arange(len(share)), share)) * inside
        reach = np.maximum(stroke, np.abs(np.gradient(centre)) / 2 + stroke / 2)
        away = np.abs(np.arange(self.height)[:, None] - centre)
        opaque = np.clip(reach - away + 0.5, 0, 1)[..., None]
        return (1 - opaque) * ground + opaque * ink
