"""The parts that an image's values are divided into, and what each part is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.rows import Place, Samples, nothing
from attrvis.attribution.scene import Scene
from attrvis.errors import unknown

NORMALIZATIONS = ("count", "area")

Design = Callable[[int], Mapping[str, np.ndarray]]
"""(how many parts) -> what belongs to each row of a design, [rows, ...] by name."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Every number of each image's values belongs to one part.

    Args:
        ids: int32 [B, ..., 1 or C], the part of each number, from 0; with 1 at the end all
            channels of a place are of one part.
        counts: how many parts each image has, [B].
    """

    ids: np.ndarray
    counts: np.ndarray

    @staticmethod
    def of(ids: np.ndarray) -> Parts:
        """Number each image's parts anew from 0, in the order of the given ids."""
        each = [np.unique(image, return_inverse=True) for image in ids]
        found = np.stack([inverse.reshape(ids.shape[1:]) for _, inverse in each])
        return Parts(found.astype(np.int32), np.array([len(names) for names, _ in each]))

    @property
    def room(self) -> int:
        """How many parts a row makes room for: a power of two, so that traces are shared."""
        return max(8, 1 << (int(self.counts.max()) - 1).bit_length())

    def scores(
        self,
        scene: Scene,
        place: Place,
        ground: tf.Tensor,
        design: Design,
        batch_size: int | str,
        stage: str,
        shared: Mapping[str, np.ndarray | tf.Tensor] | None = None,
    ) -> list[np.ndarray]:
        """Compute the objective of every image at each row of a design.

        Images with as many parts have the same design, whatever else is in the batch.

        Args:
            scene: what is explained.
            place: makes the rows, from `ground`, `parts` and `exists` (which of the room's parts
                there are, [rows, room]) of the image and from what the design gives.
            ground: what stands where a part is not, [B, ...].
            design: the rows for a number of parts.
            batch_size: rows at once, or `auto`.
            stage: the name under which the progress is told.
            shared: what all rows see.

        Returns:
            Of each image, float64 [rows].
        """
        exists = np.arange(self.room) < self.counts[:, None]
        own = {"ground": ground, "parts": self.ids, "exists": exists}
        found: list[np.ndarray] = [np.zeros(0)] * len(self.counts)
        for count in np.unique(self.counts):
            images = np.flatnonzero(self.counts == count).astype(np.int32)
            each = design(int(count))
            rows = len(next(iter(each.values())))
            pairs = np.repeat(images, rows), np.tile(np.arange(rows, dtype=np.int32), len(images))
            _, scores = scene.fold(
                Samples(place, rows, each, own, shared or {}),
                nothing,
                gradients=False,
                pairs=pairs,
                batch_size=batch_size,
                stage=stage,
            )
            for image, given in zip(images, scores.reshape(len(images), rows), strict=True):
                found[image] = given.astype(np.float64)
        return found

    def spread(
        self, credits: Sequence[np.ndarray], shape: Sequence[int], normalize: str
    ) -> np.ndarray:
        """Write each part's credit at its numbers.

        Args:
            credits: of each image, [parts].
            shape: of the values, [B, ..., C].
            normalize: `count`: every number gets its part's credit; `area`: an equal share of it,
                so that all numbers sum up to all credits.

        Returns:
            float32 [B, ..., C].
        """
        made = np.empty(shape, np.float64)
        for i, credit in enumerate(credits):
            ids = np.broadcast_to(self.ids[i], shape[1:])
            given = np.asarray(credit, np.float64)
            if normalize == "area":
                given = given / np.bincount(ids.ravel(), minlength=len(given))
            made[i] = given[ids]
        return made.astype(np.float32)


def checked(normalize: str) -> None:
    """Check the name of a normalisation.

    Raises:
        UnknownName: there is none of this name.
    """
    if normalize not in NORMALIZATIONS:
        raise unknown("normalisation", normalize, NORMALIZATIONS)
