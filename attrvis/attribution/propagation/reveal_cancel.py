"""DeepLIFT by the RevealCancel rule: what raises and what lowers, apart all the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found
from attrvis.attribution.propagation.affine import Affine, Fused, affine, fused
from attrvis.attribution.propagation.deep_lift import Lifted, checked
from attrvis.attribution.propagation.kinds import ELEMENTWISE, ROUTING, SUMS
from attrvis.attribution.propagation.multipliers import Differences, ratio
from attrvis.attribution.propagation.rules import above, below
from attrvis.attribution.propagation.walking import (
    again,
    applied,
    at_pixels,
    exact,
    with_inputs,
)
from attrvis.attribution.scene import Scene
from attrvis.networks.section import Section, Unit

Two = tuple[tf.Tensor, tf.Tensor]
"""What lies above the reference, and what lies below; or the multipliers of both."""


@dataclass(frozen=True)
class DeepLiftRevealCancel(Lifted):
    """DeepLIFT that tells contributions above the reference from those below, all the way.

    An activation hands back apart what was raised and what was lowered, each the mean of what it
    does before and after the other; so inputs that cancel each other are revealed. Where an op has
    no such rule (a product of two tensors, a max pool, a softmax), both sides share the multiplier
    of the rescale rule, and still nothing is lost.

    Args:
        baseline: what the images are compared with, default zero; words such as `blurred:0.1` will
            do.
        unknown: `error` for an op without a rule, or `gradient`.
        tolerance: a relative gap above this is warned about, default 0.01.

    Raises:
        UnknownName: no such baseline.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating
    Activation Differences, 2017.

    Example:
        >>> DeepLiftRevealCancel().name
        'deep-lift-reveal-cancel'
    """

    baseline: BaselineMethod | str = field(default_factory=Zero)
    unknown: str = "error"
    tolerance: float = 0.01
    name = "deep-lift-reveal-cancel"

    def __post_init__(self) -> None:
        checked(self.unknown)
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        scene = exact(scene)
        start = tf.convert_to_tensor(self.baseline.values(scene))  # type: ignore[union-attr]
        shares, change = self.compared(scene, start)
        return Found(shares, start, change)

    def shared(
        self, ends: Differences, start: dict[str, tf.Tensor], rows: tf.Tensor, reference: tf.Tensor
    ) -> tf.Tensor:
        """Share the change among the layer's numbers, from a multiplier for each reading."""
        found, ops = fused(ends.found)
        whole = Signs(ends, found, ops)
        whole.forwards()
        total = tf.zeros_like(rows)
        coming: dict[str, Two] = {}
        for name, part in start.items():
            tensor = found.tail.read[name]
            if tensor == "input":
                total += part * (rows - reference) if found.tail.tensor == "input" else 0.0
            else:
                _add(coming, tensor, (part, part))
        for unit in reversed(found.units):
            arriving = [coming.get(output) for output in unit.outputs]
            if any(part is not None for part in arriving):
                for tensor, part in zip(unit.inputs, whole.back(unit, arriving), strict=True):
                    if part is not None:
                        _add(coming, tensor, part)
        if found.source not in coming:
            return total
        change = whole.change(found.source)
        raised, lowered = coming[found.source]
        multiplier = tf.where(change >= 0, raised, lowered)
        if found.tail.tensor != "input":
            return total + multiplier * change
        return total + at_pixels(found, rows, multiplier) * (rows - reference)


@dataclass(frozen=True, eq=False)
class Signs:
    """How much of each tensor's change raised it, and how much lowered it.

    Args:
        ends: the section at the image and at its reference.
        found: the section, fused.
        fused: its ops with weights.
        parts: tensor -> both parts; filled by `forwards`.
    """

    ends: Differences
    found: Section
    fused: dict[str, Fused]
    parts: dict[str, Two] = field(default_factory=dict)

    def change(self, tensor: str) -> tf.Tensor:
        """Give a tensor's change from the reference."""
        return self.ends.image[tensor] - self.ends.reference[tensor]

    def forwards(self) -> None:
        """Lead both parts from the layer to the readings."""
        self.parts[self.found.source] = _by_sign(self.change(self.found.source))
        for unit in self.found.units:
            for tensor, part in zip(unit.outputs, self._ahead(unit), strict=True):
                self.parts[tensor] = part

    def _ahead(self, unit: Unit) -> list[Two]:
        coming = [self.parts[tensor] for tensor in unit.inputs]
        if unit.name in self.fused:
            op = self._affine(unit)
            up, down = above(op.weight), below(op.weight)
            (plus, minus), run = coming[0], op.run
            return [(run(plus, up) + run(minus, down), run(minus, up) + run(plus, down))]
        if self._carries(unit):
            sides = [self._carried(unit, coming, side) for side in range(2)]
            return list(zip(*sides, strict=True))
        if self._bends(unit):
            return [self._bent(unit, *coming[0])]
        return [_by_sign(self.change(output)) for output in unit.outputs]

    def back(self, unit: Unit, coming: list[Two | None]) -> Sequence[Two | None]:
        """Hand both multipliers back through a unit."""
        if unit.name in self.fused:
            op, (plus, minus) = self._affine(unit), cast(Two, coming[0])
            up, down = above(op.weight), below(op.weight)
            return [
                (
                    op.back(up, plus) + op.back(down, minus),
                    op.back(up, minus) + op.back(down, plus),
                )
            ]
        if self._carries(unit):
            return self._carried_back(unit, coming)
        if self._bends(unit):
            (plus, minus), (up, down) = self.parts[unit.inputs[0]], self.parts[unit.output]
            raised, lowered = cast(Two, coming[0])
            none = lambda: tf.zeros_like(plus)  # noqa: E731
            return [
                (raised * ratio(up, plus, plus, none), lowered * ratio(down, minus, minus, none))
            ]
        signed: list[tf.Tensor | None] = [
            None if part is None else tf.where(self.change(output) >= 0, *part)
            for output, part in zip(unit.outputs, coming, strict=True)
        ]
        given = self.ends.step(unit, signed)
        return [None if part is None else (part, part) for part in given]

    def _affine(self, unit: Unit) -> Affine:
        return affine(self.found, self.ends.image, self.fused[unit.name])

    def _bends(self, unit: Unit) -> bool:
        own, whole = (self.ends.image[t].shape for t in (unit.inputs[0], unit.output))
        return unit.op in ELEMENTWISE and len(unit.places) == 1 and own.rank == whole.rank

    def _carries(self, unit: Unit) -> bool:
        return unit.op in ROUTING | SUMS

    def _bent(self, unit: Unit, plus: tf.Tensor, minus: tf.Tensor) -> Two:
        """Tell what raises an activation and what lowers it, each before and after the other."""
        start = self.ends.reference[unit.inputs[0]]

        def at(point: tf.Tensor) -> tf.Tensor:
            return applied(self.ends.image, self.found, unit, point)

        none, both = self.ends.reference[unit.output], self.ends.image[unit.output]
        with_plus, with_minus = at(start + plus), at(start + minus)
        raised = (with_plus - none + both - with_minus) / 2
        return raised, (with_minus - none + both - with_plus) / 2

    def _carried(self, unit: Unit, coming: list[Two], side: int) -> list[tf.Tensor]:
        """Lead one part through an op that adds or carries; what is subtracted changes sides."""
        moved = [part[1 - side if _turned(unit, n) else side] for n, part in enumerate(coming)]
        values = self.ends.image
        reads = self.found.tail.engine.wiring.inputs[unit.name]
        op = values[unit.output].op

        def run(parts: list[tf.Tensor]) -> list[tf.Tensor]:
            made = again(op, with_inputs(values, unit, reads, parts))
            return [made[int(t.split(":")[1])] for t in unit.outputs]

        rest = run([tf.zeros_like(part) for part in moved])
        return [made - none for made, none in zip(run(moved), rest, strict=True)]

    def _carried_back(self, unit: Unit, coming: list[Two | None]) -> list[Two | None]:
        sides = [
            self.ends.step(unit, [None if part is None else part[side] for part in coming])
            for side in range(2)
        ]
        given: list[Two | None] = []
        for number, (raised, lowered) in enumerate(zip(*sides, strict=True)):
            if raised is None or lowered is None:
                given.append(None)
            else:
                given.append((lowered, raised) if _turned(unit, number) else (raised, lowered))
        return given


def _turned(unit: Unit, number: int) -> bool:
    return unit.op == "Sub" and unit.places[number] == 1


def _by_sign(change: tf.Tensor) -> Two:
    return above(change), below(change)


def _add(coming: dict[str, Two], tensor: str, part: Two) -> None:
    if tensor in coming:
        raised, lowered = coming[tensor]
        part = raised + part[0], lowered + part[1]
    coming[tensor] = part
