"""DeepLIFT by the rescale rule, from one reference or averaged over several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.paths.references import everywhere, given_images, uniform_images
from attrvis.attribution.propagation.multipliers import Differences, started
from attrvis.attribution.propagation.walking import (
    at_pixels,
    exact,
    in_rows,
    readings_of,
    section_of,
    traced,
    walk,
)
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

UNKNOWN = ("error", "gradient")


@dataclass(frozen=True)
class Lifted(Method):
    """A method that hands differences from a reference back through every op."""

    def compared(self, scene: Scene, start: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Share the change from a reference, [B, ...].

        Returns:
            The shares and the objective's change, [B].
        """
        key = (type(self), self.unknown)  # type: ignore[attr-defined]
        run = traced(scene, key, lambda: self._run(scene), [scene.values, scene.values])
        shares, change = in_rows(scene, run, scene.values, start)
        scene.tally.gradients += scene.count
        scene.tally.forwards += scene.count
        return shares, change.astype(np.float64)

    def _run(self, scene: Scene) -> Callable[..., Any]:
        found, objective = section_of(scene), scene.objective

        def run(
            rows: tf.Tensor,
            reference: tf.Tensor,
            bypass: dict[str, tf.Tensor],
            index: tf.Tensor,
            numbers: list[Any],
        ) -> tuple[tf.Tensor, tf.Tensor]:
            here, there = (found.values(part, bypass) for part in (rows, reference))
            ends = Differences(found, here, there, self.unknown, type(self).__name__)  # type: ignore[attr-defined]
            read_here = readings_of(found, here, rows, bypass)
            read_there = readings_of(found, there, reference, bypass)
            own = objective.rows(index, numbers)
            change = objective.evaluate(read_here, own) - objective.evaluate(read_there, own)
            start = started(objective, read_here, read_there, index, numbers)
            return self.shared(ends, start, rows, reference), change

        return run

    def shared(
        self, ends: Differences, start: dict[str, tf.Tensor], rows: tf.Tensor, reference: tf.Tensor
    ) -> tf.Tensor:
        """Share the change among the layer's numbers, from a multiplier for each reading."""
        found, change = ends.found, rows - reference
        read = found.tail.read
        tensors: dict[str, tf.Tensor] = {}
        total = tf.zeros_like(change)
        for name, part in start.items():
            tensor = read[name]
            if tensor == "input":
                total += part * change if found.tail.tensor == "input" else 0.0
            else:
                part = tf.cast(part, ends.image[tensor].dtype)
                tensors[tensor] = tensors[tensor] + part if tensor in tensors else part
        coming = walk(found, tensors, ends.step)
        if coming is None:
            return total
        if found.tail.tensor == "input":
            coming = at_pixels(found, rows, coming)
        return total + coming * change


def checked(unknown: str) -> None:
    """Refuse another way to treat ops without a rule."""
    if unknown not in UNKNOWN:
        raise BadValue(f"unknown is 'error' or 'gradient', not {unknown!r}.")


@dataclass(frozen=True)
class DeepLift(Lifted):
    """Shares the target's change from a reference, op by op, so that nothing is lost.

    Activations hand back the change of their output over that of their input (the rescale rule),
    products give each factor its change times the mean of the other, a max pool lets a gain come
    from the image's largest number and a loss from the reference's. One pass forward for the image
    and one for its reference, and one back.

    Args:
        baseline: what the images are compared with, default zero; words such as `blurred:0.1` will
            do.
        unknown: `error` for an op without a rule, or `gradient` to let it pass the plain gradient,
            which then shows in the gap.
        tolerance: a relative gap above this is warned about, default 0.01.

    Raises:
        UnknownName: no such baseline.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating
    Activation Differences, 2017.

    Example:
        >>> DeepLift(baseline="constant:0.5").unknown
        'error'
    """

    baseline: BaselineMethod | str = field(default_factory=Zero)
    unknown: str = "error"
    tolerance: float = 0.01
    name = "deep-lift"

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


@dataclass(frozen=True)
class DeepShap(Lifted):
    """The mean of DeepLIFT over several references: the target's change from their mean score.

    Args:
        references: pictures of your own, [M, H, W, C] in pixel space; default pictures of even
            noise.
        count: how many pictures of noise, default 8.
        unknown: `error` for an op without a rule, or `gradient`.
        tolerance: a relative gap above this is warned about, default 0.01.

    Raises:
        BadValue: no reference, or references that are not like the images.
        ModelError: an op without a rule, which is named, or a graph of a fixed batch.

    Source: Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, 2017.

    Example:
        >>> DeepShap(count=4).name
        'deep-shap'
    """

    references: Any = None
    count: int = 8
    unknown: str = "error"
    tolerance: float = 0.01
    name = "deep-shap"

    def __post_init__(self) -> None:
        checked(self.unknown)
        if self.count < 1:
            raise BadValue(f"DeepShap takes at least one reference, not {self.count}.")
        if self.references is not None and not isinstance(self.references, Data):
            object.__setattr__(self, "references", Data(self.references))

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        scene = exact(scene)
        made, sums, changes, starts = 0, np.zeros(1), np.zeros(1), np.zeros(1)
        for start in self._starts(scene):
            shares, change = self.compared(scene, start)
            sums, changes, starts = sums + shares, changes + change, starts + start.numpy()
            made += 1
            scene.told("references", made, 0)
        mean = (sums / made).astype(np.float32)
        return Found(mean, (starts / made).astype(np.float32), changes / made)

    def _starts(self, scene: Scene) -> Iterator[tf.Tensor]:
        if self.references is None:
            yield from uniform_images(scene, self.count)
            return
        held = given_images(scene, self.references.array)
        for number in range(int(held.shape[0])):
            yield everywhere(scene, held[number : number + 1])
