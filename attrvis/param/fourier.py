"""An image as a spectrum: all frequencies learn equally fast, so it comes out smooth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param import colour

Variables = Mapping[str, tf.Tensor]

EVEN, ODD = "spectrum", "spectrum_odd"
"""The variable's name tells the parity of the width, which a real spectrum's shape does not."""


@dataclass(frozen=True)
class FourierImage:
    """An image in decorrelated Fourier space, with alpha as a channel of its own.

    Olah, Mordvintsev and Schubert, "Feature Visualization" (2017); alpha as in Mordvintsev et
    al., "Differentiable Image Parameterizations" (2018).

    Args:
        channels: 1 (grey), 3 (RGB) or 4 (RGB and alpha).
        sd: standard deviation of the spectrum at the start; 0.01 starts nearly flat.
        decay: power of 1 / f by which a frequency is weighed; larger is smoother.
        alpha: mean of the alpha channel at the start, between 0 and 1.
        alpha_decay: decay of the alpha channel; None: the same as `decay`.
        alpha_pace: how fast the alpha channel learns compared with the colours, above 0; a slow
            one waits for the colours before it decides what is seen.
        decorrelated: whether the three colours are those of natural photos.

    Raises:
        BadValue: if a value is outside its range.

    Example:
        >>> param = FourierImage()
        >>> param.image(param.init(seeds.image_keys(0), 9, 7)).shape.as_list()
        [1, 9, 7, 4]
    """

    channels: int = 4
    sd: float = 0.01
    decay: float = 1.0
    alpha: float = 0.5
    alpha_decay: float | None = None
    alpha_pace: float = 1.0
    decorrelated: bool = True

    def __post_init__(self) -> None:
        if self.channels not in (1, 3, 4):
            raise BadValue(
                f"An image of {self.channels} channels is not supported; use 1, 3 or 4 "
                "(red, green, blue, alpha)."
            )
        if not 0 < self.alpha < 1:
            raise BadValue(f"The alpha of {self.alpha} is outside its range; use 0 < alpha < 1.")
        if not 0 < self.alpha_pace < math.inf:
            raise BadValue(f"The alpha_pace {self.alpha_pace} is outside its range; use above 0.")
        if not 0 <= self.sd < math.inf:
            raise BadValue(f"The sd of {self.sd} is outside its range; use 0 or more.")

    def init(self, keys: tf.Tensor, height: int, width: int) -> dict[str, tf.Tensor]:
        """Draw the variables at which an optimisation starts.

        Args:
            keys: int32 [B, 2].
            height: of the image, in pixels.
            width: of the image, in pixels.

        Returns:
            One variable's value, float32 [B, C, h, w // 2 + 1, 2]: real and imaginary parts.
        """
        shape = [self.channels, height, width // 2 + 1, 2]
        drawn = seeds.normal(seeds.stream(keys, "FourierImage"), shape, self.sd)
        if self.channels == 4:
            mean = np.zeros(shape, np.float32)
            scale = self._scale(height, width)[3, 0, 0]
            mean[3, 0, 0, 0] = _logit(self.alpha) * height * width / scale
            drawn += mean
        return {_name(width): drawn}

    def image(self, variables: Variables) -> tf.Tensor:
        """Decode the variables.

        Args:
            variables: as `init` or `invert` made them.

        Returns:
            float32 [B, h, w, C] in [0, 1].
        """
        spectrum, width = _unpack(variables)
        raw = filters.from_spectrum(spectrum, self._scale(spectrum.shape[2], width), width)
        return tf.sigmoid(filters.mix_planes(raw, self._mix()))

    def invert(self, images: tf.Tensor, edge: float = 1e-4) -> dict[str, tf.Tensor]:
        """Find the variables that decode to given images, to start from a photo.

        Args:
            images: float32 [B, h, w, C] in [0, 1], C = `channels`.
            edge: values are kept this far from 0 and 1, which no sigmoid reaches.

        Returns:
            Variables as from `init`; decoding them gives the images within `edge`.

        Raises:
            BadValue: if the images have another number of channels.
        """
        images = tf.convert_to_tensor(images, tf.float32)
        if images.shape.rank != 4 or images.shape[3] != self.channels:
            raise BadValue(
                f"The images have shape {images.shape}; this parameterisation takes [B, h, w, "
                f"{self.channels}]."
            )
        height, width = images.shape[1:3]
        kept = tf.cast(tf.clip_by_value(images, edge, 1 - edge), tf.float64)
        raw = tf.math.log(kept) - tf.math.log1p(-kept)
        if self.channels > 1 and self.decorrelated:
            rgb = filters.mix(raw[..., :3], np.linalg.inv(filters.COLOUR).T)
            raw = tf.concat([rgb, raw[..., 3:]], axis=3)
        found = tf.signal.rfft2d(tf.transpose(raw, [0, 3, 1, 2]))
        parts = tf.stack([tf.math.real(found), tf.math.imag(found)], axis=-1)
        return {_name(width): tf.cast(parts / self._scale(height, width)[..., None], tf.float32)}

    def _scale(self, height: int, width: int) -> np.ndarray:
        scale = np.stack([filters.spectrum_scale(height, width, self.decay)] * self.channels)
        if self.channels == 4:
            decay = self.decay if self.alpha_decay is None else self.alpha_decay
            scale[3] = self.alpha_pace * filters.spectrum_scale(height, width, decay)
        return scale

    def _mix(self) -> np.ndarray:
        mix = np.eye(self.channels, dtype=np.float32)
        if self.channels > 1 and self.decorrelated:
            mix[:3, :3] = colour.FORWARD
        return mix


def _name(width: int) -> str:
    return ODD if width % 2 else EVEN


def _unpack(variables: Variables) -> tuple[tf.Tensor, int]:
    for name, extra in ((EVEN, 0), (ODD, 1)):
        if name in variables:
            spectrum = tf.convert_to_tensor(variables[name])
            return spectrum, 2 * (spectrum.shape[3] - 1) + extra
    raise BadValue(
        f"The variables hold {sorted(variables)} where a spectrum belongs; take them from "
        "FourierImage.init or .invert."
    )


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)
