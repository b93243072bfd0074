"""Activation atlases: what a layer can say, laid out so that like lies beside like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrvis.networks import Network
from attrvis.progress import silent
from attrvis.recipes.charted import check_grid, drawn_cells
from attrvis.recipes.collecting import sampled
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plane import laid_out
from attrvis.recipes.plate import Plate
from attrvis.recipes.several_layers import aligned_atlas


@checked_kinds
def atlas(
    net: Network,
    photos: Any,
    layer: str | Sequence[str],
    *,
    grid: int = 10,
    layout: str = "auto",
    per_photo: int = 1,
    limit: int | None = None,
    classes: bool = False,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw what a layer says about many photos, averaged over the cells of a map.

    Args:
        net: the network.
        photos: a folder, photos, an array [N, H, W, 3] or a `tf.data.Dataset`; read one batch at
            a time. The more the better: a thousand give a first impression.
        layer: the layer's name; or several, whose maps then lie side by side over one layout of
            the same places, see `attrvis.recipes.several_layers.aligned_atlas`.
        grid: cells on each side of the map, from 1.
        layout: `umap`, `tsne`, `pca`, or `auto`: UMAP, and t-SNE where that is not installed.
        per_photo: random positions taken of each photo, from 1.
        limit: photos at most.
        classes: whether each cell is labelled with the class that its mean activation speaks for.
        seed: of the positions, the layout and the pictures.
        drawing: what `drawn_cells` takes, such as `least=`, `icon=`, `attempts=`, `power=` and
            `whiten=`, and everything else that `attrvis.render` takes, such as `steps=`.

    Returns:
        The atlas, with empty cells white, and its icons as parts. Its values: `layout` [N, 2]
        across and down in [0, 1], `cells` [N, 2] (row, column) and `samples` [N, 3] (photo, row,
        column) of each activation; `counts` [grid, grid]; `places` [K, 2], `directions` [K, C]
        and `icons` [K, h, w, 3] of each drawn cell; `class_scores` [K, classes] if asked for.

    Raises:
        UnknownName: no such layer or layout; the nearest are named.
        BadValue: too few photos for such a grid, or a number out of its range.

    Source: Carter, Armstrong, Schubert, Johnson and Olah, Activation Atlas, 2019.

    Example:
        >>> import numpy as np; from attrvis.networks import load
        >>> noise = np.random.default_rng(0).uniform(size=(8, 64, 64, 3)).astype(np.float32)
        >>> plate = atlas(load("embedded"), noise, "mixed5a", grid=1, layout="pca", steps=2)
        >>> plate.values["counts"].tolist(), plate.picture.shape
        ([[8]], (64, 64, 3))
    """
    if not isinstance(layer, str):
        names = list(layer)
        if len(names) != 1:
            return aligned_atlas(
                net,
                photos,
                names,
                grid=grid,
                layout=layout,
                per_photo=per_photo,
                limit=limit,
                seed=seed,
                **{**drawing, "classes": classes},
            )
        layer = names[0]
    check_grid(grid)
    report = drawing.get("progress", silent)
    samples = sampled(
        net, layer, photos, per_photo=per_photo, limit=limit, seed=seed, progress=report
    )
    placed = laid_out(samples.activations, layout, seed=seed)
    made = drawn_cells(
        net,
        layer,
        samples,
        placed,
        (grid, grid),
        classes=classes,
        facts={"recipe": "atlas", "layout": layout, "per_photo": per_photo},
        seed=seed,
        **drawing,
    )
    return made
