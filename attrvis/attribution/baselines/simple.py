"""Baselines that are made without looking at the objective."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from attrvis import filters, images, seeds
from attrvis.attribution.baselines.baseline import (
    Baseline,
    BaselineMethod,
    per_layer,
    scored,
)
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class Zero(BaselineMethod):
    """All zeros: black at the pixels, silence at a layer.

    Example:
        >>> Zero()
        Zero()
    """

    kind = "zero"

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        return tf.zeros_like(scene.values)


@dataclass(frozen=True)
class Constant(BaselineMethod):
    """One number everywhere.

    Args:
        value: the number, in the units of what is attributed.

    Raises:
        BadValue: a number that is not finite.

    Example:
        >>> Constant(0.5).value
        0.5
    """

    value: float = 0.5
    kind = "constant"

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise BadValue(f"A constant baseline needs a finite number, not {self.value}.")

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        return tf.fill(tf.shape(scene.values), tf.constant(self.value, scene.values.dtype))


@dataclass(frozen=True)
class Blurred(BaselineMethod):
    """The photo's own values, blurred over the positions.

    Args:
        sigma: standard deviation of the Gaussian as a share of the width, default 0.1.

    Raises:
        BadValue: a sigma that is not positive, or a layer without positions.
    """

    sigma: float = 0.1
    kind = "blurred"

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise BadValue(f"A blur needs a sigma above 0, not {self.sigma}.")

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        if scene.values.shape.rank != 4:
            raise BadValue(
                f"Layer {scene.layer!r} has no positions to blur over; use the zero baseline."
            )
        return filters.blur(scene.values, self.sigma * float(scene.values.shape[2]))


@dataclass(frozen=True)
class Noise(BaselineMethod):
    """Normal noise around zero.

    Args:
        sd: its standard deviation, relative to that of the photo's own values, default 1.

    Raises:
        BadValue: a standard deviation that is negative or not finite.
    """

    sd: float = 1.0
    kind = "noise"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sd) and self.sd >= 0):
            raise BadValue(f"Noise needs a standard deviation from 0, not {self.sd}.")

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        keys = seeds.stream(
            seeds.image_keys([scene.seed] * scene.values.shape[0]), "noise baseline"
        )
        spread = per_layer(scene.values, lambda flat: tf.math.reduce_std(flat, axis=1))
        return self.sd * spread * seeds.normal(keys, scene.values.shape[1:].as_list())


@dataclass(frozen=True)
class FromImage(BaselineMethod):
    """What another picture gives at the layer.

    Args:
        path: the picture's file.

    Raises:
        ImageError: the picture cannot be read.
    """

    path: str | Path
    kind = "image"

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        picture, _ = images.fit(images.read(self.path), scene.net.image_size, "crop")
        values, _ = scene.evaluator.head(tf.constant(picture[None]))
        return tf.broadcast_to(values, tf.shape(scene.values))


@dataclass(frozen=True)
class Sampled(BaselineMethod):
    """The photo's own values with their positions drawn at random: its statistics, not its content.

    Raises:
        BadValue: a layer without positions.
    """

    kind = "sampled"

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        shape = scene.values.shape
        if shape.rank != 4:
            raise BadValue(
                f"Layer {scene.layer!r} has no positions to draw from; use the zero baseline."
            )
        positions = shape[1] * shape[2]
        keys = seeds.stream(seeds.image_keys([scene.seed] * shape[0]), "sampled baseline")
        drawn = seeds.integers(keys, [positions], positions)
        flat = tf.reshape(scene.values, [shape[0], positions, shape[3]])
        return tf.reshape(tf.gather(flat, drawn, axis=1, batch_dims=1), shape)


@dataclass(frozen=True)
class FromFile(BaselineMethod):
    """A baseline that was saved before.

    Args:
        path: the `.npz` file.

    Raises:
        AttrVisError: the file is missing or damaged; it is never replaced by zeros.
    """

    path: str | Path
    kind = "file"

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        return tf.constant(self._read(scene).values)

    def fit(self, scene: Scene) -> Baseline:
        """Make and score the baseline; see `BaselineMethod`."""
        saved = self._read(scene)
        return scored(
            scene,
            tf.constant(saved.values),
            saved.kind,
            wanted=saved.wanted,
            steps=saved.steps,
            status=saved.status,
            masks=saved.masks,
        )

    def _read(self, scene: Scene) -> Baseline:
        saved = Baseline.load(self.path)
        if saved.layer != scene.layer or saved.values.shape != tuple(scene.values.shape):
            raise BadValue(
                f"The baseline '{self.path}' is for layer {saved.layer!r} of shape "
                f"{saved.values.shape}, not for {scene.layer!r} of {tuple(scene.values.shape)}; "
                "make it again for this layer."
            )
        return saved


@dataclass(frozen=True)
class Quadratic(BaselineMethod):
    """A stand-in for the optimised baseline that needs one gradient.

    The objective q is taken as linear around the photo's values a, with gradient g; minimising
    `damping |g|^2 |b - a|^2 + (q(b) - value)^2` then gives
    `b = a - (q(a) - value) g / (|g|^2 (1 + damping))`.

    Args:
        value: the score to aim at, default 0.
        damping: how strongly to stay near the photo, relative to `|g|^2`, default 0.

    Raises:
        BadValue: numbers that are not finite, a negative damping, or a gradient of zero.

    Source: a derivation of our own, after the one-gradient approximation announced by Shi, Li and
    Yamaguchi, Output-targeted baseline, 2022.
    """

    value: float = 0.0
    damping: float = 0.0
    kind = "quadratic"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.damping) and self.damping >= 0):
            raise BadValue(
                f"A quadratic baseline needs a finite value and a damping from 0, not {self.value} "
                f"and {self.damping}."
            )

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        gradient, scores = scene.gradient()
        square = per_layer(gradient, lambda flat: tf.reduce_sum(flat**2, axis=1))
        if not bool(tf.reduce_all(square > 0)):
            raise BadValue(
                f"The gradient at layer {scene.layer!r} is zero, so a quadratic baseline does not "
                "exist; use the optimised one."
            )
        excess = per_layer(scene.values, lambda _: tf.constant(scores))
        return scene.values - (excess - self.value) * gradient / (square * (1.0 + self.damping))

    def fit(self, scene: Scene) -> Baseline:
        """Make and score the baseline; see `BaselineMethod`."""
        wanted = np.full(scene.values.shape[0], self.value, np.float32)
        return scored(scene, self.values(scene), self.kind, wanted=wanted)
