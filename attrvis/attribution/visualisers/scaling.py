"""The scales of maps: each image's values brought to a range, without an error for zeros."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attrvis.attribution.visualisers.stage import Stage
from attrvis.errors import BadValue, unknown

_Scale = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Normalised(Stage):
    """Each image's values on a scale of their own.

    The first eight names are those of TruLens: `unsigned-max` divides by the largest size;
    `signed-max` divides positive values by the largest, negative ones by the size of the smallest;
    with `-positive-centered` zero then lies at 0.5 and all in [0, 1]; `magnitude-max` and
    `magnitude-sum` divide sizes by the largest or by their sum; `signed-sum` divides either sign
    by its own sum; `01` stretches smallest to largest over [0, 1]. Of the others `cumulated`
    divides by the size below which, from the smallest up, the given share of the sum of all sizes
    lies, and cuts at 1 and -1 (Captum); `quantile` maps the smallest value to 0 and the share's
    quantile to 1 and cuts (PAIR's grey maps); `signed-quantile` divides by the share's quantile of
    sizes and cuts, so that zero stays zero; `none` changes nothing.

    Args:
        how: one of these, default `cumulated`.
        outlier: the part that is cut by the last ones, in percent, default 2.
        separately: each channel on a scale of its own, default all on one.

    Raises:
        UnknownName: no such scale; the nearest are named.
        BadValue: a percentage outside [0, 100).

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> Normalised("cumulated", outlier=2)(np.array([[[1.0, 2.0, 3.0, 94.0]]])).max()
        np.float32(1.0)
    """

    how: str = "cumulated"
    outlier: float = 2.0
    separately: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "how", self.how.replace("_", "-"))
        if self.how not in SCALES:
            raise unknown("scale of a map", self.how, SCALES)
        if not 0 <= self.outlier < 100:
            raise BadValue(f"The outliers are 0 to 100 percent of a map, not {self.outlier}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Scale every image, or every channel of every image."""
        scale = SCALES[self.how]
        if self.separately and values.ndim > 3:
            planes = np.moveaxis(values, -1, 1).reshape(-1, *values.shape[1:-1])
            made = np.stack([scale(plane, self.outlier) for plane in planes])
            shape = (values.shape[0], values.shape[-1], *values.shape[1:-1])
            return np.moveaxis(made.reshape(shape), 1, -1)
        return np.stack([scale(one, self.outlier) for one in values])


def _share(values: np.ndarray, by: float) -> np.ndarray:
    """Divide, but by nothing where that is zero."""
    return values / (by or 1.0)


def _halved(scale: _Scale) -> _Scale:
    return lambda values, outlier: (scale(values, outlier) + 1) / 2


def _by_sign(values: np.ndarray, positive: float, negative: float) -> np.ndarray:
    # One division of each value: by the other sign's size, which may be tiny, it would overflow.
    return values / np.where(values > 0, positive or 1.0, negative or 1.0).astype(values.dtype)


def _unsigned_max(values: np.ndarray, outlier: float) -> np.ndarray:
    return _share(values, float(np.abs(values).max()))


def _signed_max(values: np.ndarray, outlier: float) -> np.ndarray:
    return _by_sign(values, max(float(values.max()), 0.0), max(-float(values.min()), 0.0))


def _signed_sum(values: np.ndarray, outlier: float) -> np.ndarray:
    up, down = np.maximum(values, 0).sum(), np.maximum(-values, 0).sum()
    return _by_sign(values, float(up), float(down))


def _stretched(values: np.ndarray, outlier: float) -> np.ndarray:
    low = values.min()
    return _share(values - low, float(values.max() - low))


def _cumulated(values: np.ndarray, outlier: float) -> np.ndarray:
    sizes = np.sort(np.abs(values), axis=None).astype(np.float64)
    total = np.cumsum(sizes)
    reached = np.searchsorted(total, (1 - outlier / 100) * total[-1] * (1 - 1e-12))
    return np.clip(_share(values, float(sizes[min(reached, len(sizes) - 1)])), -1, 1)


def _quantile(values: np.ndarray, outlier: float) -> np.ndarray:
    low = values.min()
    top = np.quantile(values, 1 - outlier / 100) - low or values.max() - low
    return np.clip(_share(values - low, float(top)), 0, 1)


def _signed_quantile(values: np.ndarray, outlier: float) -> np.ndarray:
    sizes = np.abs(values)
    top = np.quantile(sizes, 1 - outlier / 100) or sizes.max()
    return np.clip(_share(values, float(top)), -1, 1)


SCALES: dict[str, _Scale] = {
    "unsigned-max": _unsigned_max,
    "unsigned-max-positive-centered": _halved(_unsigned_max),
    "magnitude-max": lambda values, outlier: np.abs(_unsigned_max(values, outlier)),
    "magnitude-sum": lambda values, outlier: _share(np.abs(values), float(np.abs(values).sum())),
    "signed-max": _signed_max,
    "signed-max-positive-centered": _halved(_signed_max),
    "signed-sum": _signed_sum,
    "01": _stretched,
    "cumulated": _cumulated,
    "quantile": _quantile,
    "signed-quantile": _signed_quantile,
    "none": lambda values, outlier: values,
}
"""(one image's values, outliers in percent) -> the values on the scale."""
