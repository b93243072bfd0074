"""Activations split into a few groups of neurons that fire together."""

from __future__ import annotations

import warnings

import numpy as np

from attrvis.errors import BadValue


def factorised(
    maps: np.ndarray, count: int, *, seed: int = 0, iterations: int = 600
) -> tuple[np.ndarray, np.ndarray]:
    """Split activations by non-negative matrix factorisation: `maps ~ where @ what`.

    Args:
        maps: [h, w, C]; what is below 0 counts as silent.
        count: how many groups at most; there are never more than positions or active channels.
        seed: of the factorisation's start.
        iterations: at most.

    Returns:
        `where` [h, w, n], how far each position belongs to each group, in units of activation, and
        `what` [n, C], the groups' directions of length 1; the group with most activation first.

    Raises:
        BadValue: no group is asked for, or nothing is active.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> a = np.zeros((1, 2, 3)); a[0, 0, 0], a[0, 1, 1:] = 2, 3
        >>> where, what = factorised(a, 2)
        >>> np.round(what, 1).tolist()[1]
        [1.0, 0.0, 0.0]
    """
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    if count < 1:
        raise BadValue(f"Neurons are split into at least one group, not {count}.")
    rows = np.maximum(maps, 0.0).reshape(-1, maps.shape[-1]).astype(np.float64)
    alive = np.flatnonzero(rows.max(axis=0) > 0)
    if not len(alive):
        raise BadValue("Nothing in this layer is active above zero, so there are no groups.")
    count = min(count, len(alive), len(rows))
    with warnings.catch_warnings():
        # The last digits of a factorisation do not change what its groups show.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NMF(count, init="nndsvda", random_state=seed, max_iter=iterations)
        where = model.fit_transform(rows[:, alive] / rows.max()) * rows.max()
    what = np.zeros((count, maps.shape[-1]))
    what[:, alive] = model.components_
    lengths = np.linalg.norm(what, axis=1)
    where = where * lengths
    mass = where.sum(axis=0)
    order = [int(k) for k in np.argsort(-mass, kind="stable") if mass[k] > 0]
    what = what[order] / lengths[order][:, None]
    return (
        where[:, order].reshape(*maps.shape[:-1], len(order)).astype(np.float32),
        what.astype(np.float32),
    )


def shared(values: np.ndarray, where: np.ndarray, what: np.ndarray) -> tuple[np.ndarray, float]:
    """Share an attribution among groups, each neuron's by what the groups add to its activation.

    Args:
        values: one image's attribution, [h, w, C].
        where: [h, w, n], see `factorised`.
        what: [n, C].

    Returns:
        Each group's sum [n], and what is left of neurons that no group holds; all together they
        are the sum of the attribution.

    Example:
        >>> where, what = np.array([[[1.0, 3.0]]]), np.array([[1.0], [1.0]])
        >>> groups, rest = shared(np.array([[[8.0]]]), where, what)
        >>> groups.tolist(), rest
        ([2.0, 6.0], 0.0)
    """
    whole = np.einsum("hwn,nc->hwc", where, what, dtype=np.float64)
    held = whole > 0
    rate = np.where(held, values, 0.0) / np.where(held, whole, 1.0)
    groups = np.einsum("hwc,hwn,nc->n", rate, where, what)
    return groups, float(np.where(held, 0.0, values).sum())
