"""Composites: which rule is for which op."""

from __future__ import annotations

from dataclasses import dataclass, field

from attrvis.attribution.propagation.affine import SCALE
from attrvis.attribution.propagation.rules import Epsilon, Rule


@dataclass(frozen=True)
class Composite:
    """Maps ops to rules. Biases and normalisations belong to the op before them.

    Args:
        convolution: for convolutions.
        dense: for matrix products with weights.
        first: for those of both kinds that see the pixels and no other of them; default none of
            its own.
        top: for those behind which there is no other; default none of its own.
        scale: for normalisations and products with weights that no op with weights precedes.
    """

    convolution: Rule
    dense: Rule
    first: Rule | None = None
    top: Rule | None = None
    scale: Rule = field(default_factory=Epsilon)

    def rule(self, op: str, first: bool = False, top: bool = False) -> Rule:
        """Give the rule for an op.

        Args:
            op: its type.
            first: whether it sees the pixels and no other op with weights.
            top: whether no op with weights follows.
        """
        if op == SCALE:
            return self.scale
        if first and self.first is not None:
            return self.first
        if top and self.top is not None:
            return self.top
        return self.convolution if "Conv" in op else self.dense
