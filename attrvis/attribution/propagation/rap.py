"""Relative attributing propagation: units of much influence against those of little."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.propagation.affine import Affine
from attrvis.attribution.propagation.composites import Composite
from attrvis.attribution.propagation.relevance_method import RelevanceMethod
from attrvis.attribution.propagation.rules import Rule, above, below, over


@dataclass(frozen=True)
class AbsoluteInfluence(Rule):
    """Shares all relevance by the size of the contributions, whatever their sign."""

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        part = over(relevance, op.run(op.x, op.weight))
        sizes = tf.abs(op.x * op.back(op.weight, part))
        return sizes * over(_total(relevance, sizes), _total(sizes, sizes))


@dataclass(frozen=True)
class RelativeShift(Rule):
    """Shares by the size of contributions, and takes evenly what that is too much.

    What raises an output shares its relevance; what lowers it gets its part of all contributions
    on top; and from each input that got something the surplus is taken evenly, so that those of
    little influence end below zero and the sum is kept.
    """

    def back(self, op: Affine, relevance: tf.Tensor) -> tf.Tensor:
        """Share relevance; see `Rule`."""
        up, down = above(op.weight), below(op.weight)
        high, low = above(op.x), below(op.x)
        raising = op.run(high, up) + op.run(low, down)
        lowering = -op.run(high, down) - op.run(low, up)
        by_raising = over(relevance, raising)
        by_all = over(relevance, raising + lowering)
        shares = high * op.back(up, by_raising) + low * op.back(down, by_raising)
        shares -= high * op.back(down, by_all) + low * op.back(up, by_all)
        active = tf.cast(tf.not_equal(shares, 0), shares.dtype)
        surplus = _total(shares, shares) - _total(relevance, shares)
        return shares - active * surplus / tf.maximum(_total(active, shares), 1.0)


@dataclass(frozen=True)
class RAP(RelevanceMethod):
    """Relevance relative to other units: those of little influence end below zero.

    Args:
        start: `value`, so that relevance starts with what each score contributes to the target, or
            `one`, where it starts with the score's weight in the target.
        unknown: `error` for an op without a rule, or `gradient`.

    Raises:
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Nam, Gur, Choi, Wolf and Lee, Relative Attributing Propagation, 2020. Relevance below
    zero is shared like that above.

    Example:
        >>> RAP().name
        'rap'
    """

    name = "rap"

    def composite(self) -> Composite:
        """Give the rules."""
        return Composite(RelativeShift(), RelativeShift(), top=AbsoluteInfluence())


def _total(values: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Sum up each image's values, shaped to multiply those of `like`."""
    sums = tf.reduce_sum(values, list(range(1, values.shape.rank)))
    return tf.reshape(sums, [-1] + [1] * (like.shape.rank - 1))
