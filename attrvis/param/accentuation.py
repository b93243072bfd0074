"""A photo that is changed little by little, its large shapes first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.param import spectrum
from attrvis.param.coloured import Coloured
from attrvis.param.given import held, placed, repeated
from attrvis.param.parameterisation import Size, Variables, checked, taken


@dataclass(frozen=True)
class Accentuation(Coloured):
    """The plain spectrum of a photo; its gradient is weighed by 1 / f, its value is not.

    It starts exactly at the photo. Optimisers whose steps grow with the gradient then change the
    large shapes most. Adam divides each variable's gradient by that gradient's own size, which
    undoes any constant weight; under Adam, `StartFrom(FourierImage(3, decay=1.5), photo)` has
    the preference that is meant here.

    Args:
        images: the photos, [1 or B, *size, C] in [0, 1]; None starts at grey.
        channels: of the photos, all of them colours; `Stacked` adds a mask.
        decay: power of 1 / f by which the gradient of a frequency is weighed.
        decorrelated: whether the planes are those of natural photos' colours, or of `colours`.
        colours: other directions of colour, as columns; see `estimate_colours`.

    Raises:
        BadValue: if the photos have another number of channels, or a value is out of range.

    Source: Hamblin et al., Feature Accentuation: Revealing 'What' Features Respond to in Natural
    Images, 2024.

    Example:
        >>> from attrvis import seeds
        >>> param = Accentuation(np.full([1, 8, 6, 3], 0.25))
        >>> start = param.image(param.init(seeds.image_keys(0), (8, 6)), (8, 6))
        >>> bool(tf.reduce_max(tf.abs(start - 0.25)) < 1e-5)
        True
    """

    channels: int = field(default=3, kw_only=True)
    images: Data | None = None
    decay: float = 1.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.decay):
            raise BadValue(f"The decay {self.decay} must be a finite number; use about 1.5.")
        if self.images is not None:
            object.__setattr__(self, "images", held(self.images))
            if np.asarray(self.images).shape[-1] != self.channels:
                raise BadValue(
                    f"The photos have {np.asarray(self.images).shape[-1]} channels; say so with "
                    "`channels`."
                )

    @property
    def decoder(self) -> Accentuation:
        """The same without its photos, which only say where to start."""
        return replace(self, images=None)

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Give the spectra of the photos, float32 [B, C, *size, 2], the last side halved."""
        size = checked(size)
        if self.images is None:
            grey = tf.fill([1, *size, self.channels], 0.5)
            return self.invert(repeated(grey, keys))
        return self.invert(repeated(placed(self.images, size), keys))

    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Turn the spectrum into planes [B, C, *size]; see `Coloured.planes`."""
        parts = taken(variables, "spectrum", [self.channels, *spectrum.half(size), 2])
        unitary = math.sqrt(math.prod(size))
        pace = (spectrum.weights(size, self.decay) * (4 / unitary))[..., None]

        @tf.custom_gradient
        def weighed(values: tf.Tensor) -> tuple[tf.Tensor, object]:
            return tf.identity(values), lambda upstream: upstream * pace

        scale = np.full([self.channels, *spectrum.half(size)], unitary, np.float32)
        return spectrum.synthesise(weighed(parts), scale, size)

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the spectrum of planes; see `Coloured.from_planes`."""
        parts = spectrum.analyse(tf.cast(planes, tf.float64))
        return {"spectrum": tf.cast(parts / math.sqrt(math.prod(planes.shape[2:])), tf.float32)}
