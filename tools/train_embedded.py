"""Train the embedded network on the 120-class Tiny ImageNet pack.

    python -m tools.train_embedded --data ../shared/data --epochs 30
    python -m tools.train_embedded --export-only

Everything lives in `--work`: `state.npz` (weights, optimiser, running average, epoch),
written after every epoch, and `train.jsonl`, one line an epoch. Started again, it goes on
after the last epoch that was written. The pictures of an epoch, their order and their random
views depend on `--seed`, the epoch and the step alone, so a run that was cut in two sees the
same as one that was not. `--export-only` folds the state's running average into the package.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from attrvis.networks import embedded
from attrvis.networks.embedded.architecture import PLAN
from attrvis.networks.embedded.network import graph_of
from tools.embedded.adamw import AdamW
from tools.embedded.augment import augmented, normalised, pasted
from tools.embedded.export import accuracy, write_labels, write_weights
from tools.embedded.photos import Pack, default_data, read_pack
from tools.embedded.trainable import estimate, folded, initial, scores


@dataclass(frozen=True)
class Recipe:
    """What a run depends on, besides the data."""

    epochs: int = 52
    finish: int = 2
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.1
    average: float = 0.999
    smoothing: float = 0.1
    paste: float = 0.5
    seed: int = 0

    def view(self, epoch: int) -> tuple[int, float, bool]:
        """Return the side of the views, their smallest area, and whether they stay plain.

        Small views early cost half as much and vary more; the last quarter learns the fine
        detail of the full size. The last epochs see photos as they are in use.
        """
        if epoch >= self.epochs - self.finish:
            return 64, 0.8, True
        progress = epoch / (self.epochs - self.finish)
        if progress < 0.5:
            return 48, 0.35, False
        return (56, 0.4, False) if progress < 0.75 else (64, 0.45, False)

    def rate_at(self, step: int, per_epoch: int) -> float:
        """Return the learning rate.

        One epoch of warm-up, a cosine to zero, then a tenth falling to zero for the plain end.
        """
        total, last = (self.epochs - self.finish) * per_epoch, self.finish * per_epoch
        if step >= total:
            return self.rate * 0.1 * (1.0 - (step - total) / last)
        warm = min(1.0, (step + 1) / per_epoch)
        return self.rate * warm * 0.5 * (1.0 + math.cos(math.pi * step / total))


def main() -> None:
    """Read the arguments, then train or export."""
    arguments = _arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    names = ("epochs", "finish", "batch", "rate", "decay", "paste", "seed")
    recipe = Recipe(**{name: getattr(arguments, name) for name in names})
    pack = read_pack(arguments.data)
    classes = len(pack.names)
    optimiser = AdamW(
        initial(PLAN, classes, recipe.seed), decay=recipe.decay, average=recipe.average
    )
    epoch = _restored(optimiser, arguments.work / "state.npz")
    if arguments.export_only:
        _export(optimiser, pack, recipe)
    else:
        _train(optimiser, pack, recipe, epoch, arguments.work)


def _train(optimiser: AdamW, pack: Pack, recipe: Recipe, epoch: int, work: Path) -> None:
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    photos = tf.constant(pack.train.images)
    labels = tf.constant(pack.train.labels)
    per_epoch = len(pack.train.labels) // recipe.batch
    steps: dict[tuple[int, float, bool], Callable[..., tuple[tf.Tensor, tf.Tensor]]] = {}
    for current in range(epoch, recipe.epochs):
        began = time.perf_counter()
        view = recipe.view(current)
        if view not in steps:
            steps[view] = _step_function(optimiser, photos, labels, recipe, *view)
        order = np.random.default_rng((recipe.seed, current)).permutation(len(pack.train.labels))
        losses, right = 0.0, 0.0
        for index in range(per_epoch):
            step = current * per_epoch + index
            rows = order[index * recipe.batch : (index + 1) * recipe.batch]
            rate = recipe.rate_at(step, per_epoch)
            loss, hits = steps[view](
                tf.constant(rows, tf.int64),
                tf.constant((recipe.seed, step), tf.int32),
                tf.constant(rate, tf.float32),
                tf.constant(step + 1, tf.int32),
            )
            losses += float(loss)
            right += float(hits)
            if index % 50 == 0:
                print(f"epoch {current} step {index} loss {losses / (index + 1):.3f}", flush=True)
        seconds = time.perf_counter() - began
        row = {
            "epoch": current + 1,
            "of": recipe.epochs,
            "view": view[0],
            "rate": round(rate, 6),
            "loss": round(losses / per_epoch, 4),
            "train_top1": round(right / (per_epoch * recipe.batch), 4),
            "seconds": round(seconds, 1),
            "images_per_second": round(per_epoch * recipe.batch / seconds, 1),
        }
        _save(optimiser, current + 1, work / "state.npz")
        # Measuring takes a tenth of an epoch, so not every epoch is measured.
        if current % 3 == 0 or current >= recipe.epochs - 2:
            row["val_top1"] = round(accuracy(graph_of(_folded(optimiser, pack)), pack.val), 4)
        with (work / "train.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        print(row, flush=True)


def _step_function(
    optimiser: AdamW,
    photos: tf.Tensor,
    labels: tf.Tensor,
    recipe: Recipe,
    size: int,
    smallest: float,
    plain: bool,
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """Compile one training step for views of this size."""

    @tf.function(autograph=False)
    def step(
        rows: tf.Tensor, seed: tf.Tensor, rate: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        views = augmented(tf.gather(photos, rows), size, smallest, seed, plain=plain)
        views, share = pasted(
            views,
            0.0 if plain else recipe.paste,
            tf.random.experimental.stateless_fold_in(seed, 10),
        )
        truth = tf.gather(labels, rows)
        classes = optimiser.weights["logits/bias"].shape[0]
        wanted = tf.one_hot(
            truth, classes, 1.0 - recipe.smoothing + recipe.smoothing / classes,
            recipe.smoothing / classes,
        )  # fmt: skip
        wanted = share[:, None] * wanted + (1.0 - share[:, None]) * tf.roll(wanted, 1, axis=0)
        names = list(optimiser.weights)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([optimiser.weights[name] for name in names])
            logits, _ = scores(optimiser.weights, views)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        found = tape.gradient(loss, [optimiser.weights[name] for name in names])
        found, _ = tf.clip_by_global_norm(found, 5.0)
        optimiser.update(dict(zip(names, found, strict=True)), rate, count)
        hits = tf.argmax(logits, axis=-1, output_type=tf.int32) == truth
        return loss, tf.reduce_sum(tf.cast(hits, tf.float32))

    return step


def _folded(optimiser: AdamW, pack: Pack) -> dict[str, np.ndarray]:
    """Fold the running average, with moments measured on the photos as they are.

    Moments of varied views cost two points of top-1.
    """

    def batch(index: int) -> tf.Tensor:
        rows = np.random.default_rng((7, index)).choice(len(pack.train.labels), 128, replace=False)
        return normalised(tf.constant(pack.train.images[rows]))

    moments = estimate(optimiser.average, batch)
    return folded({name: value.numpy() for name, value in optimiser.average.items()}, moments)


def _export(optimiser: AdamW, pack: Pack, recipe: Recipe) -> None:
    folder = Path(embedded.__file__).parent
    write_weights(folder / "weights.npz", _folded(optimiser, pack))
    write_labels(folder / "labels.txt", pack.names, pack.wnids)
    print(f"wrote {folder / 'weights.npz'} (seed {recipe.seed})")


def _save(optimiser: AdamW, epoch: int, path: Path) -> None:
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, epoch=np.int64(epoch), **optimiser.state())
    partial.replace(path)


def _restored(optimiser: AdamW, path: Path) -> int:
    """Take over a stored state, if there is one, and return the epochs that it has seen."""
    if not path.exists():
        return 0
    with np.load(path, allow_pickle=False) as state:
        optimiser.restore(state)
        return int(state["epoch"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--work", type=Path, default=Path("~/.cache/attrvis/train").expanduser())
    for name in ("epochs", "finish", "batch", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Recipe, name))
    for name in ("rate", "decay", "paste"):
        parser.add_argument(f"--{name}", type=float, default=getattr(Recipe, name))
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
