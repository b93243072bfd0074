"""NoiseTunnel and SmoothTaylor: any method at noisy copies of the image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.gradients.smooth_grad import noisy, with_noise
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, times
from attrvis.attribution.scene import Scene
from attrvis.attribution.wrappers.wrapped import Moments, Wrapper
from attrvis.errors import BadValue, unknown

KINDS = ("mean", "square", "variance")
LESS = "give it less noise, or look at the signed values"
"""What helps where a map of what speaks for the target alone comes out blank."""


@dataclass(frozen=True)
class NoiseTunnel(Wrapper):
    """Any method at noisy copies of the image: the mean, mean square or variance of its values.

    Args:
        method: the method, by name or made; default `saliency`.
        samples: how many copies, default 10.
        noise: standard deviation, relative to each image's own range of pixels, default 0.15.
        kind: `mean`, `square` or `variance`.

    Raises:
        UnknownName: no such method or kind.
        BadValue: no sample, or noise that is negative or not finite.

    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, SmoothGrad: removing noise by adding
    noise, 2017.

    Example:
        >>> NoiseTunnel("integrated-gradients", samples=5).kind
        'mean'
    """

    samples: int = 10
    noise: float = 0.15
    kind: str = "mean"
    name = "noise-tunnel"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_noise(self.samples, self.noise)
        if self.kind not in KINDS:
            raise unknown("kind", self.kind, KINDS)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        moments, positive = Moments(), False
        for number, copy in enumerate(noisy_copies(scene, self.samples, self.noise)):
            found = self.inner.over_baselines(copy)
            moments.add(found.values)
            positive = found.positive
            scene.told("copies", number + 1, self.samples)
        return Found(moments.of(self.kind), positive=positive, cure=LESS if positive else "")


@dataclass(frozen=True)
class SmoothTaylor(Method):
    """The mean of gradients at noisy copies, each times the way back from the copy to the image.

    `values = mean over copies z of (x - z) * gradient at z`: the first term of Taylor's series
    around each copy.

    Args:
        samples: how many copies, default 50.
        noise: standard deviation, relative to each image's own range of values, default 0.3.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no sample, or noise that is negative or not finite.

    Source: Goh, Lapuschkin, Weber, Samek and Binder, Understanding Integrated Gradients with
    SmoothTaylor for Deep Neural Network Attribution, 2021.

    Example:
        >>> SmoothTaylor().samples
        50
    """

    samples: int = 50
    noise: float = 0.3
    batch_size: int | str = "auto"
    name = "smooth-taylor"

    def __post_init__(self) -> None:
        check_noise(self.samples, self.noise)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        drawn = noisy(scene, self.samples, self.noise)
        samples = Samples(with_noise, drawn.count, drawn.each, drawn.own)
        sums, _ = scene.fold(samples, _back, batch_size=self.batch_size)
        return Found(sums["term"])


def _back(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Multiply each gradient by the way back to the image."""
    return {"term": times(rows.each["weight"], (rows.own["value"] - points) * gradient)}


def check_noise(samples: int, noise: float) -> None:
    """Refuse numbers that make no noise.

    Raises:
        BadValue: no sample, or noise that is negative or not finite.
    """
    if samples < 1:
        raise BadValue(f"At least one sample is needed, not {samples}.")
    if not (math.isfinite(noise) and noise >= 0):
        raise BadValue(f"The noise is a share of the range from 0, not {noise}.")


def noisy_copies(scene: Scene, count: int, noise: float) -> Iterator[Scene]:
    """Set the scene on noisy copies of its images; the noise is the same for all of a batch.

    Args:
        scene: whose images.
        count: how many copies.
        noise: standard deviation, relative to each image's own range.
    """
    images = scene.images
    axes = list(range(1, images.shape.rank))
    sd = noise * (tf.reduce_max(images, axes) - tf.reduce_min(images, axes))
    for key in scene.keys(count, "noisy images"):
        drawn = seeds.normal(tf.constant(key[None]), images.shape[1:].as_list())
        yield scene.on(images + times(sd, drawn))
