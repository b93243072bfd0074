"""What every method has in common that hands relevance back by rules."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.method import Found, Method
from attrvis.attribution.propagation.affine import fused
from attrvis.attribution.propagation.composites import Composite
from attrvis.attribution.propagation.deep_lift import checked
from attrvis.attribution.propagation.relevance import Relevance
from attrvis.attribution.propagation.walking import (
    exact,
    in_rows,
    readings_of,
    section_of,
    traced,
    walk,
)
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_STARTS = ("value", "one")


@dataclass(frozen=True)
class RelevanceMethod(Method):
    """A method that hands relevance back by a composite of rules.

    Args:
        start: `value`, so that each score that is read starts with what it contributes to the
            target, or `one`, where it starts with its weight in the target.
        unknown: `error` for an op without a rule, or `gradient`.
    """

    start: str = "value"
    unknown: str = "error"

    def __post_init__(self) -> None:
        checked(self.unknown)
        if self.start not in _STARTS:
            raise BadValue(f"Relevance starts with 'value' or 'one', not {self.start!r}.")
        self.composite()

    @abstractmethod
    def composite(self) -> Composite:
        """Give the rules."""

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        scene = exact(scene)
        composite = self.composite()
        key = (composite, self.start, self.unknown)
        run = traced(scene, key, lambda: self._run(scene, composite), [scene.values])
        shares, begun = in_rows(scene, run, scene.values)
        scene.tally.gradients += scene.count
        left = shares.reshape(len(shares), -1).sum(1, dtype=np.float64)
        kept = left / np.where(np.abs(begun) > 0, begun, np.inf)
        return Found(shares, notes={"kept": [round(float(k), 6) for k in kept]})

    def _run(self, scene: Scene, composite: Composite) -> Callable[..., Any]:
        plain, objective = section_of(scene), scene.objective
        found, ops = fused(plain)
        whole = self.start == "value"
        turned = scene.layer == "input" and scene.net.preprocess.bgr
        name = type(self).__name__

        def run(
            rows: tf.Tensor, bypass: dict[str, tf.Tensor], index: tf.Tensor, numbers: list[Any]
        ) -> tuple[tf.Tensor, tf.Tensor]:
            values = plain.values(rows, bypass)
            reads = {n: tf.identity(r) for n, r in readings_of(plain, values, rows, bypass).items()}
            asked = objective.evaluate(reads, objective.rows(index, numbers))
            slopes = tf.gradients(asked, list(reads.values()), unconnected_gradients="zero")
            total, begun = tf.zeros_like(rows), tf.zeros_like(asked)
            start: dict[str, tf.Tensor] = {}
            for (reading, value), slope in zip(reads.items(), slopes, strict=True):
                tensor, part = plain.tail.read[reading], value * slope if whole else slope
                begun += tf.reduce_sum(part, list(range(1, part.shape.rank)))
                if tensor == "input":
                    total += part if scene.layer == "input" else 0.0
                else:
                    start[tensor] = start[tensor] + part if tensor in start else part
            pixels = rows if scene.layer == "input" else None
            rules = Relevance(found, ops, values, pixels, bypass, composite, self.unknown, name)
            coming = walk(found, start, rules.step)
            if coming is not None:
                total += tf.cast(coming[..., ::-1] if turned else coming, tf.float32)
            return total, begun

        return run
