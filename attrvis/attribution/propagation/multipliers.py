"""How a difference from a reference is handed back through an op, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import tensorflow as tf

from attrvis.attribution.propagation.kinds import (
    ELEMENTWISE,
    MAXIMA,
    PAIRS,
    PRODUCTS,
    linear,
    training,
)
from attrvis.attribution.propagation.walking import (
    Tensors,
    again,
    applied,
    no_rule,
    pulled,
    with_inputs,
)
from attrvis.attribution.quadrature import quadrature
from attrvis.networks.section import Section, Unit
from attrvis.objectives import Objective

_SMALL = 1e-6
_POINTS = 32

Multipliers = Sequence[tf.Tensor | None]


@dataclass(frozen=True, eq=False)
class Differences:
    """A section at an image and at its reference.

    Args:
        found: the section.
        image: every tensor at the image.
        reference: every tensor at the reference.
        unknown: `error`, or `gradient` for ops without a rule.
        method: how errors call the method.
    """

    found: Section
    image: dict[str, tf.Tensor]
    reference: dict[str, tf.Tensor]
    unknown: str = "error"
    method: str = "DeepLIFT"

    def step(self, unit: Unit, coming: list[tf.Tensor | None]) -> Multipliers:
        """Hand multipliers back through a unit."""
        if unit.op in ("StopGradient", "PreventGradient"):
            return [coming[0]]
        if linear(unit) and not training(unit, self.image):
            return self.gradient(unit, coming)
        upstream = cast(tf.Tensor, coming[0])
        if unit.op in PRODUCTS:
            return self._product(unit, upstream)
        if unit.op in ELEMENTWISE and len(unit.places) == 1:
            return [self.rescaled(unit, upstream)]
        if unit.op in PAIRS:
            return self._pair(unit, upstream)
        if unit.op in MAXIMA:
            return [self._largest(unit, upstream)]
        if unit.op in ("Softmax", "LogSoftmax"):
            return [self._softmax(unit, upstream)]
        if unit.op == "LRN":
            return [self._local_response(unit, upstream)]
        if self.unknown == "gradient":
            return self.gradient(unit, coming)
        raise no_rule(self.found, unit, self.method)

    def ends(self, tensor: str) -> tuple[tf.Tensor, tf.Tensor]:
        """Give a tensor at the image and at the reference."""
        return self.image[tensor], self.reference[tensor]

    def gradient(
        self, unit: Unit, coming: list[tf.Tensor | None], values: Tensors | None = None
    ) -> Multipliers:
        """Hand back the plain gradient at the image, or at other values."""
        values = self.image if values is None else values
        reads = self.found.tail.engine.wiring.inputs[unit.name]
        op = values[unit.output].op

        def run(moving: list[tf.Tensor]) -> list[tf.Tensor]:
            made = again(op, with_inputs(values, unit, reads, moving))
            return [made[int(t.split(":")[1])] for t in unit.outputs]

        return pulled(run, [values[t] for t in unit.inputs], coming)

    def _product(self, unit: Unit, upstream: tf.Tensor) -> Multipliers:
        """Give each factor its change times the mean of the other: together the whole change."""
        given: list[tf.Tensor | None] = []
        for own in range(2):
            other = unit.inputs[1 - own]
            middle = tf.add(*self.ends(other)) / 2
            values = [self.image[tensor] for tensor in unit.inputs]
            values[1 - own] = middle
            reads = self.found.tail.engine.wiring.inputs[unit.name]
            op = self.image[unit.output].op

            def run(
                moving: list[tf.Tensor], own: int = own, values: list = values, op: Any = op
            ) -> list[tf.Tensor]:
                both = [moving[0], values[1]] if own == 0 else [values[0], moving[0]]
                return again(op, with_inputs(self.image, unit, reads, both))  # noqa: B023

            given += pulled(run, [values[own]], [upstream])
        return given

    def rescaled(self, unit: Unit, upstream: tf.Tensor) -> tf.Tensor:
        """Hand back the change of an activation over the change of its input."""
        x, start = self.ends(unit.inputs[0])
        y, from_ = self.ends(unit.output)

        def slope(point: tf.Tensor) -> tf.Tensor:
            run = lambda moving: [applied(self.image, self.found, unit, moving[0])]  # noqa: E731
            found = pulled(run, [point], [tf.ones_like(y)])[0]
            return tf.zeros_like(point) if found is None else found

        if x.shape.is_compatible_with(y.shape) and x.shape.rank == y.shape.rank:
            return upstream * ratio(y - from_, x - start, x, lambda: (slope(x) + slope(start)) / 2)
        spread = tf.zeros_like(y)
        wide, wide_start = x + spread, start + spread
        return like(upstream * ratio(y - from_, wide - wide_start, wide, lambda: spread), x)

    def _pair(self, unit: Unit, upstream: tf.Tensor) -> Multipliers:
        """Give each of two the mean of what it changes first and what it changes last."""
        reads = self.found.tail.engine.wiring.inputs[unit.name]
        op = self.image[unit.output].op
        ends = [self.ends(tensor) for tensor in unit.inputs]

        def at(first: int, second: int) -> tf.Tensor:
            both = [ends[0][first], ends[1][second]]
            return again(op, with_inputs(self.image, unit, reads, both))[0]

        # 0 is the image and 1 the reference.
        (both, first), (second, none) = (at(0, 0), at(0, 1)), (at(1, 0), at(1, 1))
        shares = [(both - second + first - none) / 2, (both - first + second - none) / 2]
        given: list[tf.Tensor | None] = []
        for (x, start), share in zip(ends, shares, strict=True):
            spread = tf.zeros_like(share)
            change = x - start + spread
            given.append(like(upstream * ratio(share, change, x + spread, lambda: spread), x))  # noqa: B023
        return given

    def _largest(self, unit: Unit, upstream: tf.Tensor) -> tf.Tensor:
        """Let what was gained come from the image's largest, and what was lost from the other's."""
        x, start = self.ends(unit.inputs[0])
        y, from_ = self.ends(unit.output)
        least = unit.op == "Min"
        gained, lost = (tf.minimum, tf.maximum) if least else (tf.maximum, tf.minimum)
        here = self.gradient(unit, [upstream * (gained(y, from_) - from_)], self.image)[0]
        there = self.gradient(unit, [upstream * (lost(y, from_) - from_)], self.reference)[0]
        moved = cast(tf.Tensor, here) + cast(tf.Tensor, there)
        return ratio(moved, x - start, x, lambda: tf.zeros_like(x))

    def _softmax(self, unit: Unit, upstream: tf.Tensor) -> tf.Tensor:
        """Take a softmax apart: exponentials, their sum, and a quotient or a logarithm."""
        x, start = self.ends(unit.inputs[0])
        top = tf.maximum(
            tf.reduce_max(x, -1, keepdims=True), tf.reduce_max(start, -1, keepdims=True)
        )
        e, e_start = tf.exp(x - top), tf.exp(start - top)
        s, s_start = (tf.reduce_sum(part, -1, keepdims=True) for part in (e, e_start))
        bent = ratio(e - e_start, x - start, x, lambda: (e + e_start) / 2)
        if unit.op == "LogSoftmax":
            log = ratio(tf.math.log(s) - tf.math.log(s_start), s - s_start, s, lambda: 1 / s)
            return upstream - bent * log * tf.reduce_sum(upstream, -1, keepdims=True)
        per_part = upstream * (1 / s + 1 / s_start) / 2
        of_sum = -upstream * (e + e_start) / 2 / (s * s_start)
        return bent * (per_part + tf.reduce_sum(of_sum, -1, keepdims=True))

    def _local_response(self, unit: Unit, upstream: tf.Tensor) -> tf.Tensor:
        """Take a local response normalisation apart: squares, sums of channels, a power, a product.

        y = x d, d = s^-beta, s = bias + alpha (the squares' sum over neighbouring channels).
        """
        op = self.image[unit.output].op
        radius, beta = op.get_attr("depth_radius"), op.get_attr("beta")
        bias, alpha = op.get_attr("bias"), op.get_attr("alpha")
        x, start = self.ends(unit.inputs[0])
        s, s_start = (bias + alpha * _window(part**2, radius) for part in (x, start))
        d, d_start = s**-beta, s_start**-beta
        power = ratio(d - d_start, s - s_start, s, lambda: -beta * s ** (-beta - 1))
        squares = alpha * _window(upstream * (x + start) / 2 * power, radius)
        return upstream * (d + d_start) / 2 + squares * (x + start)


def ratio(change: tf.Tensor, by: tf.Tensor, size: tf.Tensor, otherwise: Any) -> tf.Tensor:
    """Divide one change by another; where that is lost in rounding, take something else.

    Args:
        change: what is divided.
        by: what it is divided by.
        size: of the numbers whose difference `by` is.
        otherwise: makes what is taken where `by` is next to nothing.
    """
    small = tf.abs(by) <= _SMALL * (0.1 + tf.abs(size))
    return tf.where(small, otherwise(), change / tf.where(small, tf.ones_like(by), by))


def like(values: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Sum up over the axes along which `x` was spread out to the shape of `values`."""
    extra = values.shape.rank - x.shape.rank
    summed = tf.reduce_sum(values, list(range(extra))) if extra else values
    axes = [i for i, size in enumerate(x.shape) if size == 1 and summed.shape[i] != 1]
    return tf.reduce_sum(summed, axes, keepdims=True) if axes else summed


def _window(values: tf.Tensor, radius: int) -> tf.Tensor:
    """Sum up over neighbouring channels."""
    channels = int(values.shape[-1])
    near = tf.constant(
        [[float(abs(i - j) <= radius) for j in range(channels)] for i in range(channels)]
    )
    return tf.tensordot(values, near, 1)


def started(
    objective: Objective, image: Tensors, reference: Tensors, index: tf.Tensor, numbers: list[Any]
) -> dict[str, tf.Tensor]:
    """Share the objective's own change among what it reads: its mean gradient on the line.

    Args:
        objective: the objective.
        image: its readings at the image.
        reference: its readings at the reference.
        index: which image each row is of, [rows].
        numbers: the objective's numbers, of all images.

    Returns:
        A multiplier for each reading. They tell the whole change, exactly where the objective is
        linear, and to the precision of 32 Gauss-Legendre points elsewhere.
    """
    nodes, weights = quadrature("gauss-legendre", _POINTS)
    rows = objective.rows(tf.tile(index, [_POINTS]), numbers)
    line = {
        name: tf.concat([start + u * (image[name] - start) for u in nodes.astype("float32")], 0)
        for name, start in reference.items()
    }
    line = {name: tf.identity(points) for name, points in line.items()}
    slopes = tf.gradients(
        objective.evaluate(line, rows), list(line.values()), unconnected_gradients="zero"
    )
    return {
        name: sum(
            w * part
            for w, part in zip(
                weights.astype("float32"), tf.split(slope, _POINTS, axis=0), strict=True
            )
        )
        for name, slope in zip(line, slopes, strict=True)
    }
