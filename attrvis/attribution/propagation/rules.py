"""Rules: how the relevance of an op's output is shared among its inputs.

A rule knows nothing of networks: it sees an input, weights and a bias, `output = x W + b`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.propagation.affine import Affine
from attrvis.errors import BadValue

STABILISER = 1e-6


class Rule(ABC):
    """Shares relevance; a frozen dataclass of numbers."""

    @abstractmethod
    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share the relevance of an op's output, `output`'s shape, among its inputs, `x`'s."""


@dataclass(frozen=True)
class Epsilon(Rule):
    """Shares by contribution; what the bias contributed stays with it.

    `R_i = x_i sum_j w_ij R_j / (z_j + epsilon sign(z_j))`

    Args:
        epsilon: takes up relevance where contributions cancel; 0 is the rule LRP-0.

    Raises:
        BadValue: a negative epsilon.

    Source: Bach et al., On Pixel-Wise Explanations, 2015.
    """

    epsilon: float = STABILISER

    def __post_init__(self) -> None:
        _at_least_zero("epsilon", self.epsilon)

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        return op.x * op.back(op.weight, over(relevance, op.output, self.epsilon))


@dataclass(frozen=True)
class Gamma(Rule):
    """Shares by contribution, where contributions of the output's own sign count for more.

    Args:
        gamma: how much more, default 0.25.

    Raises:
        BadValue: a negative gamma.

    Source: Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019, in the form that
    also takes inputs and outputs below zero.
    """

    gamma: float = 0.25

    def __post_init__(self) -> None:
        _at_least_zero("gamma", self.gamma)

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        up, down = (op.weight + self.gamma * part(op.weight) for part in (above, below))
        bias_up, bias_down = (op.bias + self.gamma * part(op.bias) for part in (above, below))
        none = tf.zeros_like(relevance)
        positive = tf.where(op.output > 0, relevance, none)
        negative = tf.where(op.output < 0, relevance, none)
        return shared(op, up, down, bias_up, positive) + shared(op, down, up, bias_down, negative)


@dataclass(frozen=True)
class AlphaBeta(Rule):
    """Shares alpha times the relevance by what raises the output, minus beta by what lowers it.

    Args:
        alpha: default 2.
        beta: default 1; alpha - beta is 1, so that relevance is kept.
        bias: whether the bias takes part.

    Raises:
        BadValue: a negative number, or a difference other than 1.

    Source: Bach et al., On Pixel-Wise Explanations, 2015.
    """

    alpha: float = 2.0
    beta: float = 1.0
    bias: bool = True

    def __post_init__(self) -> None:
        _at_least_zero("beta", self.beta)
        if not np.isclose(self.alpha - self.beta, 1):
            raise BadValue(
                f"alpha - beta must be 1, so that relevance is kept; not {self.alpha} - "
                f"{self.beta}."
            )

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        bias = op.bias if self.bias else tf.zeros_like(op.bias)
        up, down = above(op.weight), below(op.weight)
        raising = shared(op, up, down, above(bias), relevance)
        if not self.beta:
            return raising
        return self.alpha * raising - self.beta * shared(op, down, up, below(bias), relevance)


@dataclass(frozen=True)
class ZPlus(Rule):
    """Shares by what raises the output alone.

    Args:
        bias: whether a bias above zero takes part.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.
    """

    bias: bool = True

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        return AlphaBeta(1.0, 0.0, self.bias).back(op, relevance)


@dataclass(frozen=True)
class WSquare(Rule):
    """Shares by the squares of the weights, whatever the inputs.

    Args:
        bias: whether the square of the bias takes part.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.
    """

    bias: bool = True

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        squares = op.weight**2
        whole = op.run(tf.ones_like(op.x), squares) + (op.bias**2 if self.bias else 0.0)
        return op.back(squares, over(relevance, whole))


@dataclass(frozen=True)
class Flat(Rule):
    """Shares evenly among all that an output sees.

    Source: Lapuschkin et al., Understanding and Comparing Deep Neural Networks for Age and Gender
    Classification, 2017.
    """

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        ones = tf.ones_like(op.weight)
        return op.back(ones, over(relevance, op.run(tf.ones_like(op.x), ones)))


@dataclass(frozen=True)
class ZBox(Rule):
    """Shares by contribution, measured from the ends of the range that the inputs can have.

    Only for ops that see the pixels: the range is told in pixel space.

    Args:
        low: the least that a pixel can be, default 0.
        high: the most, default 1.

    Raises:
        BadValue: a range without width.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise BadValue(f"A range of pixels goes up, not from {self.low} to {self.high}.")

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance as if the range were that of the op's own input."""
        return self.within(op, relevance, tf.constant(self.low), tf.constant(self.high))

    def within(
        self, op: Affine, relevance: tf.Tensor, low: tf.Tensor, high: tf.Tensor
    ) -> tf.Tensor:
        """Share relevance, the range of the op's own inputs being known."""
        low, high = (end + tf.zeros_like(op.x) for end in (low, high))
        up, down = above(op.weight), below(op.weight)
        whole = op.run(op.x, op.weight) - op.run(low, up) - op.run(high, down)
        part = over(relevance, whole)
        return (
            op.x * op.back(op.weight, part) - low * op.back(up, part) - high * op.back(down, part)
        )


def shared(
    op: Affine, up: tf.Tensor, down: tf.Tensor, bias: tf.Tensor, relevance: tf.Tensor
) -> tf.Tensor:
    """Share by contribution: inputs above zero through some weights, those below through others."""
    high, low = above(op.x), below(op.x)
    part = over(relevance, op.run(high, up) + op.run(low, down) + bias)
    return high * op.back(up, part) + low * op.back(down, part)


def over(relevance: tf.Tensor, whole: tf.Tensor, epsilon: float = STABILISER) -> tf.Tensor:
    """Divide relevance by what it is shared by; nothing comes from nothing."""
    whole = tf.where(whole >= 0, whole + epsilon, whole - epsilon)
    none = tf.equal(whole, 0)
    return tf.where(none, tf.zeros_like(relevance), relevance / tf.where(none, 1.0, whole))


def above(values: tf.Tensor) -> tf.Tensor:
    """Keep what is above zero."""
    return tf.maximum(values, 0.0)


def below(values: tf.Tensor) -> tf.Tensor:
    """Keep what is below zero."""
    return tf.minimum(values, 0.0)


def _at_least_zero(name: str, number: float) -> None:
    if not (np.isfinite(number) and number >= 0):
        raise BadValue(f"{name} is at least 0, not {number}.")
