"""ScoreCAM: channels weighed by the score of the photo seen through them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.cams.cam import CAM
from attrvis.attribution.method import Found
from attrvis.attribution.rows import Rows, Samples
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class ScoreCAM(CAM):
    """Channels weighed by the target's score of the photo with all else masked away.

    Each channel, enlarged to the photo and brought to [0, 1], is a mask over the photo; the weights
    are the softmax over channels of how much the masked photo's score exceeds the baseline's.

    Args:
        reshape: how tokens lie, see `CAM`.
        channels: of how many channels, those that vary most over the places (the fast variant);
            default all.
        baseline: what masked parts are replaced by, default zero (black).
        softmax: whether the softmax of the scores is taken; without it their positive parts count.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: not one channel.

    Source: Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
    Networks, 2020; the fast variant keeps the channels of largest variance (Li, 2020).

    Example:
        >>> ScoreCAM(channels=32).channels
        32
    """

    channels: int | None = None
    baseline: BaselineMethod | str = field(default_factory=Zero)
    softmax: bool = True
    batch_size: int | str = "auto"
    name = "score-cam"

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        if self.channels is not None and self.channels < 1:
            raise BadValue(f"ScoreCAM looks through at least one channel, not {self.channels}.")

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        maps = self.gridded(scene, scene.values)
        chosen = self._chosen(maps)
        low = tf.reduce_min(maps, axis=[1, 2], keepdims=True)
        high = tf.reduce_max(maps, axis=[1, 2], keepdims=True)
        masks = tf.math.divide_no_nan(maps - low, high - low)
        pixels = scene.on(layer="input")
        ground = self.baseline.fit(pixels)  # type: ignore[union-attr]
        samples = Samples(
            _through,
            chosen.shape[1],
            {"turn": np.arange(chosen.shape[1], dtype=np.int32)},
            {
                "mask": tf.gather(masks, chosen, axis=3, batch_dims=1),
                "ground": ground.values,
            },
        )
        gains = pixels.scores(samples, batch_size=self.batch_size) - ground.score[:, None]
        share = tf.nn.softmax(gains, axis=1) if self.softmax else tf.nn.relu(gains)
        return self.mapped(scene, maps * _scattered(share, chosen, int(maps.shape[3])))

    def _chosen(self, maps: tf.Tensor) -> np.ndarray:
        """Choose channels of each image, [B, n], in ascending order."""
        count = min(self.channels or int(maps.shape[3]), int(maps.shape[3]))
        spread = tf.math.reduce_variance(maps, axis=[1, 2]).numpy()
        best = np.argsort(-spread, axis=1, kind="stable")[:, :count]
        return np.sort(best, axis=1).astype(np.int32)


def _through(rows: Rows) -> tf.Tensor:
    """See each image through one channel's mask."""
    image, ground = rows.own["value"], rows.own["ground"]
    mask = tf.gather(rows.own["mask"], rows.each["turn"], axis=3, batch_dims=1)[..., None]
    mask = tf.image.resize(mask, tf.shape(image)[1:3])
    return ground + mask * (image - ground)


def _scattered(share: tf.Tensor, chosen: np.ndarray, count: int) -> tf.Tensor:
    """Lay the chosen channels' shares [B, n] out among all channels, [B, 1, 1, C]."""
    return tf.einsum("bn,bnc->bc", share, tf.one_hot(chosen, count))[:, None, None, :]
