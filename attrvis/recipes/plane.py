"""Activations laid out in the plane, like beside like, and a grid of means over it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import numpy as np

from attrvis.errors import BadValue, unknown, warn

LAYOUTS = ("auto", "umap", "tsne", "pca")
"""How activations may be laid out; `auto` is UMAP where it is installed, and t-SNE elsewhere."""

_TAILS = (1, 99)
_MARGIN = 0.1
_COMPONENTS = 50
_FEW = 2000


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a grid that hold enough samples.

    Args:
        counts: int [rows, columns], the samples in every cell.
        places: int [K, 2], row and column of the cells that are kept.
        directions: float32 [K, C], the mean activation of each.
    """

    counts: np.ndarray
    places: np.ndarray
    directions: np.ndarray


def laid_out(
    activations: np.ndarray, method: str = "auto", *, dimensions: int = 2, seed: int = 0
) -> np.ndarray:
    """Lay activations out, so that those which point in like directions lie close.

    Args:
        activations: [N, C], at least 4 rows.
        method: one of `LAYOUTS`.
        dimensions: 1 or 2.
        seed: of the layout's draws.

    Returns:
        float32 [N, dimensions] in [0, 1]. The outermost 1 % on each side are brought to the
        margin, which is a tenth of the span of the others.

    Raises:
        UnknownName: no such method.
        BadValue: fewer than 4 activations, or UMAP is asked for and not installed.

    Warns:
        AttrVisWarning: `auto` had to take t-SNE, as UMAP is not installed.

    Source: McInnes, Healy and Melville, UMAP, 2018; van der Maaten and Hinton, Visualizing Data
    using t-SNE, 2008; Carter et al., Activation Atlas, 2019.

    Example:
        >>> laid_out(np.eye(6), "pca").shape
        (6, 2)
    """
    if method not in LAYOUTS:
        raise unknown("layout", method, LAYOUTS)
    if len(activations) < 4:
        raise BadValue(
            f"{len(activations)} activations cannot be laid out; take more photos, or more "
            "positions of each (per_photo)."
        )
    installed = importlib.util.find_spec("umap") is not None
    if method == "umap" and not installed:
        raise BadValue("UMAP is not installed; pip install 'attrvis[umap]', or take layout='tsne'.")
    if method == "auto" and not installed:
        warn(
            "UMAP is not installed, so the atlas is laid out by t-SNE, which keeps less of the "
            "large-scale order; pip install 'attrvis[umap]', or say layout='tsne'.",
        )
        method = "tsne"
    lengths = np.linalg.norm(activations, axis=1, keepdims=True)
    rows = np.asarray(activations / np.maximum(lengths, 1e-12), np.float32)
    if method == "pca":
        found = _reduced(rows, dimensions, seed)
    elif method == "tsne":
        found = _tsne(rows, dimensions, seed)
    else:
        found = _umap(rows, dimensions, seed)
    low, high = np.percentile(found, _TAILS, axis=0)
    span = np.where(high > low, high - low, 1.0)
    placed = (found - low + _MARGIN * span) / ((1 + 2 * _MARGIN) * span)
    return np.clip(placed, 0.0, 1.0).astype(np.float32)


def gridded(layout: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Tell in which cell of a grid each point lies.

    Args:
        layout: [N, 2] in [0, 1]: across and down.
        grid: rows and columns.

    Returns:
        int [N, 2], row and column; the upper ends belong to the last cells.

    Example:
        >>> gridded(np.array([[0.0, 1.0], [0.6, 0.2]]), (2, 2)).tolist()
        [[1, 0], [0, 1]]
    """
    sides = np.array(grid)
    cells = np.floor(layout[:, ::-1] * sides).astype(int)
    return np.clip(cells, 0, sides - 1)


def cell_means(
    activations: np.ndarray, cells: np.ndarray, grid: tuple[int, int], least: int
) -> Cells:
    """Average the activations of every cell that holds enough of them.

    Args:
        activations: [N, C].
        cells: int [N, 2], as `gridded` gives them.
        grid: rows and columns.
        least: how many samples a cell needs, from 1.

    Returns:
        The cells in reading order.

    Raises:
        BadValue: no cell holds so many.

    Example:
        >>> found = cell_means(np.array([[1.0], [3.0], [9.0]]), np.array([[0, 0], [0, 0], [0, 1]]),
        ...     (1, 2), 2)
        >>> found.directions.tolist(), found.counts.tolist()
        ([[2.0]], [[2, 1]])
    """
    if least < 1:
        raise BadValue(f"A cell is drawn from 1 sample or more, not from {least}.")
    flat = cells[:, 0] * grid[1] + cells[:, 1]
    counts = np.bincount(flat, minlength=grid[0] * grid[1])
    kept = np.flatnonzero(counts >= least)
    if not len(kept):
        raise BadValue(
            f"No cell of the {grid[0]} x {grid[1]} grid holds {least} of the {len(flat)} samples; "
            "take more photos, more positions of each (per_photo), or a coarser grid."
        )
    sums = np.zeros((len(counts), activations.shape[1]))
    np.add.at(sums, flat, activations)
    means = (sums[kept] / counts[kept, None]).astype(np.float32)
    alive = np.abs(means).max(axis=1) > 0
    places = np.stack(np.divmod(kept, grid[1]), axis=-1)
    return Cells(counts.reshape(grid), places[alive], means[alive])


def _reduced(rows: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA

    return PCA(min(dimensions, *rows.shape), random_state=seed).fit_transform(rows)


def _tsne(rows: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    small = _reduced(rows, _COMPONENTS, seed)
    perplexity = min(50.0 if dimensions == 1 else 30.0, (len(rows) - 1) / 3)
    made = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=seed)
    # Threads that share so little work wait for each other most of the time.
    with threadpool_limits(1 if len(rows) < _FEW else None):
        return made.fit_transform(small)


def _umap(rows: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    from umap import UMAP

    made = UMAP(
        n_components=dimensions,
        n_neighbors=min(20, len(rows) - 1),
        min_dist=0.05,
        metric="cosine",
        random_state=seed,
        n_jobs=1,
    )
    return made.fit_transform(rows)
