"""Several parameterisations as one: their logits added, or their channels side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param.parameterisation import (
    Parameterisation,
    Size,
    Variables,
    with_channels,
)


@dataclass(frozen=True)
class Composite(Parameterisation):
    """Several parameterisations, of which each has variables and draws of its own.

    Args:
        params: the parts, at least one.

    Raises:
        BadValue: if there is no part, or one is no parameterisation.
    """

    params: tuple[Parameterisation, ...]

    def __post_init__(self) -> None:
        if isinstance(self.params, list):
            object.__setattr__(self, "params", tuple(self.params))
        if (
            not isinstance(self.params, tuple)
            or not self.params
            or not all(isinstance(part, Parameterisation) for part in self.params)
        ):
            raise BadValue(
                f"{type(self).__name__} takes a tuple of parameterisations, one or more, not "
                f"{self.params!r:.80}."
            )

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.params[-1].transparent

    @property
    def shared(self) -> frozenset[str]:
        """Names of the variables that all images share."""
        return frozenset(
            f"{i}.{name}" for i, part in enumerate(self.params) for name in part.shared
        )

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw every part's variables, named `part.name`; see the base."""
        return _joined(
            part.init(seeds.stream(keys, f"part {i}"), size) for i, part in enumerate(self.params)
        )

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Carry every part's variables over to another size; see the base."""
        return _joined(
            part.resized(part_of(variables, i), size, to) for i, part in enumerate(self.params)
        )


@dataclass(frozen=True)
class Sum(Composite):
    """The sum of what the parts hand to their sigmoids, each with a weight.

    Args:
        params: the parts, of equally many channels.
        weights: of the parts, any numbers; default 1 for all.

    Raises:
        BadValue: if the parts do not agree on channels or alpha, or a weight is missing.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.param import FourierImage, LaplacianPyramid
        >>> param = Sum((FourierImage(3), LaplacianPyramid()), (0.7, 0.5))
        >>> sorted(param.init(seeds.image_keys(0), (8, 8)))[:2]
        ['0.spectrum', '1.level0']
    """

    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = tuple(float(w) for w in self.weights) or (1.0,) * len(self.params)
        object.__setattr__(self, "weights", weights)
        if len(weights) != len(self.params) or not all(math.isfinite(w) for w in weights):
            raise BadValue(
                f"There are {len(weights)} weights {weights} for {len(self.params)} parts; give "
                "one finite number for each."
            )
        kinds = {(part.channels, part.transparent) for part in self.params}
        if len(kinds) > 1:
            raise BadValue(
                "The parts of a Sum need equally many channels, and all or none of them alpha; "
                f"these have (channels, alpha) {sorted(kinds)}."
            )

    @property
    def channels(self) -> int:
        """How many channels the image has, alpha included."""
        return self.params[0].channels

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return tf.sigmoid(self.logits(variables, size))

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid squashes; see `Parameterisation.logits`."""
        pairs = zip(self.weights, self.params, strict=True)
        return tf.add_n(
            [
                weight * part.logits(part_of(variables, i), size)
                for i, (weight, part) in enumerate(pairs)
            ]
        )


@dataclass(frozen=True)
class Stacked(Composite):
    """The channels of the parts, one part after the other: colours from one, alpha from another.

    Args:
        params: the parts; only the last may have alpha.

    Raises:
        BadValue: if another part than the last has alpha.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.param import CPPN, Mask
        >>> param = Stacked((CPPN(), Mask(alpha=0.2)))
        >>> param.channels, param.transparent
        (4, True)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(part.transparent for part in self.params[:-1]):
            raise BadValue(
                "Only the last part of Stacked may have alpha; give the others `with_alpha=False` "
                "or fewer channels."
            )

    @property
    def channels(self) -> int:
        """How many channels the image has, alpha included."""
        return sum(part.channels for part in self.params)

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        parts = [part.image(part_of(variables, i), size) for i, part in enumerate(self.params)]
        return tf.concat(parts, axis=-1)

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid turns into the image; see the base."""
        parts = [part.logits(part_of(variables, i), size) for i, part in enumerate(self.params)]
        return tf.concat(parts, axis=-1)

    def invert(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Let every part find variables for its own channels; see the base."""
        images = with_channels(images, self.channels)
        shares = tf.split(images, [part.channels for part in self.params], axis=-1)
        return _joined(part.invert(share) for part, share in zip(self.params, shares, strict=True))


def part_of(variables: Variables, number: int) -> dict[str, tf.Tensor]:
    """Take the variables of one part, under the names that it gave them.

    Args:
        variables: as a `Composite` names them.
        number: of the part.

    Returns:
        Its own variables.

    Example:
        >>> part_of({"0.phase": 1, "1.phase": 2, "1.0.pixels": 3}, 1)
        {'phase': 2, '0.pixels': 3}
    """
    start = f"{number}."
    return {n.removeprefix(start): value for n, value in variables.items() if n.startswith(start)}


def _joined(parts: Iterable[Variables]) -> dict[str, tf.Tensor]:
    """Name the variables of all parts."""
    return {f"{i}.{name}": v for i, part in enumerate(parts) for name, v in part.items()}
