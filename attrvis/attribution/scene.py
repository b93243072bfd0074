"""All that a method may look at: a layer of a network, images there, and an objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.evaluator import Evaluator, Tally
from attrvis.attribution.rows import Collect, Samples, at_itself, gradient, nothing, on_line
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.progress import Progress, silent

_MOST_DRAWS = 10_000_000


@dataclass(frozen=True, eq=False)
class Scene:
    """A layer of a network, images there, and an objective.

    Args:
        net: the network.
        layer: what is attributed; `input` for the pixels.
        objective: what is explained, bound to the images.
        images: [B, H, W, C] in pixel space.
        evaluator: computes the objective and its gradient at the layer.
        values: the tensor of the images where rows are placed, [B, ...]: the layer's, unless the
            evaluator has an earlier place for them.
        bypass: what bypasses it.
        seed: for random draws.
        progress: told how far the work is.
        tally: counts the rows that were run.
    """

    net: Network
    layer: str
    objective: Objective
    images: tf.Tensor
    evaluator: Evaluator
    values: tf.Tensor
    bypass: dict[str, tf.Tensor]
    seed: int = 0
    progress: Progress = silent
    tally: Tally = field(default_factory=Tally)

    @staticmethod
    def of(
        net: Network,
        images: tf.Tensor,
        layer: str,
        objective: Objective,
        seed: int = 0,
        progress: Progress = silent,
        *,
        via: str | None = None,
        tally: Tally | None = None,
    ) -> Scene:
        """Set the scene: run the network up to the layer, once.

        Args:
            net: the network.
            images: [B, H, W, C] in pixel space.
            layer: what is attributed.
            objective: what is explained.
            seed: for random draws.
            progress: told how far the work is.
            via: where rows are placed, default the layer.
            tally: counts the rows that are run; default a new one.
        """
        evaluator = net.remember(
            ("evaluator", layer, objective.structure, via),
            lambda: Evaluator(net, layer, objective, via),
        )
        values, bypass = evaluator.head(images)
        counted = Tally() if tally is None else tally
        return Scene(
            net, layer, objective, images, evaluator, values, bypass, seed, progress, counted
        )

    @property
    def count(self) -> int:
        """How many images there are."""
        return int(self.values.shape[0])

    def on(
        self,
        images: tf.Tensor | None = None,
        *,
        layer: str | None = None,
        net: Network | None = None,
        objective: Objective | None = None,
        via: str | None = None,
        seed: int | None = None,
    ) -> Scene:
        """Set another scene of the same work: other images, layer, network, objective or seed."""
        return Scene.of(
            net or self.net,
            self.images if images is None else images,
            layer or self.layer,
            objective or self.objective,
            self.seed if seed is None else seed,
            self.progress,
            via=via,
            tally=self.tally,
        )

    def holding(self, values: tf.Tensor) -> Scene:
        """Set the same scene with other values where rows are placed, as if the images had them."""
        return replace(self, values=values)

    def picked(self, index: np.ndarray) -> Scene:
        """Set the same scene of some of its images, which may come several times."""
        at = tf.constant(np.asarray(index, np.int32))
        kept = self.objective.rows(at, self.numbers())
        return replace(
            self,
            objective=self.objective.with_parameters([np.asarray(p) for p in kept]),
            images=tf.gather(self.images, at),
            values=tf.gather(self.values, at),
            bypass={name: tf.gather(value, at) for name, value in self.bypass.items()},
        )

    def numbers(self) -> list[tf.Tensor]:
        """Give the objective's numbers as tensors."""
        return [tf.convert_to_tensor(p) for p in self.objective.parameters]

    def score(self, values: tf.Tensor) -> np.ndarray:
        """Compute the objective of each image when the layer holds these values, [B]."""
        self.tally.forwards += int(values.shape[0])
        return np.asarray(self.evaluator.values(values, self.bypass, self.numbers()))

    def fold(
        self,
        samples: Samples,
        collect: Collect = gradient,
        *,
        gradients: bool = True,
        pairs: tuple[np.ndarray, np.ndarray] | None = None,
        batch_size: int | str = "auto",
        stage: str = "",
    ) -> tuple[dict[str, tf.Tensor], np.ndarray]:
        """Look at every image at every sample and sum up; see `Evaluator.fold`.

        With a stage, the progress is told under this name, row by row.
        """
        return self.evaluator.fold(
            self.values,
            self.bypass,
            self.objective,
            samples,
            collect,
            gradients=gradients,
            pairs=pairs,
            batch_size=batch_size,
            tally=self.tally,
            told=(lambda done, of: self.told(stage, done, of)) if stage else None,
        )

    def line(
        self,
        start: tf.Tensor,
        nodes: np.ndarray,
        weights: np.ndarray,
        *,
        batch_size: int | str = "auto",
    ) -> tf.Tensor:
        """Average the gradient along the line from `start` to each image's values, [B, ...]."""
        each = {"position": nodes.astype(np.float32), "weight": weights.astype(np.float32)}
        samples = Samples(on_line, len(nodes), each, {"start": start})
        return self.fold(samples, batch_size=batch_size)[0]["gradient"]

    def scores(
        self, samples: Samples, *, batch_size: int | str = "auto", stage: str = ""
    ) -> np.ndarray:
        """Compute the objective of every image at every sample, [B, samples], without gradients."""
        return self.fold(samples, nothing, gradients=False, batch_size=batch_size, stage=stage)[1]

    def gradient(
        self, points: tf.Tensor | None = None, *, batch_size: int | str = "auto"
    ) -> tuple[tf.Tensor, np.ndarray]:
        """Compute the gradient at one point of each image, default its own values.

        Returns:
            The gradients, [B, ...], and the objective there, [B].
        """
        one = Samples(at_itself, 1, {"weight": np.ones(1, np.float32)})
        scene = self if points is None else self.holding(points)
        sums, values = scene.fold(one, batch_size=batch_size)
        return sums["gradient"], values[:, 0]

    def keys(self, count: int, purpose: str) -> np.ndarray:
        """Make the keys of a number of draws, the same for every image, int32 [count, 2].

        Sample i draws from (seed, i), so a result depends neither on the batch nor on chunks.

        Raises:
            BadValue: more draws than anybody waits for.
        """
        if count > _MOST_DRAWS:
            raise BadValue(
                f"{count:,} random draws are more than the {_MOST_DRAWS:,} that are possible; give "
                "a smaller number."
            )
        one = seeds.stream(seeds.image_keys([self.seed]), purpose)
        # One draw of all: the first keys are the same however many follow.
        return np.asarray(seeds.integers(one, [count, 2], 2**31 - 1))[0]

    def told(self, text: str, done: int, of: int, **numbers: Any) -> None:
        """Tell how far the work is."""
        self.progress(text, done, of, numbers)


def spatial(values: tf.Tensor | np.ndarray) -> Sequence[int]:
    """List the axes of positions of a layer's values [B, ..., C]."""
    return list(range(1, len(values.shape) - 1))
