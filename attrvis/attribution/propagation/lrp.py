"""Layer-wise relevance propagation with one rule for all ops with weights."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.attribution.propagation.composites import Composite
from attrvis.attribution.propagation.relevance_method import RelevanceMethod
from attrvis.attribution.propagation.rules import (
    STABILISER,
    AlphaBeta,
    Epsilon,
    Flat,
    Gamma,
    WSquare,
    ZBox,
    ZPlus,
)


@dataclass(frozen=True)
class LRPEpsilon(RelevanceMethod):
    """Relevance shared by contribution: with epsilon 0 and ReLUs, the gradient times the input.

    Args:
        start: `value`, so that relevance starts with what each score contributes to the target, or
            `one`, where it starts with the score's weight in the target.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: takes up relevance where contributions cancel, default 1e-6.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Bach et al., On Pixel-Wise Explanations for Non-Linear Classifier Decisions by
    Layer-Wise Relevance Propagation, 2015.

    Example:
        >>> LRPEpsilon(epsilon=0.1).start
        'value'
    """

    epsilon: float = STABILISER
    name = "lrp-epsilon"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(Epsilon(self.epsilon), Epsilon(self.epsilon))


@dataclass(frozen=True)
class LRPGamma(RelevanceMethod):
    """Relevance shared by contribution, those of the output's own sign counting for more.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.
        gamma: how much more, default 0.25.

    Raises:
        BadValue: a negative gamma.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019.

    Example:
        >>> LRPGamma().gamma
        0.25
    """

    gamma: float = 0.25
    name = "lrp-gamma"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(Gamma(self.gamma), Gamma(self.gamma))


@dataclass(frozen=True)
class LRPAlphaBeta(RelevanceMethod):
    """Relevance shared apart by what raises and by what lowers each output.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.
        alpha: the share of what raises, default 2.
        beta: the share of what lowers, default 1; alpha - beta is 1.

    Raises:
        BadValue: a negative beta, or a difference other than 1.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Bach et al., On Pixel-Wise Explanations for Non-Linear Classifier Decisions by
    Layer-Wise Relevance Propagation, 2015.

    Example:
        >>> LRPAlphaBeta(alpha=1, beta=0).name
        'lrp-alpha-beta'
    """

    alpha: float = 2.0
    beta: float = 1.0
    name = "lrp-alpha-beta"

    def composite(self) -> Composite:
        """Give the rules."""
        rule = AlphaBeta(self.alpha, self.beta)
        return Composite(rule, rule)


@dataclass(frozen=True)
class LRPZPlus(RelevanceMethod):
    """Relevance shared by what raises each output alone.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.
        bias: whether biases above zero take part.

    Raises:
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.

    Example:
        >>> LRPZPlus().bias
        True
    """

    bias: bool = True
    name = "lrp-z-plus"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(ZPlus(self.bias), ZPlus(self.bias))


@dataclass(frozen=True)
class LRPWSquare(RelevanceMethod):
    """Relevance shared by the squares of the weights, whatever the inputs.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.

    Raises:
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.

    Example:
        >>> LRPWSquare().name
        'lrp-w-square'
    """

    name = "lrp-w-square"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(WSquare(), WSquare())


@dataclass(frozen=True)
class LRPFlat(RelevanceMethod):
    """Relevance shared evenly among all that each output sees.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.

    Raises:
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Lapuschkin, Binder, Müller and Samek, Understanding and Comparing Deep Neural Networks
    for Age and Gender Classification, 2017.

    Example:
        >>> LRPFlat().name
        'lrp-flat'
    """

    name = "lrp-flat"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(Flat(), Flat())


@dataclass(frozen=True)
class LRPZBox(RelevanceMethod):
    """Relevance shared by contribution, at the pixels measured from the ends of their range.

    Args:
        start: `value` or `one`, see LRPEpsilon.
        unknown: `error` for an op without a rule, or `gradient`.
        low: the least that a pixel can be, default 0.
        high: the most, default 1.
        epsilon: of the ops behind the first, default 1e-6.

    Raises:
        BadValue: a range without width, or a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.

    Example:
        >>> LRPZBox().high
        1.0
    """

    low: float = 0.0
    high: float = 1.0
    epsilon: float = STABILISER
    name = "lrp-z-box"

    def composite(self) -> Composite:
        """Give the rules."""
        rule = Epsilon(self.epsilon)
        return Composite(rule, rule, first=ZBox(self.low, self.high))
