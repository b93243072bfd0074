"""Atlases of the activations that speak for one class, or that tell two classes apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.progress import silent
from attrvis.recipes.charted import check_grid, drawn_cells
from attrvis.recipes.collecting import Samples, sampled
from attrvis.recipes.icons import lettered
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plane import laid_out
from attrvis.recipes.plate import Plate

_CLIPPED = 99
_SHARE, _LOUDEST, _MOST = 1 / 3, 10, 3000


@checked_kinds
def class_atlas(
    net: Network,
    photos: Any,
    layer: str,
    target: int | str,
    *,
    against: int | str | None = None,
    grid: int = 8,
    layout: str = "auto",
    score: str = "contrast_mean",
    strongest: int | None = None,
    per_photo: int = 16,
    limit: int | None = None,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw what of a layer speaks for a class, or what speaks for it rather than for another.

    An activation speaks for a class as much as the gradient of the class's logit times it.

    Args:
        net: the network.
        photos: see `atlas`.
        layer: the layer's name.
        target: a label or class number.
        against: another class: what speaks for the target rather than for it lies at the top, what
            speaks for it at the bottom, and what both share halfway. Across lies likeness.
        grid: cells on each side, from 1.
        layout: `umap`, `tsne`, `pca` or `auto`; see `atlas`. With `against` it is of one dimension.
        score: what of the class an activation speaks for: `logit`, or another that
            `attrvis.objectives.logit` takes. `contrast_mean` leaves out what speaks for all classes
            alike, which is much in networks with large biases, such as folded batch norms.
        strongest: how many activations are kept, those that speak most, from 4; default those that
            speak at least a third as much as the ten loudest do, and at most 3000. What speaks
            less for a class is mostly of other classes.
        per_photo: random positions taken of each photo, from 1.
        limit: photos at most.
        seed: of the positions, the layout and the pictures.
        drawing: see `atlas`.

    Returns:
        The atlas; its values are those of `atlas`, and `speaks` [N, 1 or 2], how much each
        activation speaks for the target and for the other class.

    Raises:
        UnknownName: no such layer, label or layout.
        BadValue: too few photos, twice the same class, or a number out of its range.
        ModelError: the class does not depend on the layer.

    Source: Carter, Armstrong, Schubert, Johnson and Olah, Activation Atlas, 2019.

    Example:
        >>> from attrvis.networks import load
        >>> noise = np.random.default_rng(0).uniform(size=(8, 64, 64, 3)).astype(np.float32)
        >>> plate = class_atlas(load("embedded"), noise, "mixed5a", "tabby", grid=1, layout="pca",
        ...     strongest=10, steps=2)
        >>> bool(plate.values["speaks"].min() > 0), plate.values["counts"].tolist()
        (True, [[10]])
    """
    check_grid(grid)
    if strongest is not None and strongest < 4:
        raise BadValue(f"A class atlas is made of 4 activations or more, not {strongest}.")
    named = [target] if against is None else [target, against]
    classes = [net.class_index(one) for one in named]
    if len(set(classes)) < len(classes):
        raise BadValue(f"A class is compared with another, not with itself ({target!r}).")
    samples = sampled(
        net,
        layer,
        photos,
        per_photo=per_photo,
        targets=classes,
        score=score,
        limit=limit,
        seed=seed,
        progress=drawing.get("progress", silent),
    )
    labels = [net.label(index) for index in classes]
    kept = _strongest(samples, strongest, labels)
    if against is None:
        placed = laid_out(kept.activations, layout, seed=seed)
    else:
        across = laid_out(kept.activations, layout, dimensions=1, seed=seed)
        placed = np.concatenate([across, _down(kept.speaks)[:, None]], axis=1)
    facts = {
        "recipe": "class-atlas",
        "layout": layout,
        "per_photo": per_photo,
        "score": score,
        "target": {"index": classes[0], "label": labels[0]},
    }
    if against is not None:
        facts["against"] = {"index": classes[1], "label": labels[1]}
    made = drawn_cells(
        net,
        layer,
        kept,
        placed,
        (grid, grid),
        usual=samples.activations,
        facts=facts,
        seed=seed,
        **drawing,
    )
    ends = [label.split(",")[0] for label in labels]
    return replace(
        made,
        picture=lettered(made.picture, *ends),
        values={**made.values, "speaks": kept.speaks},
    )


def _strongest(samples: Samples, count: int | None, labels: list[str]) -> Samples:
    """Keep the samples that speak most for any of the classes."""
    # Each class is measured by itself: two of different loudness are both to be seen.
    loudest = np.sort(samples.speaks, axis=0)[::-1][:_LOUDEST].mean(axis=0)
    share = samples.speaks / np.where(loudest > 0, loudest, np.inf)
    most = share.max(axis=1)
    least = _SHARE if count is None else 0.0
    rows = np.argsort(-most, kind="stable")[: _MOST if count is None else count]
    rows = np.sort(rows[(most[rows] > 0) & (most[rows] >= least)])
    if len(rows) < 4:
        raise BadValue(
            f"{len(rows)} of {len(samples)} activations speak for {' or '.join(labels)}; give "
            "photos that show it, or more positions of each (per_photo)."
        )
    return samples.kept(rows)


def _down(speaks: np.ndarray) -> np.ndarray:
    """Place samples by how much more they speak for the first class: 0 most, 1 least."""
    difference = speaks[:, 0] - speaks[:, 1]
    end = float(np.percentile(np.abs(difference), _CLIPPED)) or 1.0
    return (0.5 - 0.5 * np.clip(difference / end, -1, 1)).astype(np.float32)
