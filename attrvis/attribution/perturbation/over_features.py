"""What methods that give each feature a credit have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.perturbation.features import Features, Grid, features_of
from attrvis.attribution.perturbation.parts import Parts, checked
from attrvis.attribution.rows import Rows
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


@dataclass(frozen=True)
class OverFeatures(Method):
    """A method that gives each feature of an image a credit.

    Args:
        features: which numbers go together: `grid:8`, `slic:50`, `felzenszwalb:100`, `units`,
            `positions`, `channels`, or an array of whole numbers.
        normalize: `count` (every number gets its feature's credit) or `area` (an equal share).
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: features that cannot be.
        UnknownName: no such features or normalisation.
    """

    features: Features | str = field(default_factory=Grid)
    normalize: str = "count"
    batch_size: int | str = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", features_of(self.features))
        checked(self.normalize)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        parts = self.features.parts(scene)  # type: ignore[union-attr]
        ground = self.ground(scene)
        credits, change = self.credited(scene, parts, scene.values if ground is None else ground)
        values = parts.spread(credits, scene.values.shape.as_list(), self.normalize)
        # Only shares sum up to the whole.
        return Found(values, ground, change if self.normalize == "area" else None)

    def ground(self, scene: Scene) -> tf.Tensor | None:
        """Make what stands where a feature is missing, [B, ...]; None where that is not so."""
        return None

    @abstractmethod
    def credited(
        self, scene: Scene, parts: Parts, ground: tf.Tensor
    ) -> tuple[Sequence[np.ndarray], np.ndarray | None]:
        """Give each feature its credit.

        Args:
            scene: what is explained.
            parts: which feature each number belongs to.
            ground: what stands where a feature is missing, [B, ...].

        Returns:
            Of each image, [features]; and, where the credits sum up to it, the objective's change
            from all features missing to none, [B].
        """

    def counted(self, what: str, least: int = 1, **given: Any) -> None:
        """Check the one number given.

        Raises:
            BadValue: it is not whole, or too small.
        """
        ((name, number),) = given.items()
        if isinstance(number, bool) or int(number) != number or number < least:
            raise BadValue(
                f"{type(self).__name__} needs a whole number of {what} from {least}, not "
                f"{name}={number}."
            )


@dataclass(frozen=True)
class FromBaseline(OverFeatures):
    """A method that gives each feature of an image a credit, against a baseline.

    Args:
        baseline: what stands where a feature is missing.

    Raises:
        UnknownName: no such baseline.
    """

    baseline: BaselineMethod | str = field(default_factory=Zero)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))

    def ground(self, scene: Scene) -> tf.Tensor:
        """Make what stands where a feature is missing; see `OverFeatures`."""
        return self.baseline.values(scene)  # type: ignore[union-attr]


def through(rows: Rows) -> tf.Tensor:
    """Look at each image with the share `kept` of each of its parts, the rest from `ground`."""
    value, ground = rows.own["value"], rows.own["ground"]
    kept = tf.gather(rows.each["kept"], rows.own["parts"], batch_dims=1)
    return kept * value + (1 - kept) * ground


def kept(parts: Parts, shares: np.ndarray) -> Mapping[str, np.ndarray]:
    """Write what is kept of each part, [rows, parts], as `through` wants it."""
    spare = parts.room - shares.shape[1]
    return {"kept": np.pad(shares.astype(np.float32), [(0, 0), (0, spare)])}


def drawing(scene: Scene, purpose: str) -> np.random.Generator:
    """Make a generator that depends on the scene's seed and the purpose alone."""
    return np.random.default_rng(scene.keys(1, purpose)[0].view(np.uint32))
