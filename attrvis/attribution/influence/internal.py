"""Internal influence: the mean gradient at a layer over a distribution of interest."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.influence.distributions import Distribution, Line, distribution_of
from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene

SLICE, INPUT = "slice", "input"


@dataclass(frozen=True)
class InternalInfluence(Method):
    """The mean gradient at a layer over a distribution of interest.

    The *quantity* is the target, such as `logit:tabby - logit:lynx`; the *slice* is the layer. The
    distribution lies in one of three spaces, which give different numbers: in that of the slice,
    as lib-attribution and layer integrated gradients have it; at the pixels, from where it is
    pushed to the slice, as Captum has it; or at any layer before the slice, as TruLens allows.

    Args:
        distribution: where the network is looked at, default a line of 32 steps from zero; words
            such as `point`, `line:50`, `gaussian:0.1` or `uniform:0.1` will do.
        space: where the distribution lies: `slice` (default), `input`, or a layer's name.
        multiply: whether the gradient is multiplied by the layer's distance from its values at
            the distribution's baseline, or by its values where there is none. With it, and with a
            line in the slice's space, the values add up to the target's change.
        batch_size: rows at once, or `auto`.

    Raises:
        UnknownName: no such distribution.
        ModelError: the layer does not depend on the space.

    Source: Leino, Sen, Datta, Fredrikson and Li, Influence-Directed Explanations for Deep
    Convolutional Networks, 2018.

    Example:
        >>> InternalInfluence("point", multiply=False).space
        'slice'
    """

    distribution: Distribution | str = field(default_factory=Line)
    space: str = SLICE
    multiply: bool = True
    batch_size: int | str = "auto"
    name = "internal-influence"

    def __post_init__(self) -> None:
        object.__setattr__(self, "distribution", distribution_of(self.distribution))

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        looked: Distribution = self.distribution  # type: ignore[assignment]
        there = self.space in (SLICE, scene.layer)
        placed = scene if there else scene.on(via=self.space)
        samples = looked.samples(placed)
        sums, _ = placed.fold(samples, batch_size=self.batch_size)
        gradient = sums["gradient"]
        if not self.multiply:
            return Found(gradient)
        start = samples.own.get("start")
        if start is None:
            return Found(gradient * scene.values)
        start = tf.convert_to_tensor(start)
        # Where the distribution lies before the layer, so does its baseline.
        base = start if there else pushed(placed, start)
        found = gradient * (scene.values - base)
        if not there:
            return Found(found, base)
        change = scene.score(scene.values) - scene.score(base)
        return Found(found, base, np.asarray(change, np.float64))


def pushed(placed: Scene, values: tf.Tensor) -> tf.Tensor:
    """Compute a layer's values from values where rows are placed before it."""
    return placed.evaluator.led(values, placed.bypass)
