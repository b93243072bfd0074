"""FullGrad: the gradient times the input, and at every constant of the network times that."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.gradients.smooth_grad import noisy
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue
from attrvis.networks.offsets import offsets

_FLOOR = 1e-6
_ROWS = 8


@dataclass(frozen=True)
class _Full(Method):
    """What FullGrad and its kin have in common.

    Args:
        signed: whether the terms keep their sign and their size; they then add up to the target.
    """

    signed: bool = False

    @abstractmethod
    def terms(self, scene: Scene) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the input's term [B, ..., C] and those of the constants [B, ..., c]."""

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        if scene.values.shape.rank != 4:
            raise BadValue(
                f"FullGrad draws maps, and layer {scene.layer!r} is {list(scene.values.shape)}; "
                "choose the pixels or a convolutional layer."
            )
        own, others = self.terms(scene)
        sides = own.shape[1:3]
        score = np.asarray(scene.score(scene.values), np.float64)
        total = sum(part.reshape(len(part), -1).sum(1, dtype=np.float64) for part in (own, *others))
        if self.signed:
            values = own.sum(-1) + sum(_spread(part, sides) for part in others)
            change = score if self.complete else None
            return Found(values[..., None].astype(np.float32), change=change)
        maps = [_enlarged(_magnitude(part), sides) for part in others if part.ndim == 4]
        values = _magnitude(own).sum(-1) + sum(maps)
        gap = float(np.max(np.abs(total - score) / np.maximum(np.abs(score), 1e-3)))
        notes = {"full_gradient_gap": gap} if self.complete else {}
        return Found(values[..., None].astype(np.float32), positive=True, notes=notes)

    @property
    def complete(self) -> bool:
        """Whether the terms add up to the target."""
        return True


@dataclass(frozen=True)
class FullGrad(_Full):
    """The gradient times the input, and at every bias times the bias, as maps laid upon another.

    Of a network of piecewise linear ops the terms add up to the target: biases, normalisations,
    the preprocessing's offset and saturated ReLU6 count among the constants. How well they do
    (with a smooth activation they do not) is told as `full_gradient_gap`.

    Args:
        signed: whether the terms keep their sign and their size, so that the map itself adds up to
            the target; by default each is made positive and brought to [0, 1], as published.

    Raises:
        BadValue: a layer without positions.

    Source: Srinivas and Fleuret, Full-Gradient Representation for Neural Network Visualization,
    2019.

    Example:
        >>> FullGrad(signed=True).name
        'full-grad'
    """

    name = "full-grad"

    def terms(self, scene: Scene) -> tuple[np.ndarray, list[np.ndarray]]:
        """Multiply each gradient by what it is taken at."""
        own, others, constants = _gradients(scene, scene.values)
        return own * scene.values.numpy(), [g * c for g, c in zip(others, constants, strict=True)]


@dataclass(frozen=True)
class SimpleFullGrad(_Full):
    """FullGrad without the biases: the gradients at every constant, as maps laid upon another.

    Args:
        signed: whether the terms keep their sign and their size.

    Raises:
        BadValue: a layer without positions.

    Source: Srinivas and Fleuret, Full-Gradient Representation for Neural Network Visualization,
    2019.

    Example:
        >>> SimpleFullGrad().signed
        False
    """

    name = "simple-full-grad"

    @property
    def complete(self) -> bool:
        """Nothing adds up without the biases."""
        return False

    def terms(self, scene: Scene) -> tuple[np.ndarray, list[np.ndarray]]:
        """Multiply the input's gradient by the input, and leave the others."""
        own, others, _ = _gradients(scene, scene.values)
        return own * scene.values.numpy(), others


@dataclass(frozen=True)
class SmoothFullGrad(_Full):
    """FullGrad whose terms are means over noisy copies of the image.

    Args:
        signed: whether the terms keep their sign and their size.
        samples: how many copies, default 25.
        noise: standard deviation, relative to each image's own range of values, default 0.15.

    Raises:
        BadValue: no sample, negative noise, or a layer without positions.

    Source: Srinivas and Fleuret, Full-Gradient Representation for Neural Network Visualization,
    2019.

    Example:
        >>> SmoothFullGrad(samples=10).noise
        0.15
    """

    samples: int = 25
    noise: float = 0.15
    name = "smooth-full-grad"

    def __post_init__(self) -> None:
        if self.samples < 1 or not (np.isfinite(self.noise) and self.noise >= 0):
            raise BadValue(
                f"SmoothFullGrad takes samples from 1 and noise from 0, not {self.samples} and "
                f"{self.noise}."
            )

    @property
    def complete(self) -> bool:
        """The means add up to the mean of the target over the copies, not to the target."""
        return False

    def terms(self, scene: Scene) -> tuple[np.ndarray, list[np.ndarray]]:
        """Average each term over the copies."""
        drawn = noisy(scene, self.samples, self.noise)
        keys, own_sum = drawn.each["key"], np.zeros(())
        sums: list[np.ndarray] = []
        for number in range(self.samples):
            key = tf.repeat(tf.constant(keys[number : number + 1]), scene.count, axis=0)
            noise = seeds.normal(key, scene.values.shape[1:].as_list())
            copies = scene.values + times(tf.convert_to_tensor(drawn.own["sd"]), noise)
            own, others, constants = _gradients(scene, copies)
            own_sum = own_sum + own * copies.numpy()
            parts = [g * c for g, c in zip(others, constants, strict=True)]
            sums = [s + p for s, p in zip(sums, parts, strict=True)] if sums else parts
            scene.told("full gradients", number + 1, self.samples)
        return own_sum / self.samples, [s / self.samples for s in sums]


def _gradients(
    scene: Scene, values: tf.Tensor
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Compute the gradients at the layer and at every constant, and the constants."""
    run = scene.net.remember(
        ("full gradients", scene.layer, scene.objective.structure), lambda: _compiled(scene)
    )
    found: list[list[np.ndarray]] = []
    for start in range(0, scene.count, _ROWS):
        index = np.arange(start, min(start + _ROWS, scene.count))
        part = run(
            tf.gather(values, index),
            {name: tf.gather(t, index) for name, t in scene.bypass.items()},
            scene.objective.rows(tf.constant(index), scene.numbers()),
        )
        found.append([tensor.numpy() for tensor in part])
    scene.tally.gradients += scene.count
    joined = [_joined(parts) for parts in zip(*found, strict=True)]
    half = (len(joined) - 1) // 2
    return joined[0], joined[1 : 1 + half], joined[1 + half :]


def _joined(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate(parts)


def _compiled(scene: Scene) -> Callable[..., list[tf.Tensor]]:
    net, objective = scene.net, scene.objective
    tail = offsets(net.cut(scene.layer, objective.layers))

    @tf.function(autograph=False, reduce_retracing=True)
    def run(values: tf.Tensor, bypass: dict[str, tf.Tensor], numbers: list[Any]) -> list[tf.Tensor]:
        deltas = tail.zeros(tf.shape(values)[0])
        with tf.GradientTape() as tape:
            tape.watch([values, deltas, bypass])
            readings, constants = tail(values, bypass, deltas)
            total = tf.reduce_sum(objective.evaluate(readings, numbers))
        own, others, beside = tape.gradient(
            total, [values, deltas, bypass], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        # What bypasses the layer is a constant to it.
        others |= {f"beside {name}": slope for name, slope in beside.items()}
        constants |= {f"beside {name}": value for name, value in bypass.items()}
        given = {name: tf.cast(slope, tf.float32) for name, slope in others.items()}
        rows = tf.shape(values)[0]
        return [
            own,
            *given.values(),
            *(_by_row(tf.cast(constants[n], tf.float32), g, rows) for n, g in given.items()),
        ]

    return run


def _by_row(constant: tf.Tensor, like: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Give a constant the rows and the rank of its gradient, so that they multiply."""
    shape = tf.concat([[rows], tf.ones([like.shape.rank - 1], tf.int32)], 0)
    full = tf.broadcast_dynamic_shape(tf.shape(constant), shape)
    return tf.broadcast_to(constant, full)


def _magnitude(values: np.ndarray) -> np.ndarray:
    """Bring sizes to [0, 1], image by image."""
    sizes = np.abs(values)
    axes = tuple(range(1, sizes.ndim))
    low = sizes.min(axis=axes, keepdims=True)
    high = sizes.max(axis=axes, keepdims=True)
    return (sizes - low) / np.maximum(high - low, _FLOOR)


def _enlarged(maps: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """Resize maps [B, h, w, c] and sum up their channels."""
    return tf.image.resize(maps, sides).numpy().sum(-1)


def _spread(part: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """Resize a term so that its sum stays; what has no positions is spread evenly."""
    if part.ndim != 4:
        total = part.reshape(len(part), -1).sum(1)
        return np.broadcast_to(total[:, None, None], (len(part), *sides)) / np.prod(sides)
    summed = part.sum(-1, dtype=np.float64)
    large = tf.image.resize(summed[..., None], sides).numpy()[..., 0].astype(np.float64)
    # What bilinear enlarging adds or loses at the borders is given back evenly.
    large *= np.prod(part.shape[1:3]) / np.prod(sides)
    lost = summed.sum((1, 2)) - large.sum((1, 2))
    return large + lost[:, None, None] / np.prod(sides)
