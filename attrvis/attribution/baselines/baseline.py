"""What an attribution compares a photo with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from attrvis import arrays
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_KIND = "baseline"
_FLOOR = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class Baseline:
    """A baseline that was made, and how well it says "the target is absent".

    Args:
        values: of the layer's shape, [B, ...].
        kind: how it was made.
        layer: where it lives.
        score: the objective at the baseline, [B].
        photo_score: the objective at the photo, [B].
        wanted: the score that was aimed at, [B]; nan where none was.
        steps: of optimisation.
        status: `ok`, `not_converged` or `interrupted`.
        masks: the masks that made it, by name, when masks did.
    """

    values: np.ndarray
    kind: str
    layer: str
    score: np.ndarray
    photo_score: np.ndarray
    wanted: np.ndarray
    steps: int = 0
    status: str = "ok"
    masks: dict[str, np.ndarray] | None = None

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.values.shape[1:]))
        return (
            f"Baseline({len(self.values)} of {shape} at {self.layer}, {self.kind}, {self.status})"
        )

    @property
    def miss(self) -> np.ndarray:
        """How far the score is from the wanted one, relative to the photo's distance, [B]."""
        distance = np.maximum(np.abs(self.photo_score - self.wanted), _FLOOR)
        return np.abs(self.score - self.wanted) / distance

    def save(self, path: str | Path) -> None:
        """Write an `.npz` file.

        Raises:
            OutputError: the file cannot be written.
        """
        held = {name: getattr(self, name) for name in ("values", "score", "photo_score", "wanted")}
        for name, mask in (self.masks or {}).items():
            held[f"mask_{name}"] = mask
        meta = {name: getattr(self, name) for name in ("kind", "layer", "steps", "status")}
        arrays.save(path, held, kind=_KIND, meta=meta)

    @staticmethod
    def load(path: str | Path) -> Baseline:
        """Read what `save` wrote.

        Raises:
            AttrVisError: the file is missing, damaged or of another kind; a missing baseline is
                never replaced by zeros.
        """
        held, meta = arrays.load(path, kind=_KIND)
        missing = {"values", "score", "photo_score", "wanted"} - held.keys()
        if missing:
            raise BadValue(
                f"The baseline '{path}' lacks {', '.join(sorted(missing))}; make it again."
            )
        masks = {n.removeprefix("mask_"): held.pop(n) for n in list(held) if n.startswith("mask_")}
        return Baseline(**held, **meta, masks=masks or None)  # type: ignore[arg-type]


class BaselineMethod(ABC):
    """A way to make baselines; its fields are hyper-parameters only."""

    kind: str

    @abstractmethod
    def values(self, scene: Scene) -> tf.Tensor:
        """Make the baseline's values, of the shape of `scene.values`."""

    def fit(self, scene: Scene) -> Baseline:
        """Make a baseline for the images of a scene and score it."""
        values = self.values(scene)
        return scored(scene, values, self.kind)


def scored(
    scene: Scene,
    values: tf.Tensor,
    kind: str,
    photo_score: np.ndarray | None = None,
    **more: object,
) -> Baseline:
    """Put values and their scores together; the photo's is computed unless it is given."""
    photo = scene.score(scene.values) if photo_score is None else photo_score
    return Baseline(
        values=np.asarray(values),
        kind=kind,
        layer=scene.layer,
        score=scene.score(values),
        photo_score=photo,
        wanted=np.asarray(more.pop("wanted", np.full_like(photo, np.nan)), np.float32),
        **more,  # type: ignore[arg-type]
    )


def per_layer(values: tf.Tensor, number: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Reduce each image's values to one number, shaped to broadcast against them."""
    flat = tf.reshape(values, [tf.shape(values)[0], -1])
    return tf.reshape(number(flat), [-1] + [1] * (values.shape.rank - 1))
