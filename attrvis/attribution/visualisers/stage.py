"""Steps from an attribution to a picture, which are put together with `>>`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from attrvis.attribution.result import Attribution
from attrvis.errors import BadValue


class Stage(ABC):
    """One step: a function of arrays, a frozen dataclass of its settings.

    `Summed() >> Blurred(0.05) >> Masked()` is a stage too. A stage never looks at other images of
    the batch, never changes what it is given, and leaves a map of zeros without an error.
    """

    def __call__(
        self, values: Attribution | np.ndarray, photos: np.ndarray | None = None
    ) -> np.ndarray:
        """Take the step.

        Args:
            values: an attribution, or numbers: [B, ..., C], or maps [B, h, w] where channels are
                summed already.
            photos: [B, H, W, C] in [0, 1]; default those of the attribution.

        Returns:
            float32, one entry an image.

        Raises:
            BadValue: values that are not finite, of a wrong shape, or of another number of images
                than the photos; or no photos where they are needed.
        """
        if isinstance(values, Attribution):
            photos = values.photos if photos is None else photos
            # Of some methods a map is what speaks for the target alone, channels summed.
            values = values.heatmap()[..., None] if values.positive else values.values
        given = np.asarray(values)
        if given.ndim < 2 or given.size == 0 or given.dtype.kind not in "biuf":
            raise BadValue(
                f"What is shown is numbers [B, ..., C] or maps [B, h, w]; this is {given.dtype} of "
                f"shape {list(given.shape)}."
            )
        if not np.isfinite(given).all():
            raise BadValue("NaN or infinite values cannot be shown; find out where they are from.")
        if photos is not None and len(photos) != len(given):
            raise BadValue(f"There are {len(given)} maps for {len(photos)} photos.")
        return self.apply(given.astype(np.float32), photos).astype(np.float32)

    @abstractmethod
    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Take the step with checked float32 values."""

    def __rshift__(self, after: Stage) -> Chain:
        """Put a stage behind this one."""
        return Chain((*_parts(self), *_parts(after)))


@dataclass(frozen=True)
class Chain(Stage):
    """Stages one after the other.

    Args:
        stages: the first one first.

    Raises:
        BadValue: one of them is no stage.

    Example:
        >>> Chain(()).stages
        ()
    """

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        odd = [stage for stage in self.stages if not isinstance(stage, Stage)]
        if odd:
            raise BadValue(f"A chain is made of stages such as Blurred(0.05), not {odd[0]!r}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Take all steps."""
        for stage in self.stages:
            values = stage.apply(values, photos)
        return values


def maps_of(values: np.ndarray, what: str) -> np.ndarray:
    """Give maps [B, h, w], or say how to make them.

    Raises:
        BadValue: the values have another rank.
    """
    if values.ndim != 3:
        raise BadValue(
            f"{what} takes maps [B, h, w], not {list(values.shape)}; put Summed() before it."
        )
    return values


def photos_of(values: np.ndarray, photos: np.ndarray | None, what: str) -> np.ndarray:
    """Give the photos, float32 [B, H, W, C] in [0, 1].

    Raises:
        BadValue: there are none, or they are something else.
    """
    if photos is None:
        raise BadValue(f"{what} shows the photos, and there are none; give photos=.")
    made = np.asarray(photos, np.float32)
    if made.ndim != 4 or not (made.min() >= 0 and made.max() <= 1):
        raise BadValue(
            f"{what} takes photos [B, H, W, C] in [0, 1], not {list(made.shape)} in "
            f"[{made.min():.3g}, {made.max():.3g}]."
        )
    return made


def _parts(stage: Any) -> tuple[Any, ...]:
    return stage.stages if isinstance(stage, Chain) else (stage,)
