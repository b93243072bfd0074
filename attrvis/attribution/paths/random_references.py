"""Integrated gradients from random references: even noise, noisy copies, pictures of a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.method import Found
from attrvis.attribution.paths.lines import Line, LineMethod
from attrvis.attribution.paths.references import (
    everywhere,
    given_images,
    noisy_images,
    uniform_images,
)
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.rows import times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class IGUniform(LineMethod):
    """Integrated gradients from pictures of even noise, averaged.

    Args:
        references: how many, default 10.
        steps: of the quadrature along each line, default 5.
        quadrature: its rule, default `midpoint`.

    Raises:
        BadValue: no reference, or too few steps.
        UnknownName: no such quadrature.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> IGUniform(references=4).steps
        5
    """

    references: int = 10
    steps: int = 5
    quadrature: str = "midpoint"
    name = "ig-uniform"

    def __post_init__(self) -> None:
        _check(self.references, self.steps, self.quadrature)

    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give a line from each picture of noise."""
        nodes, weights = quadrature(self.quadrature, self.steps)
        for start in uniform_images(scene, self.references):
            yield Line(start, nodes, weights, 1 / self.references)


@dataclass(frozen=True)
class IGSG(LineMethod):
    """Integrated gradients from noisy copies of the image to the image, averaged.

    The noise lies in the reference; see `SGIG` for noise in what is explained.

    Args:
        references: how many copies, default 10.
        steps: of the quadrature along each line, default 5.
        quadrature: its rule, default `midpoint`.
        noise: standard deviation, relative to each image's own range, default 0.15.

    Raises:
        BadValue: no reference, too few steps, or negative noise.
        UnknownName: no such quadrature.

    Source: Yang, Akhtar, Wen, Shah and Mian, Re-calibrating Feature Attributions for Model
    Interpretation, 2023.

    Example:
        >>> IGSG().noise
        0.15
    """

    references: int = 10
    steps: int = 5
    quadrature: str = "midpoint"
    noise: float = 0.15
    name = "ig-sg"

    def __post_init__(self) -> None:
        _check(self.references, self.steps, self.quadrature, self.noise)

    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give a line from each noisy copy."""
        nodes, weights = quadrature(self.quadrature, self.steps)
        for start in noisy_images(scene, self.references, self.noise):
            yield Line(start, nodes, weights, 1 / self.references)


@dataclass(frozen=True)
class IGSQ(IGSG):
    """As `IGSG`, with each line's mean gradient squared; the sign comes from the way alone.

    Args:
        references: how many copies, default 10.
        steps: of the quadrature along each line, default 5.
        quadrature: its rule, default `midpoint`.
        noise: standard deviation, relative to each image's own range, default 0.15.

    Raises:
        BadValue: no reference, too few steps, or negative noise.
        UnknownName: no such quadrature.

    Source: Yang, Akhtar, Wen, Shah and Mian, Re-calibrating Feature Attributions for Model
    Interpretation, 2023.

    Example:
        >>> IGSQ().squared
        True
    """

    name = "ig-sq"

    @property
    def squared(self) -> bool:
        """Each line's mean gradient is squared."""
        return True


@dataclass(frozen=True, eq=False)
class ExpectedGradients(LineMethod):
    """Gradients at random places between random references and the image, averaged.

    Args:
        references: pictures to draw from, [M, H, W, C] in pixel space, such as training photos;
            default pictures of even noise.
        samples: how many references are drawn, default 25.
        draws: places on the line from each, default 2.

    Raises:
        BadValue: no sample, or references that are not like the images.

    Source: Erion, Janizek, Sturmfels, Lundberg and Lee, Improving performance of deep learning
    models with axiomatic attribution priors and expected gradients, 2021.

    Example:
        >>> ExpectedGradients(samples=50).draws
        2
    """

    references: np.ndarray | None = None
    samples: int = 25
    draws: int = 2
    name = "expected-gradients"

    def __post_init__(self) -> None:
        if self.samples < 1 or self.draws < 1:
            raise BadValue(
                f"At least one sample and one draw are needed, not {self.samples} and {self.draws}."
            )

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))

    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give a line from each reference that was drawn, with random places."""
        keys = tf.constant(scene.keys(self.samples, "places"))
        places = np.sort(seeds.uniform(keys, [self.draws]).numpy().astype(np.float64), axis=1)
        weights = np.full(self.draws, 1 / self.draws)
        drawn = drawn_references(scene, self.references, self.samples)
        for own, start in zip(places, drawn, strict=True):
            yield Line(start, own, weights, 1 / self.samples)


@dataclass(frozen=True, eq=False)
class GradientSHAP(ExpectedGradients):
    """Expected gradients of noisy copies of the image.

    Args:
        references: pictures to draw from, [M, H, W, C] in pixel space; default even noise.
        samples: how many references, and copies of the image, are drawn, default 25.
        draws: places on the line from each, default 1.
        noise: standard deviation of the copies, relative to each image's own range, default 0.1.

    Raises:
        BadValue: no sample, negative noise, or references that are not like the images.

    Source: Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, 2017.

    Example:
        >>> GradientSHAP().noise
        0.1
    """

    draws: int = 1
    noise: float = 0.1
    name = "gradient-shap"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise BadValue(f"The noise is a share of the range from 0, not {self.noise}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        values = scene.values
        axes = list(range(1, values.shape.rank))
        sd = self.noise * (tf.reduce_max(values, axes) - tf.reduce_min(values, axes))
        total = tf.zeros_like(values)
        keys = scene.keys(self.samples, "noisy ends")
        for number, line in enumerate(self.lines(scene)):
            drawn = seeds.normal(tf.constant(keys[number][None]), values.shape[1:].as_list())
            end = values + times(sd, tf.repeat(drawn, scene.count, axis=0))
            sums, _ = scene.holding(end).fold(line.samples())
            total += (end - line.start) * sums["gradient"] / self.samples
        return Found(total)


def drawn_references(
    scene: Scene, references: np.ndarray | None, count: int
) -> Iterator[tf.Tensor]:
    """Draw references, the same for every image of a batch, one by one.

    Args:
        scene: where they are needed.
        references: pictures to draw from; default pictures of even noise.
        count: how many are drawn.
    """
    if references is None:
        yield from uniform_images(scene, count)
        return
    held = given_images(scene, references)
    several = int(held.shape[0])
    rounds = -(-count // several)
    # In turn, in a random order: none is drawn twice before each was drawn once.
    order = np.concatenate(
        [
            np.argsort(seeds.uniform(tf.constant(key[None]), [several]).numpy()[0])
            for key in scene.keys(rounds, "drawn references")
        ]
    )
    for number in order[:count]:
        yield everywhere(scene, held[number : number + 1])


def _key(method: ExpectedGradients) -> tuple[object, ...]:
    held = method.references
    own = None if held is None else np.asarray(held, np.float32).tobytes()
    return (type(method), own, method.samples, method.draws, getattr(method, "noise", 0.0))


def _check(references: int, steps: int, rule: str, noise: float = 0.0) -> None:
    quadrature(rule, steps)
    if references < 1:
        raise BadValue(f"At least one reference is needed, not {references}.")
    if not (math.isfinite(noise) and noise >= 0):
        raise BadValue(f"The noise is a share of the range from 0, not {noise}.")
