"""How relevance is handed back through every op."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import tensorflow as tf

from attrvis.attribution.propagation.affine import SCALE, Fused, affine
from attrvis.attribution.propagation.composites import Composite
from attrvis.attribution.propagation.kinds import (
    ELEMENTWISE,
    MAXIMA,
    PRODUCTS,
    ROUTING,
    linear,
    training,
)
from attrvis.attribution.propagation.multipliers import like
from attrvis.attribution.propagation.rules import ZBox, over
from attrvis.attribution.propagation.walking import again, no_rule, pulled, with_inputs
from attrvis.networks.section import Section, Unit

_GATES = ("Sigmoid", "Softmax", "Rsqrt")
_BENT = ELEMENTWISE | {"Softmax", "LogSoftmax", "LRN"}

Shares = Sequence[tf.Tensor | None]


@dataclass(frozen=True, eq=False)
class Relevance:
    """A section on whose ops rules act.

    Args:
        found: the section, fused.
        fused: its ops with weights.
        values: every tensor at the image.
        pixels: the images, where the section starts there.
        bypass: what bypasses it.
        composite: maps ops to rules.
        unknown: `error`, or `gradient` for ops without a rule.
        method: how errors call the method.
    """

    found: Section
    fused: dict[str, Fused]
    values: dict[str, tf.Tensor]
    pixels: tf.Tensor | None
    bypass: dict[str, tf.Tensor]
    composite: Composite
    unknown: str
    method: str

    def step(self, unit: Unit, coming: list[tf.Tensor | None]) -> Shares:
        """Hand relevance back through a unit."""
        if unit.name in self.fused:
            return [self._ruled(self.fused[unit.name], cast(tf.Tensor, coming[0]))]
        if unit.op in ("StopGradient", "PreventGradient"):
            return [coming[0]]
        if unit.op in ROUTING or unit.op in MAXIMA:
            return self.gradient(unit, coming)
        arriving = cast(tf.Tensor, coming[0])
        if unit.op in _BENT and len(unit.places) == 1:
            return [like(arriving, self.values[unit.inputs[0]])]
        if linear(unit) and not training(unit, self.values):
            return self._by_contribution(unit, arriving)
        if unit.op in PRODUCTS:
            return self._product(unit, arriving)
        if unit.op == "RealDiv":
            return [like(arriving, self.values[unit.inputs[0]]), None]
        if unit.op in ("Maximum", "Minimum"):
            return self.gradient(unit, coming)
        if self.unknown == "gradient":
            return self.gradient(unit, coming)
        raise no_rule(self.found, unit, self.method)

    def gradient(self, unit: Unit, coming: list[tf.Tensor | None]) -> Shares:
        """Carry relevance back as a gradient goes."""
        reads = self.found.tail.engine.wiring.inputs[unit.name]
        op = self.values[unit.output].op

        def run(moving: list[tf.Tensor]) -> list[tf.Tensor]:
            made = again(op, with_inputs(self.values, unit, reads, moving))
            return [made[int(t.split(":")[1])] for t in unit.outputs]

        return pulled(run, [self.values[t] for t in unit.inputs], coming)

    def _by_contribution(self, unit: Unit, arriving: tf.Tensor) -> Shares:
        """Share by what each input contributed to the output."""
        part = over(arriving, self.values[unit.output])
        slopes = self.gradient(unit, [part])
        inputs = [self.values[tensor] for tensor in unit.inputs]
        return [None if s is None else x * s for x, s in zip(inputs, slopes, strict=True)]

    def _product(self, unit: Unit, arriving: tf.Tensor) -> Shares:
        """Give a gate nothing and what it lets through all; two of one kind get half each."""
        gate = self._gate(unit)
        if gate is None:
            return self._by_contribution(unit, arriving / 2)
        return [None if place == gate else arriving for place in range(2)]

    def _gate(self, unit: Unit) -> int | None:
        """Tell which factor is a gate: the one that is spread out, or that was squashed."""
        if unit.op != "Mul":
            return None
        whole = self.found.tail.engine.shape(unit.output).as_list()
        shapes = [self.found.tail.engine.shape(tensor).as_list() for tensor in unit.inputs]
        spread = [place for place, shape in enumerate(shapes) if shape != whole]
        if len(spread) == 1:
            return spread[0]
        if spread:
            return None
        makers = {output: u for u in self.found.units for output in u.outputs}
        squashed = []
        for place, tensor in enumerate(unit.inputs):
            while tensor in makers and makers[tensor].op in ROUTING:
                tensor = makers[tensor].inputs[0]
            if tensor in makers and makers[tensor].op in _GATES:
                squashed.append(place)
        return squashed[0] if len(squashed) == 1 else None

    def _ruled(self, one: Fused, arriving: tf.Tensor) -> tf.Tensor:
        """Follow the rule for an op with weights."""
        first = self.pixels is not None and not self._weighted_before(one)
        top = not self._weighted_behind(one)
        if first and not top and one.op == SCALE:
            return arriving  # part of the preprocessing
        rule = self.composite.rule(one.op, first, top)
        op = affine(self.found, self.values, one)
        if isinstance(rule, ZBox) and first:
            low, high = self._range(one, rule)
            return rule.within(op, arriving, low, high)
        return rule.back(op, arriving)

    def _range(self, one: Fused, box: ZBox) -> tuple[tf.Tensor, tf.Tensor]:
        """Bring the range of the pixels to an op's input."""
        tensor = one.unit.inputs[0]
        one_row = cast(tf.Tensor, self.pixels)[:1]
        beside = {name: value[:1] for name, value in self.bypass.items()}
        ends = [
            self.found.values(tf.fill(tf.shape(one_row), end), beside, [tensor])[tensor]
            for end in (box.low, box.high)
        ]
        return tf.minimum(*ends), tf.maximum(*ends)

    def _weighted(self) -> list[Fused]:
        return [one for one in self.fused.values() if one.op != SCALE]

    def _weighted_before(self, one: Fused) -> bool:
        wiring = self.found.tail.engine.wiring
        before = set(wiring.ancestors(one.unit.inputs, [self.found.source]))
        return any(other.unit.name in before for other in self._weighted())

    def _weighted_behind(self, one: Fused) -> bool:
        behind = self.found.tail.engine.wiring.dependents(one.unit.outputs)
        return any(
            other.unit.name in behind and other.unit.name in self.fused
            for other in self._weighted()
        )
