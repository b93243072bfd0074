"""Adversarial gradient integration: paths that lead the image to other classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, at_itself
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown
from attrvis.networks.prediction import pooled
from attrvis.objectives import logit

PATHS = ("from_input", "cumulative")
PLACES = ("post", "pre")


@dataclass(frozen=True)
class AGI(Method):
    """Gradients on the way to other classes, each times the way back to the image.

    A step goes by the sign of another class's gradient; no reference has to be chosen. Classes are
    drawn at random, without the image's own.

    Args:
        classes: how many other classes, default 10; at most all of them.
        steps: on the way to each, default 5.
        epsilon: size of a step, default 0.05 of the range from 0 to 1.
        path: `from_input` (each step starts at the image, as the authors' code has it) or
            `cumulative` (from the last place, as the paper describes).
        gradient_at: `post` (the target's gradient after the step) or `pre` (before it).

    Raises:
        BadValue: no class or step, or a step that is not above 0.
        UnknownName: no such path or place.

    Source: Pan, Li and Zhu, Explaining Deep Neural Network Models with Adversarial Gradient
    Integration, 2021.

    Example:
        >>> AGI(classes=4).path
        'from_input'
    """

    classes: int = 10
    steps: int = 5
    epsilon: float = 0.05
    path: str = "from_input"
    gradient_at: str = "post"
    name = "agi"

    def __post_init__(self) -> None:
        if self.classes < 1 or self.steps < 1 or not self.epsilon > 0:
            raise BadValue(
                "AGI takes at least one class and one step, and steps above 0; not "
                f"{self.classes}, {self.steps} and {self.epsilon}."
            )
        if self.path not in PATHS:
            raise unknown("path", self.path, PATHS)
        if self.gradient_at not in PLACES:
            raise unknown("place", self.gradient_at, PLACES)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        total = tf.zeros_like(scene.values)
        for terms in self._ways(scene):
            for term in terms:
                total += term
        return Found(total)

    def recalibrated(self, scene: Scene, rule: str) -> tf.Tensor:
        """Average what is valid, number by number; see `Recalibrated`."""
        total, count = tf.zeros_like(scene.values), tf.zeros_like(scene.values)
        for terms in self._ways(scene):
            judged = terms if rule == "valid_ip" else [tf.add_n(list(terms))]
            for term in judged:
                valid = term >= 0
                total += tf.where(valid, term, tf.zeros_like(term))
                count += tf.cast(valid, term.dtype)
        return total / tf.maximum(count, 1.0)

    def _ways(self, scene: Scene) -> Iterator[Iterator[tf.Tensor]]:
        """Give, class by class, what each step contributes."""
        others = other_classes(scene, self.classes)
        pixels = scene.on(layer="input", objective=logit(others[:, 0]))
        target = scene if scene.layer == "input" else scene.on(via="input")
        for number in range(others.shape[1]):
            toward = pixels.on(objective=logit(others[:, number]))
            yield self._steps(scene, target, toward)
            scene.told("classes", number + 1, others.shape[1])

    def _steps(self, scene: Scene, target: Scene, toward: Scene) -> Iterator[tf.Tensor]:
        images = scene.images
        axes = list(range(1, images.shape.rank))
        low = tf.minimum(tf.reduce_min(images, axes, keepdims=True), 0.0)
        high = tf.maximum(tf.reduce_max(images, axes, keepdims=True), 1.0)
        at = images
        one = {"weight": np.ones(1, np.float32)}
        for _ in range(self.steps):
            slope, _ = toward.gradient(at)
            start = images if self.path == "from_input" else at
            after = tf.clip_by_value(start + self.epsilon * tf.sign(slope), low, high)
            looked = after if self.gradient_at == "post" else at
            sums, _ = target.holding(looked).fold(Samples(at_itself, 1, one), _points)
            goal = sums["points"] if self.gradient_at == "post" else _layer(target, after)
            # In the cumulative path each step's own way counts, back to where it started.
            origin = scene.values if self.path == "from_input" else _layer(target, start)
            yield (origin - goal) * sums["gradient"]
            at = after


def _points(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Keep the layer's values and the gradient."""
    return {"points": points, "gradient": gradient}


def _layer(target: Scene, images: tf.Tensor) -> tf.Tensor:
    return target.evaluator.led(images, target.bypass)


def other_classes(scene: Scene, count: int) -> np.ndarray:
    """Draw classes for each image, without its own top class, int32 [B, count].

    Raises:
        BadValue: the network has one class.
    """
    classes = scene.net.classes
    if classes < 2:
        raise BadValue("AGI needs a network of two classes or more; use integrated-gradients.")
    own = tf.argmax(pooled(scene.net.run(scene.images)["logits"]), axis=1).numpy()
    scene.tally.forwards += scene.count
    order = np.argsort(seeds.uniform(tf.constant(scene.keys(1, "classes")), [classes]).numpy()[0])
    return np.stack([order[order != k][: min(count, classes - 1)] for k in own]).astype(np.int32)
