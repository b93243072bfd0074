"""Split an attribution into groups of channels that act at the same places."""

from __future__ import annotations

import warnings

import numpy as np

from attrvis.errors import BadValue, unknown

_FACTORISATIONS = ("nmf", "factor-analysis")


def channel_groups(
    values: np.ndarray, count: int, method: str = "nmf", seed: int = 0
) -> tuple[np.ndarray, ...]:
    """Group channels by factorising their maps of positive contributions.

    Args:
        values: one image's attribution, [h, w, C].
        count: how many groups, at least 1.
        method: `nmf` (non-negative matrix factorisation) or `factor-analysis`.
        seed: of the factorisation.

    Returns:
        At most `count` arrays of channel indices, the strongest group first; each channel with a
        positive contribution is in just one: that of its largest loading.

    Raises:
        BadValue: a wrong count or rank, or nothing positive to group.
        UnknownName: no such method.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (neuron groups).

    Example:
        >>> a = np.zeros((2, 2, 4)); a[0, 0, :2] = 1; a[1, 1, 2:] = 3
        >>> [g.tolist() for g in channel_groups(a, 2)]
        [[2, 3], [0, 1]]
    """
    if method not in _FACTORISATIONS:
        raise unknown("factorisation", method, _FACTORISATIONS)
    if values.ndim != 3 or count < 1 or not np.isfinite(values).all():
        raise BadValue(
            f"Groups need one image's finite attribution [h, w, C] and a count from 1, not "
            f"{values.shape} and {count}."
        )
    positive = np.maximum(values, 0.0).reshape(-1, values.shape[-1]).astype(np.float64)
    alive = np.flatnonzero(positive.sum(axis=0) > 0)
    if not len(alive):
        raise BadValue("The attribution has nothing positive to group; choose another target.")
    count = min(count, len(alive), positive.shape[0])
    loadings = _loadings(positive[:, alive], count, method, seed)
    owner = loadings.argmax(axis=0)
    mass = positive.sum(axis=0)
    groups = [alive[owner == k] for k in range(count)]
    groups = [g for g in groups if len(g)]
    return tuple(sorted(groups, key=lambda g: (-mass[g].sum(), g[0])))


def _loadings(maps: np.ndarray, count: int, method: str, seed: int) -> np.ndarray:
    from sklearn.decomposition import NMF, FactorAnalysis
    from sklearn.exceptions import ConvergenceWarning

    scaled = maps / maps.max()
    with warnings.catch_warnings():
        # A grouping needs the larger of two loadings, not their last digits.
        warnings.simplefilter("ignore", ConvergenceWarning)
        if method == "nmf":
            model = NMF(count, init="nndsvda", random_state=seed, max_iter=400).fit(scaled)
            return model.components_
        model = FactorAnalysis(count, rotation="varimax", random_state=seed).fit(scaled)
        return np.abs(model.components_)
