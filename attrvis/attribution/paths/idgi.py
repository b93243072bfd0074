"""IDGI: the target's change along a path, shared by the squares of the gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, on_line, times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class IDGI(Method):
    """Shares each step's change of the target in the direction of the gradient, not of the path.

    `values = sum over steps of (change in the step) * g^2 / |g|^2`, which adds up to the whole
    change exactly, and says nothing of where the path went.

    Args:
        steps: of the path, default 32.
        baseline: where it starts, default zero; words will do.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no step.
        UnknownName: no such baseline.

    Source: Yang, Wang and Bilgic, IDGI: A Framework to Eliminate Explanation Noise from Integrated
    Gradients, 2023.

    Example:
        >>> IDGI(steps=64).name
        'idgi'
    """

    steps: int = 32
    baseline: BaselineMethod | str = field(default_factory=Zero)
    batch_size: int | str = "auto"
    name = "idgi"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        if self.steps < 1:
            raise BadValue(f"IDGI needs at least one step, not {self.steps}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        baseline = self.baseline.fit(scene)  # type: ignore[union-attr]
        start = tf.convert_to_tensor(baseline.values)
        edges = np.linspace(0, 1, self.steps + 1).astype(np.float32)
        every = Samples(on_line, len(edges), {"position": edges}, {"start": start})
        scores = scene.scores(every, batch_size=self.batch_size)
        each = {"position": edges[:-1], "turn": np.arange(self.steps, dtype=np.int32)}
        own = {"start": start, "rise": np.diff(scores, axis=1).astype(np.float32)}
        samples = Samples(on_line, self.steps, each, own)
        sums, _ = scene.fold(samples, _by_gradient, batch_size=self.batch_size)
        change = np.asarray(scores[:, -1] - scores[:, 0], np.float64)
        return Found(sums["share"], start, change)


def _by_gradient(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Share a step's rise by the squares of the gradient."""
    rise = tf.gather(rows.own["rise"], rows.each["turn"], axis=1, batch_dims=1)
    square = gradient**2
    total = tf.reduce_sum(square, axis=list(range(1, square.shape.rank)))
    return {"share": times(tf.math.divide_no_nan(rise, total), square)}
