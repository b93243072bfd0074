"""Layer-wise relevance propagation with another rule for each kind of op."""

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
    ZBox,
    ZPlus,
)


@dataclass(frozen=True)
class LRPPresetA(RelevanceMethod):
    """Epsilon for dense ops, and for convolutions what raises each output.

    Args:
        start: `value`, so that relevance starts with what each score contributes to the target, or
            `one`, where it starts with the score's weight in the target.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 0.1.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Kohlbrenner et al., Towards Best Practice in Explaining Neural Network Decisions with
    LRP, 2020.

    Example:
        >>> LRPPresetA().epsilon
        0.1
    """

    epsilon: float = 0.1
    name = "lrp-preset-a"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(AlphaBeta(1.0, 0.0), Epsilon(self.epsilon))


@dataclass(frozen=True)
class LRPPresetB(RelevanceMethod):
    """Epsilon for dense ops, and alpha 2, beta 1 for convolutions.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 0.1.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Kohlbrenner et al., Towards Best Practice in Explaining Neural Network Decisions with
    LRP, 2020.

    Example:
        >>> LRPPresetB().name
        'lrp-preset-b'
    """

    epsilon: float = 0.1
    name = "lrp-preset-b"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(AlphaBeta(2.0, 1.0), Epsilon(self.epsilon))


@dataclass(frozen=True)
class LRPEpsilonPlus(RelevanceMethod):
    """Epsilon for dense ops, and for convolutions what raises each output; Zennit's epsilon-plus.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 1e-6.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Anders et al., Software for Dataset-wide XAI, 2021.

    Example:
        >>> LRPEpsilonPlus().epsilon
        1e-06
    """

    epsilon: float = STABILISER
    name = "lrp-epsilon-plus"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(ZPlus(), Epsilon(self.epsilon))


@dataclass(frozen=True)
class LRPEpsilonPlusFlat(RelevanceMethod):
    """Epsilon-plus, in which ops that see the pixels share evenly.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 1e-6.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Anders et al., Software for Dataset-wide XAI, 2021.

    Example:
        >>> LRPEpsilonPlusFlat().name
        'lrp-epsilon-plus-flat'
    """

    epsilon: float = STABILISER
    name = "lrp-epsilon-plus-flat"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(ZPlus(), Epsilon(self.epsilon), first=Flat())


@dataclass(frozen=True)
class LRPEpsilonAlpha2Beta1(RelevanceMethod):
    """Epsilon for dense ops, and alpha 2, beta 1 for convolutions; preset B of another epsilon.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 1e-6.
        flat: whether ops that see the pixels share evenly.

    Raises:
        BadValue: a negative epsilon.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Anders et al., Software for Dataset-wide XAI, 2021.

    Example:
        >>> LRPEpsilonAlpha2Beta1(flat=True).epsilon
        1e-06
    """

    epsilon: float = STABILISER
    flat: bool = False
    name = "lrp-epsilon-alpha2-beta1"

    def composite(self) -> Composite:
        """Give the rules."""
        first = Flat() if self.flat else None
        return Composite(AlphaBeta(2.0, 1.0), Epsilon(self.epsilon), first=first)


@dataclass(frozen=True)
class LRPEpsilonGammaBox(RelevanceMethod):
    """Epsilon for dense ops, gamma for convolutions, and at the pixels the range's ends.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        epsilon: of dense ops, default 1e-6.
        gamma: of convolutions, default 0.25.
        low: the least that a pixel can be, default 0.
        high: the most, default 1.

    Raises:
        BadValue: a negative epsilon or gamma, or a range without width.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Anders et al., Software for Dataset-wide XAI, 2021.

    Example:
        >>> LRPEpsilonGammaBox().gamma
        0.25
    """

    epsilon: float = STABILISER
    gamma: float = 0.25
    low: float = 0.0
    high: float = 1.0
    name = "lrp-epsilon-gamma-box"

    def composite(self) -> Composite:
        """Give the rules."""
        first = ZBox(self.low, self.high)
        return Composite(Gamma(self.gamma), Epsilon(self.epsilon), first=first)


@dataclass(frozen=True)
class DeepTaylor(RelevanceMethod):
    """Relevance shared by what raises each output, biases apart, and at the pixels by their range.

    Args:
        start: `value` or `one`, see LRPPresetA.
        unknown: `error` for an op without a rule, or `gradient`.
        low: the least that a pixel can be, default 0.
        high: the most, default 1.

    Raises:
        BadValue: a range without width.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Montavon et al., Explaining nonlinear classification decisions with deep Taylor
    decomposition, 2017.

    Example:
        >>> DeepTaylor().low
        0.0
    """

    low: float = 0.0
    high: float = 1.0
    name = "deep-taylor"

    def composite(self) -> Composite:
        """Give the rules."""
        rule = ZPlus(bias=False)
        return Composite(rule, rule, first=ZBox(self.low, self.high), scale=rule)


@dataclass(frozen=True)
class ExcitationBackprop(RelevanceMethod):
    """How probably a winner comes from each number: what raises an output shares its chance.

    Args:
        start: `one`, a chance, by default; or `value`.
        unknown: `error` for an op without a rule, or `gradient`.
        bias: whether biases above zero take part, default not, as published.

    Raises:
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Zhang et al., Top-down Neural Attention by Excitation Backprop, 2016.

    Example:
        >>> ExcitationBackprop().start
        'one'
    """

    start: str = "one"
    bias: bool = False
    name = "excitation-backprop"

    def composite(self) -> Composite:
        """Give the rules."""
        rule = ZPlus(self.bias)
        return Composite(rule, rule, scale=rule)
