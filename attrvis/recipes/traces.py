"""Where in a picture an objective kept pulling while it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.rendering import Moment
from attrvis.transforms import Chain, over_copies


class GradientTrace:
    """A callback of `attrvis.render` that adds up the sizes of the gradients at the pictures.

    Args:
        net: the network.
        objective: with its labels looked up; it reads the network's layers alone.
        transforms: what happens to the picture before the network sees it.
        seed: of the draws.
        every: it looks at each so manieth step; 1 is every step.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.
    """

    def __init__(
        self, net: Network, objective: Objective, transforms: Chain, seed: int, every: int
    ) -> None:
        self.total: np.ndarray | None = None
        self._every = every
        self._keys = seeds.image_keys(seed)
        self._numbers = [tf.convert_to_tensor(p) for p in objective.parameters]
        key = ("gradient at the picture", objective.structure, transforms)
        self._slope = net.remember(key, lambda: _slope(net, objective, transforms))

    def __call__(self, moment: Moment) -> None:
        """Look at the picture after a step."""
        if (moment.step - 1) % self._every:
            return
        image = tf.constant(moment.rendering().images)  # type: ignore[attr-defined]
        found = self._slope(image, self._keys, tf.constant(moment.step), self._numbers).numpy()[0]
        if np.isfinite(found).all():
            self.total = found if self.total is None else self.total + found


def transparency(trace: np.ndarray, percentile: float = 80.0) -> np.ndarray:
    """Make a mask of a sum of gradients: opaque where they were large.

    Args:
        trace: [H, W, C], 0 or more.
        percentile: where it is cut off, so that a few pixels do not decide; 80 by default.

    Returns:
        float32 [H, W, 1] in [0, 1]; all ones where there was no gradient at all.

    Example:
        >>> transparency(np.array([[[0.0], [1.0], [2.0]]]), 50.0)[..., 0].tolist()
        [[0.0, 1.0, 1.0]]
    """
    mean = np.asarray(trace, np.float64).mean(axis=-1, keepdims=True)
    top = np.percentile(mean, percentile)
    top = top if top > 0 else mean.max()
    return (np.clip(mean / top, 0, 1) if top > 0 else np.ones_like(mean)).astype(np.float32)


def stretched(image: np.ndarray, ends: Sequence[float] = (1.0, 99.0)) -> np.ndarray:
    """Stretch an image's values so that a percentile of each end is black and white.

    Args:
        image: [H, W, C].
        ends: the percentiles.

    Returns:
        float32 [H, W, C] in [0, 1]; a flat image stays as it is.

    Example:
        >>> stretched(np.array([[[0.25], [0.75]]]), (0, 100))[..., 0].tolist()
        [[0.0, 1.0]]
    """
    low, high = np.percentile(image, ends)
    if not high > low:
        return np.asarray(image, np.float32)
    return np.clip((image - low) / (high - low), 0, 1).astype(np.float32)


def _slope(net: Network, objective: Objective, transforms: Chain) -> Any:
    layers = [name for name in objective.layers if name != "input"]
    trunk = net.trunk(layers, net.image_size) if layers else None

    @tf.function(autograph=False)
    def slope(image: tf.Tensor, keys: tf.Tensor, step: tf.Tensor, numbers: list[Any]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            shown = transforms(image, keys, step)
            read = {"input": shown} | (trunk(shown) if trunk else {})
            each = objective.with_parameters(numbers)(read)
            total = tf.reduce_sum(over_copies(each, transforms.copies))
        return tf.abs(tape.gradient(total, image))

    return slope
