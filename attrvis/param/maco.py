"""An image of which the magnitudes are those of photos, and only the phases are optimised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.optimisers import Nadam, Optimizer
from attrvis.param import spectrum
from attrvis.param.coloured import Coloured
from attrvis.param.parameterisation import Size, Variables, checked, taken

PLANES = (1.0, 0.643, 0.744)
"""Magnitudes of the three decorrelated colours of photos, relative to the first."""

_EPSILON = 1e-5


@dataclass(frozen=True)
class MaCoImage(Coloured):
    """Magnitude-constrained: phases are the variables, magnitudes are fixed.

    An optimisation can move shapes but not add contrast at any frequency, so that it needs no
    regularisation, and works at large sizes. Phases and planes are standardised at each decoding,
    each image by itself. It cannot start from an image, nor fit one: an image has magnitudes of
    its own. A learning rate near 1 suits it, and many random crops a step.

    Args:
        channels: of the image, all of them colours; `Stacked` adds a mask.
        decay: without `magnitude`, the power of 1 / f by which magnitudes fall.
        magnitude: float [C, *spectrum's sides], as from `spectrum_of`; another size than the
            image's is interpolated at equal frequencies a pixel. Default: `1 / f ** decay`.
        decorrelated: whether the colours are those of natural photos, or of `colours`.
        colours: other directions of colour, as columns; see `estimate_colours`.

    Raises:
        BadValue: if a value is outside its range, or the magnitudes do not fit.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> param = MaCoImage()
        >>> param.image(param.init(seeds.image_keys(0), (9, 7)), (9, 7)).shape.as_list()
        [1, 9, 7, 3]
    """

    decay: float = 1.4
    magnitude: Data | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.decay):
            raise BadValue(f"The decay {self.decay} must be a finite number; use about 1.4.")
        if self.magnitude is None:
            return
        object.__setattr__(self, "magnitude", Data(np.asarray(self.magnitude, np.float32)))
        found = np.asarray(self.magnitude)
        if (
            not 2 <= found.ndim <= 4
            or len(found) != self.channels
            or not (found >= 0).all()
            or not 0 < found.sum() < np.inf
        ):
            raise BadValue(
                f"The magnitudes of shape {found.shape} do not fit {self.channels} channels; give "
                "[C, *sides], 0 or more, as spectrum_of makes them."
            )

    @property
    def optimizer(self) -> Optimizer:
        """Large steps: phases are angles, and nothing can grow."""
        return Nadam(rate=1.0)

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw phases, float32 [B, C, *size], the last side halved; see the base."""
        shape = [self.channels, *spectrum.half(checked(size))]
        return {"phase": seeds.normal(seeds.stream(keys, "MaCoImage"), shape)}

    def planes(self, variables: Variables, size: Size) -> tf.Tensor:
        """Give the phases their magnitudes, [B, C, *size]; see `Coloured.planes`."""
        phase = taken(variables, "phase", [self.channels, *spectrum.half(size)])
        turn = _standardised(phase)
        parts = tf.stack([tf.cos(turn), tf.sin(turn)], axis=-1)
        return _standardised(spectrum.synthesise(parts, self._magnitude(size), size))

    def from_planes(self, planes: tf.Tensor) -> dict[str, tf.Tensor]:
        """Refuse: an image's magnitudes are its own.

        Raises:
            BadValue: always.
        """
        raise BadValue(
            "MaCoImage cannot start from an image, whose magnitudes are its own and not the fixed "
            "ones; use Accentuation or StartFrom(FourierImage(3), photo)."
        )

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Keep the phases of what both sizes can show; finer ones are drawn, alike for all images.

        Args:
            variables: as for `image`; values, not parts of a graph.
            size: the size that they are of.
            to: the new size, in pixels, of as many dimensions.

        Returns:
            Variables of the new size.

        Raises:
            BadValue: if the new size has another number of dimensions.
        """
        size, to = checked(size), checked(to)
        if len(size) != len(to):
            raise BadValue(f"A size of {len(size)} sides cannot become {to}; give as many.")
        phase = taken(variables, "phase", [self.channels, *spectrum.half(size)])
        turn = _standardised(phase).numpy()
        fresh = self.init(seeds.stream(seeds.image_keys(0), "resized"), to)["phase"].numpy()
        found = np.repeat(fresh, len(turn), axis=0)
        pairs = [_common(*sides) for sides in zip(size[:-1], to[:-1], strict=True)]
        old, new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        both = np.arange((min(size[-1], to[-1]) + 1) // 2)
        every = np.arange(len(turn)), np.arange(self.channels)
        found[np.ix_(*every, *new, both)] = turn[np.ix_(*every, *old, both)]
        return {"phase": tf.constant(found)}

    def _magnitude(self, size: Size) -> np.ndarray:
        if self.magnitude is None:
            shape = spectrum.weights(size, self.decay)
            natural = self.decorrelated and self.colours is None and self.channels == 3
            shares = PLANES if natural else (1.0,) * self.channels
            return np.stack([share * shape for share in shares]).astype(np.float32)
        found = np.asarray(self.magnitude)
        if found.ndim != len(size) + 1:
            raise BadValue(
                f"Magnitudes of {found.ndim - 1} sides do not fit a size of {size}; take them from "
                "images of as many dimensions."
            )
        for axis, side in enumerate(size, start=1):
            matrix = _between(found.shape[axis], side, whole=axis < len(size))
            found = np.moveaxis(np.moveaxis(found, axis, -1) @ matrix, -1, axis)
        return found.astype(np.float32)


def spectrum_of(images: np.ndarray, colours: np.ndarray | None = None) -> np.ndarray:
    """Average the magnitudes of the spectra of images, for `MaCoImage(magnitude=)`.

    Args:
        images: [B, *size, C] in [0, 1].
        colours: columns: the directions of colour in which to look, [C, C]; give the same to
            `MaCoImage`. Default those of natural photos for three channels, and none otherwise.

    Returns:
        float32 [C, *size], the last side halved.

    Raises:
        BadValue: if these are no images.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> spectrum_of(np.random.default_rng(0).random([2, 8, 6, 3])).shape
        (3, 8, 4)
    """
    pixels = np.asarray(images, np.float64)
    if not 3 <= pixels.ndim <= 5 or not pixels.size or not np.isfinite(pixels).all():
        raise BadValue(
            f"The images of shape {pixels.shape} have no spectrum; give finite numbers, "
            "[B, *size, C]."
        )
    if colours is None and pixels.shape[-1] == 3:
        colours = filters.COLOUR
    if colours is not None:
        pixels = pixels @ np.linalg.inv(np.asarray(colours, np.float64)).T
    planes = np.moveaxis(pixels, -1, 1)
    return np.abs(np.fft.rfftn(planes, axes=range(2, planes.ndim))).mean(axis=0).astype(np.float32)


def _standardised(values: tf.Tensor) -> tf.Tensor:
    """Give each image a mean of 0 and a standard deviation of 1."""
    axes: Sequence[int] = range(1, values.shape.rank)
    centred = values - tf.reduce_mean(values, axes, keepdims=True)
    spread = tf.sqrt(tf.reduce_mean(centred**2, axes, keepdims=True) + _EPSILON**2)
    return centred / (spread + _EPSILON)


def _common(size: int, to: int) -> tuple[np.ndarray, np.ndarray]:
    """List where a whole axis holds the frequencies that both lengths can show."""
    most = (min(size, to) - 1) // 2
    both = np.arange(-most, most + 1)
    return both % size, both % to


def _between(count: int, side: int, whole: bool) -> np.ndarray:
    """Write the interpolation of a spectrum's axis as a matrix, [count, its new length].

    A half axis does not tell the parity of its image; even is taken, which is off by 1 / count.
    """
    if not whole:
        half, wanted = np.linspace(0, 0.5, count), np.fft.rfftfreq(side)
        if count == side // 2 + 1:
            return np.eye(count)
        return np.stack([np.interp(wanted, half, row) for row in np.eye(count)])
    old, new = np.fft.fftfreq(count), np.fft.fftfreq(side)
    order = np.argsort(old)
    return np.stack([np.interp(new, old[order], row[order]) for row in np.eye(count)])
