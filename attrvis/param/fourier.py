"""An image as a spectrum: all frequencies learn equally fast, so it comes out smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param import spectrum
from attrvis.param.coloured import Translucent, not_negative
from attrvis.param.parameterisation import Size, Variables, checked, taken


@dataclass(frozen=True)
class FourierImage(Translucent):
    """A signal, image or volume in decorrelated Fourier space, with alpha as a channel of its own.

    Args:
        channels: 1 (grey), 3 (RGB), 4 (RGB and alpha) or any other number.
        sd: standard deviation of the spectrum at the start; 0.01 starts nearly flat.
        decay: power of 1 / f by which a frequency is weighed; larger is smoother, 0 treats all
            frequencies alike (the transform is then unitary but for a factor of 4).
        with_alpha: whether the last channel is alpha; default exactly when there are four.
        alpha: mean of the alpha channel at the start, between 0 and 1.
        alpha_decay: decay of the alpha channel; None: the same as `decay`.
        alpha_pace: how fast the alpha channel learns compared with the colours, above 0; a slow
            one waits for the colours before it decides what is seen.
        decorrelated: whether the colours are those of natural photos, or of `colours`.
        colours: other directions of colour, as columns; see `estimate_colours`.

    Raises:
        BadValue: if a value is outside its range.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017; alpha as in Mordvintsev,
    Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> param = FourierImage()
        >>> param.image(param.init(seeds.image_keys(0), (9, 7)), (9, 7)).shape.as_list()
        [1, 9, 7, 4]
    """

    channels: int = 4
    sd: float = 0.01
    decay: float = 1.0
    alpha_decay: float | None = field(default=None, kw_only=True)
    alpha_pace: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        not_negative(self.sd)
        decays = (self.decay, 0.0 if self.alpha_decay is None else self.alpha_decay)
        if not np.isfinite(decays).all():
            raise BadValue(f"The decays {decays} must be finite numbers; use about 1.")
        if not 0 < self.alpha_pace < math.inf:
            raise BadValue(f"The alpha_pace {self.alpha_pace} is outside its range; use above 0.")

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw a white spectrum, float32 [B, C, *size, 2], the last side halved; see the base."""
        size = checked(size)
        shape = [self.channels, *spectrum.half(size), 2]
        drawn = seeds.normal(seeds.stream(keys, "FourierImage"), shape, self.sd)
        if self.transparent:
            first = (-1, *[0] * len(size))
            mean = np.zeros(shape, np.float32)
            mean[(*first, 0)] = self.start()[-1] * math.prod(size) / self._scale(size)[first]
            drawn += mean
        return {"spectrum": drawn}

    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Turn the spectrum into planes [B, C, *size]; see `Coloured.planes`."""
        parts = taken(variables, "spectrum", [self.channels, *spectrum.half(size), 2])
        return spectrum.synthesise(parts, self._scale(size), size)

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Find the spectrum of planes; see `Coloured.from_planes`."""
        parts = spectrum.analyse(tf.cast(planes, tf.float64))
        scale = self._scale(tuple(planes.shape[2:]))[..., None].astype(np.float64)
        return {"spectrum": tf.cast(parts / scale, tf.float32)}

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Cut the spectrum, or fill it up with zeros: what both sizes can show stays exactly.

        Args:
            variables: as for `image`; values, not parts of a graph.
            size: the size that they are of.
            to: the new size, in pixels, of as many dimensions.

        Returns:
            Variables of the new size.

        Raises:
            BadValue: if the new size has another number of dimensions.
        """
        from scipy.signal import resample

        size, to = checked(size), checked(to)
        if len(size) != len(to):
            raise BadValue(f"A size of {len(size)} sides cannot become {to}; give as many.")
        planes = self.planes(variables, size).numpy().astype(np.float64)
        for axis, side in enumerate(to, start=2):
            planes = resample(planes, side, axis=axis)
        return self.from_planes(tf.constant(planes))

    def _scale(self, size: Size) -> np.ndarray:
        scale = np.stack([spectrum.weights(size, self.decay)] * self.channels)
        if self.transparent:
            decay = self.decay if self.alpha_decay is None else self.alpha_decay
            scale[-1] = self.alpha_pace * spectrum.weights(size, decay)
        return scale
