"""Baselines that are pictures: even noise, a noisy copy, the farthest picture, those of a set."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.arrays import Data
from attrvis.attribution.baselines.baseline import BaselineMethod, per_layer
from attrvis.attribution.baselines.several import Several
from attrvis.attribution.baselines.simple import FromImage
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")


class PictureBaseline(BaselineMethod):
    """A baseline that is made as a picture; at a layer it is what the network makes of that."""

    @abstractmethod
    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make a picture for each image, [B, H, W, C] in pixel space."""

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        made = self.pictures(scene)
        if scene.evaluator.via == "input":
            return made
        scene.tally.forwards += scene.count
        return scene.evaluator.head(made)[0]


@dataclass(frozen=True)
class Uniform(PictureBaseline):
    """A picture of even noise, the same for every image.

    Args:
        low: least value, default 0.
        high: largest value, default 1.

    Raises:
        BadValue: numbers that are not finite, or not in this order.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> Uniform().high
        1.0
    """

    low: float = 0.0
    high: float = 1.0
    kind = "uniform"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise BadValue(
                f"Even noise lies between two finite numbers, not {self.low} and {self.high}."
            )

    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make the pictures; see `PictureBaseline`."""
        key = tf.constant(scene.keys(1, "uniform baseline"))
        drawn = seeds.uniform(key, scene.images.shape[1:].as_list(), self.low, self.high)
        return tf.repeat(drawn, scene.images.shape[0], axis=0)


@dataclass(frozen=True)
class Gaussian(PictureBaseline):
    """The image itself under normal noise, kept in the range of pictures.

    Args:
        sd: standard deviation, relative to each image's own range, default 0.1.

    Raises:
        BadValue: a standard deviation that is negative or not finite.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> Gaussian(0.2)
        Gaussian(sd=0.2)
    """

    sd: float = 0.1
    kind = "gaussian"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sd) and self.sd >= 0):
            raise BadValue(f"Noise needs a standard deviation from 0, not {self.sd}.")

    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make the pictures; see `PictureBaseline`."""
        low, high = _range(scene.images)
        key = tf.constant(scene.keys(1, "gaussian baseline"))
        drawn = seeds.normal(key, scene.images.shape[1:].as_list())
        noisy = scene.images + self.sd * (high - low) * drawn
        return tf.clip_by_value(noisy, tf.minimum(low, 0.0), tf.maximum(high, 1.0))


@dataclass(frozen=True)
class MaximumDistance(PictureBaseline):
    """The picture that is farthest from the image: what is dark becomes 1, what is bright 0.

    So no number of the image is near its baseline, as black ones are near a black baseline.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> MaximumDistance()
        MaximumDistance()
    """

    kind = "maximum-distance"

    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make the pictures; see `PictureBaseline`."""
        return tf.where(scene.images < 0.5, tf.ones_like(scene.images), 0.0)


@dataclass(frozen=True)
class Plain(PictureBaseline):
    """A picture of one shade; at a layer what the network makes of it, unlike `Constant`.

    Args:
        shade: from 0, black, to 1, white.

    Example:
        >>> Plain(1.0).shade
        1.0
    """

    shade: float = 0.0
    kind = "plain"

    def __post_init__(self) -> None:
        if not math.isfinite(self.shade):
            raise BadValue(f"A plain picture has a finite shade, not {self.shade}.")

    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make the pictures; see `PictureBaseline`."""
        return tf.fill(tf.shape(scene.images), tf.constant(self.shade, scene.images.dtype))


@dataclass(frozen=True)
class BlackAndWhite(Several):
    """Black and white in turn: a method's values are the mean over both.

    So neither what is black nor what is white is blind to the method.

    Source: Kapishnikov, Bolukbasi, Viegas and Terry, XRAI: Better Attributions Through Regions,
    2019.

    Example:
        >>> BlackAndWhite().kind
        'black-and-white'
    """

    kind = "black-and-white"

    def members(self, scene: Scene) -> tuple[BaselineMethod, ...]:
        """List the baselines; see `Several`."""
        return Plain(0.0), Plain(1.0)


@dataclass(frozen=True)
class OnePicture(PictureBaseline):
    """A picture of one's own, the same for every image.

    Args:
        picture: [H, W, C] in pixel space.

    Example:
        >>> OnePicture(np.zeros([4, 4, 3])).picture.array.shape
        (4, 4, 3)
    """

    picture: Data
    kind = "picture"

    def __post_init__(self) -> None:
        if not isinstance(self.picture, Data):
            object.__setattr__(self, "picture", Data(np.asarray(self.picture, np.float32)))

    def pictures(self, scene: Scene) -> tf.Tensor:
        """Make the pictures; see `PictureBaseline`."""
        shape = tuple(scene.images.shape[1:])
        if self.picture.array.shape != shape:
            raise BadValue(
                f"The picture is {self.picture.array.shape} and the image {shape}; fit it to the "
                "network's size."
            )
        one = tf.constant(self.picture.array, scene.images.dtype)[None]
        return tf.repeat(one, scene.images.shape[0], axis=0)


@dataclass(frozen=True)
class FromSamples(Several):
    """Pictures drawn from a set, such as training photos: a method's values are the mean over them.

    Args:
        source: a folder of pictures, or an array [N, H, W, C] in pixel space.
        count: how many are drawn, the same for every image, each at most once; all where there are
            fewer. Default 8.

    Raises:
        BadValue: no picture to draw from, or a count below 1.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> FromSamples(np.zeros([20, 4, 4, 3])).count
        8
    """

    source: str | Path | Data
    count: int = 8
    kind = "samples"

    def __post_init__(self) -> None:
        if not isinstance(self.source, str | Path | Data):
            object.__setattr__(self, "source", Data(np.asarray(self.source, np.float32)))
        if isinstance(self.source, Data) and not (
            self.source.array.ndim > 1 and self.source.array.size
        ):
            raise BadValue(f"Samples are pictures [N, H, W, C], at least one, not {self.source!r}.")
        if isinstance(self.count, bool) or int(self.count) != self.count or self.count < 1:
            raise BadValue(f"At least one sample is drawn, not {self.count}.")

    def members(self, scene: Scene) -> tuple[BaselineMethod, ...]:
        """List the baselines; see `Several`."""
        rng = np.random.default_rng(scene.keys(1, "samples baseline")[0].view(np.uint32))
        if isinstance(self.source, Data):
            pictures = self.source.array
            return tuple(OnePicture(Data(pictures[i])) for i in self._drawn(len(pictures), rng))
        paths = self._paths(Path(self.source))
        return tuple(FromImage(paths[i]) for i in self._drawn(len(paths), rng))

    def _drawn(self, of: int, rng: np.random.Generator) -> list[int]:
        return sorted(rng.permutation(of)[: self.count].tolist())

    def _paths(self, folder: Path) -> list[Path]:
        try:
            found = sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDINGS)
        except OSError as error:
            raise BadValue(f"The folder '{folder}' of samples cannot be read: {error}.") from error
        if not found:
            raise BadValue(f"The folder '{folder}' holds no picture; name a folder of photos.")
        return found


def _range(pictures: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Give the least and the largest value of each picture."""
    return (
        per_layer(pictures, lambda flat: tf.reduce_min(flat, axis=1)),
        per_layer(pictures, lambda flat: tf.reduce_max(flat, axis=1)),
    )
