"""Stop when nothing is gained any more; each picture for itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import tensorflow as tf

_MEMORY = 0.9
_GAIN = 0.005


class Plateau:
    """Keeps each picture as it was when its objective stopped rising, whatever the others do.

    Args:
        pictures: how many.
        patience: so many steps without a gain of half a percent end a picture's run.
        shared: variables that belong to all pictures, which are left to go on.
    """

    def __init__(self, pictures: int, patience: int, shared: Collection[str] = ()) -> None:
        self._patience = patience
        self._shared = shared
        self._smooth: np.ndarray | None = None
        self._best = np.full(pictures, -np.inf)
        self._since = np.zeros(pictures, np.int64)
        self._kept: dict[int, dict[str, np.ndarray]] = {}

    def all_settled(self, values: np.ndarray, variables: Mapping[str, tf.Tensor]) -> bool:
        """Take a step's objectives [B]; tell whether every picture has settled."""
        last = values if self._smooth is None else self._smooth
        self._smooth = _MEMORY * last + (1 - _MEMORY) * values
        known = np.where(np.isfinite(self._best), self._best, 0.0)
        better = ~np.isfinite(self._best) | (self._smooth > known + _GAIN * np.abs(known))
        self._best = np.where(better, self._smooth, self._best)
        self._since = np.where(better, 0, self._since + 1)
        for i in np.flatnonzero(self._since >= self._patience):
            if int(i) not in self._kept:
                own = {n: v for n, v in variables.items() if n not in self._shared}
                self._kept[int(i)] = {name: np.array(v[int(i)]) for name, v in own.items()}
        return len(self._kept) == len(values)

    def settled(self, last: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Give each settled picture its own variables, and the last ones to the others."""
        if not self._kept:
            return dict(last)
        mixed = {name: np.array(value) for name, value in last.items()}
        for i, own in self._kept.items():
            for name, value in own.items():
                mixed[name][i] = value
        return {name: tf.constant(value) for name, value in mixed.items()}
