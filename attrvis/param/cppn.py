"""An image as a small network's answer at every place: smooth, and sharp at any size."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue, unknown
from attrvis.optimisers import Adam, Optimizer
from attrvis.param.parameterisation import (
    Parameterisation,
    Size,
    Variables,
    checked,
    level,
    taken,
)

Activation = Literal["composite", "unbiased", "relu"]
_ACTIVATIONS = ("composite", "unbiased", "relu")


@dataclass(frozen=True)
class CPPN(Parameterisation):
    """A compositional pattern-producing network, of which the weights are the variables.

    A pixel's colour depends on its place alone; the longest side runs over ±sqrt(3), so that its
    places have a variance of 1. The variables know no size: the same ones give the same picture
    at any size, and wherever two sizes have a place in common they agree. The image starts
    uniformly grey, as the last layer starts at 0. A learning rate near 0.005 suits it.

    Args:
        channels: of the image, alpha included.
        hidden: units of each hidden layer.
        layers: how many hidden layers, at least 1.
        activation: `composite`, atan(x) / 0.67 beside atan(x)² / 0.6; `unbiased`, the same but
            for (atan(x)² - 0.45) / 0.396; `relu`, (relu(x) - 0.4) / 0.58. Of a normal x, the
            outputs of the last two have mean 0 and variance 1.
        with_alpha: whether the last channel is alpha; default exactly when there are four.
        alpha: the alpha channel at the start, between 0 and 1.

    Raises:
        BadValue: if a value is outside its range.
        UnknownName: if there is no such activation.

    Source: Stanley, Compositional pattern producing networks, 2007; Mordvintsev, Pezzotti,
    Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> param = CPPN(layers=2)
        >>> variables = param.init(seeds.image_keys(0), (8, 8))
        >>> param.image(variables, (80, 60)).shape.as_list()
        [1, 80, 60, 3]
    """

    channels: int = 3
    hidden: int = 24
    layers: int = 8
    activation: Activation = "composite"
    with_alpha: bool | None = field(default=None, kw_only=True)
    alpha: float = field(default=0.5, kw_only=True)

    def __post_init__(self) -> None:
        if min(self.channels, self.hidden, self.layers) < 1:
            raise BadValue(
                f"A CPPN of {self.channels} channels and {self.layers} layers of {self.hidden} "
                "cannot be; use 1 or more of each."
            )
        if self.activation not in _ACTIVATIONS:
            raise unknown("activation", self.activation, _ACTIVATIONS)
        level(self.alpha)

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels == 4 if self.with_alpha is None else self.with_alpha

    @property
    def optimizer(self) -> Optimizer:
        """Small steps: each weight is in every pixel."""
        return Adam(rate=0.005, end=0.5)

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw the weights, float32 [B, from, to], and biases, [B, to]; see the base.

        They depend on how many sides a size has, not on how long those are.
        """
        drawn = {}
        for i, (enters, leaves) in enumerate(self._shapes(len(checked(size)))):
            last = i == self.layers
            own, other = (seeds.stream(keys, f"CPPN {kind} {i}") for kind in ("weight", "bias"))
            sd = 0.0 if last else 1 / math.sqrt(enters)
            drawn[f"weight{i}"] = seeds.normal(own, [enters, leaves], sd)
            drawn[f"bias{i}"] = seeds.normal(other, [leaves], 0.0 if last else 0.1)
        if self.transparent:
            drawn[f"bias{self.layers}"] += np.eye(self.channels)[-1] * level(self.alpha)
        return drawn

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return tf.sigmoid(self.logits(variables, size))

    def logits(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables to what a sigmoid squashes; see `Parameterisation.logits`."""
        size = checked(size)
        values = tf.constant(_places(size)[None])
        for i, shape in enumerate(self._shapes(len(size))):
            weight = taken(variables, f"weight{i}", shape)
            bias = taken(variables, f"bias{i}", shape[1:])
            values = tf.linalg.matmul(values, weight) + bias[:, None]
            if i < self.layers:
                values = _activated(values, self.activation)
        return tf.reshape(values, [-1, *size, self.channels])

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Give the same variables, which know no size; see the base.

        Raises:
            BadValue: if the new size has another number of sides.
        """
        if len(checked(size)) != len(checked(to)):
            raise BadValue(f"A size of {len(size)} sides cannot become {to}; give as many.")
        return {name: tf.convert_to_tensor(value) for name, value in variables.items()}

    def _shapes(self, sides: int) -> list[tuple[int, int]]:
        wide = self.hidden * (1 if self.activation == "relu" else 2)
        between = [(wide, self.hidden)] * (self.layers - 1)
        return [(sides, self.hidden), *between, (wide, self.channels)]


def _places(size: Size) -> np.ndarray:
    """Place every pixel's middle, float32 [pixels, sides]."""
    axes = [(2 * np.arange(side) + 1 - side) * (math.sqrt(3) / max(size)) for side in size]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return grid.reshape(-1, len(size)).astype(np.float32)


def _activated(values: tf.Tensor, activation: Activation) -> tf.Tensor:
    if activation == "relu":
        return (tf.nn.relu(values) - 0.40) / 0.58
    bend = tf.atan(values)
    even = bend**2 / 0.6 if activation == "composite" else (bend**2 - 0.45) / 0.396
    return tf.concat([bend / 0.67, even], axis=-1)
