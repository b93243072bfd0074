"""The Aumann-Shapley baseline: as near to the photo as possible, with the target gone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import optimise, seeds
from attrvis.attribution.baselines.baseline import Baseline, BaselineMethod, scored
from attrvis.attribution.evaluator import Evaluator
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown, warn
from attrvis.networks.prediction import pooled

_MASKS = ("both", "spatial", "channel")
_FLOOR = 1e-6
_NEAR = 5.0
"""A miss of so many tolerances is near enough not to be warned about."""


@dataclass(frozen=True)
class Optimised(BaselineMethod):
    """Scale the photo's values by masks until the target is absent, keeping all else.

    Minimises `kappa sum|b - a| / sum|a| + |q(b) - t| / |q(a) - t|` over
    `b = a min(spatial mask, channel mask)`, both masks at once, so that what is verified is what
    was optimised.

    Args:
        kappa: what removing all of the photo's values costs, relative to keeping the whole target.
        value: the score t to aim at: a number (default 0), or `min` or `mean` of the logits.
        masks: `both`, `spatial` or `channel`.
        steps: the most updates.
        rate: Adam's first learning rate; it falls to a twentieth.
        tolerance: a baseline whose score misses t by less than this share is good; the run ends
            when it is and the cost no longer falls.
        relaxations: how often a run that ends far from the score goes on, each time with a quarter
            of kappa; not in the published form.
        original: the published form instead: `kappa sum|b - a| / sum|a| + |q(b) - t|`, for
            comparison with kappa = 16.

    Raises:
        UnknownName: other masks.
        BadValue: numbers outside their range.

    Source: Shi, Li and Yamaguchi, Output-targeted baseline for neuron attribution, 2022.

    Example:
        >>> Optimised(kappa=16.0, original=True).masks
        'both'
    """

    kappa: float = 0.5
    value: float | str = 0.0
    masks: str = "both"
    steps: int = 300
    rate: float = 0.1
    tolerance: float = 0.01
    relaxations: int = 2
    original: bool = False
    kind = "optimised"

    def __post_init__(self) -> None:
        if self.masks not in _MASKS:
            raise unknown("kind of mask", self.masks, _MASKS)
        if isinstance(self.value, str) and self.value not in ("min", "mean"):
            raise unknown("target value", self.value, ("min", "mean", "a number"))
        numbers = (self.kappa, self.rate, self.tolerance)
        given = (*numbers, 0.0 if isinstance(self.value, str) else self.value)
        if not all(map(math.isfinite, given)) or self.kappa < 0 or min(numbers[1:]) <= 0:
            raise BadValue(
                "An optimised baseline needs a finite value, kappa >= 0, rate > 0 and "
                "tolerance > 0."
            )
        if self.steps < 1:
            raise BadValue(f"An optimised baseline needs at least one step, not {self.steps}.")

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values; see `BaselineMethod`."""
        return tf.constant(self.fit(scene).values)

    def fit(self, scene: Scene) -> Baseline:
        """Optimise the masks, verify the score at the combined baseline, warn where it misses."""
        if not bool(tf.reduce_all(tf.reduce_any(scene.values != 0, axis=_axes(scene.values)))):
            raise BadValue(
                f"Layer {scene.layer!r} is all zero for this photo, so there is nothing to remove; "
                "choose another layer."
            )
        photo = scene.score(scene.values)
        wanted = self._wanted(scene)
        data = {
            "values": scene.values,
            "bypass": scene.bypass,
            "numbers": [tf.convert_to_tensor(p) for p in scene.objective.parameters],
            "wanted": tf.constant(wanted),
            "scale": tf.constant(np.maximum(np.abs(photo - wanted), _FLOOR)),
        }
        settling = _Settling(scene.values.shape[0], self.tolerance)

        def watch(step: int, terms: dict[str, np.ndarray], variables: optimise.Variables) -> bool:
            scene.progress(
                "baseline", step + 1, self.steps, {"score": float(terms["score"].mean())}
            )
            return settling.all_settled(terms["cost"], terms["miss"], variables)

        variables, steps = self._start(scene), 0
        for kappa in self._kappas():
            data["kappa"] = tf.constant(kappa, tf.float32)
            run = optimise.climb(
                scene.net.remember(
                    ("optimised", scene.layer, scene.objective.structure, self.original),
                    lambda: self._step(scene.evaluator),
                ),
                variables,
                data,
                steps=self.steps,
                rate=lambda step: self.rate * 0.05 ** (step / self.steps),
                watch=watch,
            )
            if run.status == "interrupted":
                raise KeyboardInterrupt
            variables, steps = run.variables, steps + run.steps
            scene.tally.gradients += run.steps * scene.count
            if settling.all_good(run.history["miss"][-1], variables):
                break
        variables = settling.settled(variables)
        masks = {name: np.asarray(tf.sigmoid(v)) for name, v in variables.items()}
        baseline = scored(
            scene,
            _masked(scene.values, variables),
            self.kind,
            photo,
            wanted=wanted,
            steps=steps,
            masks=masks,
        )
        return self._verified(scene, baseline)

    def _kappas(self) -> list[float]:
        more = 0 if self.original else self.relaxations
        return [self.kappa / 4**i for i in range(1 + more)]

    def _step(self, evaluator: Evaluator) -> Any:
        def objective(
            variables: optimise.Variables, data: Any, step: tf.Tensor
        ) -> tuple[tf.Tensor, optimise.Terms]:
            values = data["values"]
            axes = _axes(values)
            rows = _masked(values, variables)
            score = evaluator.values(rows, data["bypass"], data["numbers"])
            mass = tf.reduce_sum(tf.abs(values), axis=axes)
            moved = tf.reduce_sum(tf.abs(rows - values), axis=axes) / mass
            miss = tf.abs(score - data["wanted"])
            relative = miss / data["scale"]
            cost = data["kappa"] * moved + (miss if self.original else relative)
            return -cost, {"cost": cost, "miss": relative, "moved": moved, "score": score}

        return optimise.compile_step(objective)

    def _start(self, scene: Scene) -> optimise.Variables:
        shape = scene.values.shape.as_list()
        spatial = [*shape[1:-1], 1]
        channel = [1] * (len(shape) - 2) + [shape[-1]]
        wanted = {"spatial": spatial, "channel": channel}
        names = ("spatial", "channel") if self.masks == "both" else (self.masks,)
        if len(shape) == 2:
            names = ("channel",)
        keys = seeds.image_keys([scene.seed] * shape[0])
        return {
            name: 2.0 + 0.1 * seeds.normal(seeds.stream(keys, f"mask {name}"), wanted[name])
            for name in names
        }

    def _wanted(self, scene: Scene) -> np.ndarray:
        count = scene.values.shape[0]
        if isinstance(self.value, str):
            logits = pooled(scene.net.run(scene.images)["logits"]).numpy()
            scene.tally.forwards += scene.count
            reduced = logits.min(axis=1) if self.value == "min" else logits.mean(axis=1)
            return reduced.astype(np.float32)
        return np.full(count, self.value, np.float32)

    def _verified(self, scene: Scene, baseline: Baseline) -> Baseline:
        worst = int(np.argmax(baseline.miss))
        if baseline.miss[worst] <= _NEAR * self.tolerance:
            return baseline
        warn(
            f"No mask of layer {scene.layer!r} brought the target to {baseline.wanted[worst]:.3g}: "
            f"the closest is {baseline.score[worst]:.3g} (the photo has "
            f"{baseline.photo_score[worst]:.3g}); give more steps, a smaller kappa, or another "
            "layer or target value.",
        )
        return Baseline(**{**vars(baseline), "status": "not_converged"})


def _axes(values: tf.Tensor) -> list[int]:
    return list(range(1, values.shape.rank))


def _masked(values: tf.Tensor, variables: optimise.Variables) -> tf.Tensor:
    masks = [tf.sigmoid(v) for v in variables.values()]
    return values * (tf.minimum(*masks) if len(masks) == 2 else masks[0])


class _Settling:
    """Keeps each image's masks from when its cost stopped falling, whatever its neighbours do."""

    def __init__(self, images: int, tolerance: float) -> None:
        self._tolerance = tolerance
        self._lowest = np.full(images, np.inf)
        self._since = np.zeros(images, np.int64)
        self._kept: dict[int, dict[str, np.ndarray]] = {}

    def all_settled(
        self, cost: np.ndarray, miss: np.ndarray, variables: optimise.Variables
    ) -> bool:
        """Tell whether every image was good and not better by a thousandth in 20 steps."""
        self._since = np.where(cost < self._lowest * 0.999, 0, self._since + 1)
        self._lowest = np.minimum(self._lowest, cost)
        for i in np.flatnonzero((self._since >= 20) & (miss <= self._tolerance)):
            self._keep(int(i), variables)
        return len(self._kept) == len(cost)

    def all_good(self, miss: np.ndarray, variables: optimise.Variables) -> bool:
        """Keep the images that are near enough at a run's end; tell whether these are all."""
        for i in np.flatnonzero(miss <= _NEAR * self._tolerance):
            self._keep(int(i), variables)
        return len(self._kept) == len(miss)

    def _keep(self, i: int, variables: optimise.Variables) -> None:
        if i not in self._kept:
            self._kept[i] = {name: np.array(v[i]) for name, v in variables.items()}

    def settled(self, last: optimise.Variables) -> optimise.Variables:
        """Give each settled image its own variables, and the last ones to the others."""
        mixed = {name: np.array(value) for name, value in last.items()}
        for i, own in self._kept.items():
            for name, value in own.items():
                mixed[name][i] = value
        return {name: tf.constant(value) for name, value in mixed.items()}
