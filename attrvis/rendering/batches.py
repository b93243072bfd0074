"""Many objectives as few batches: those of one structure are drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attrvis.errors import BadValue
from attrvis.objectives import Objective


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures that one compiled step draws.

    Args:
        objective: theirs, with one entry a picture.
        index: which of all pictures they are.
    """

    objective: Objective
    index: tuple[int, ...]


def batches(objectives: Sequence[Objective], count: int | None, most: int) -> list[Batch]:
    """Sort objectives into batches.

    Args:
        objectives: each for one picture or, where it holds numbers for more, for so many.
        count: how many pictures, where a single objective serves any number.
        most: pictures in a batch at most.

    Returns:
        The batches; all pictures are numbered in the order of the objectives.

    Raises:
        BadValue: no objective, or a count that does not fit.
    """
    if not objectives:
        raise BadValue("There is nothing to draw; give at least one objective.")
    counts = [pictures_of(objective) for objective in objectives]
    if count is not None:
        if len(objectives) > 1 or count < 1 or counts[0] not in (1, count):
            has = f"{sum(counts)} pictures" if sum(counts) > 1 else "one picture or more"
            raise BadValue(
                f"A batch of {count} pictures does not fit what is to be drawn, which is for "
                f"{has}; give the number of pictures, from 1."
            )
        counts = [count]
    groups: dict[Any, list[tuple[Objective, int, int]]] = {}
    first = 0
    for objective, own in zip(objectives, counts, strict=True):
        groups.setdefault(objective.structure, []).append((objective, own, first))
        first += own
    found = []
    for members in groups.values():
        index = [start + i for _, own, start in members for i in range(own)]
        whole = stacked([objective for objective, _, _ in members], [own for _, own, _ in members])
        parts = np.array_split(np.arange(len(index)), -(-len(index) // most))
        found += [Batch(picked(whole, part), tuple(index[i] for i in part)) for part in parts]
    return found


def pictures_of(objective: Objective) -> int:
    """Count the pictures that an objective holds numbers for, 1 when it serves any number.

    Raises:
        BadValue: its terms are for different numbers of pictures.
    """
    pairs = zip(objective.parameters, objective.ranks, strict=True)
    counts = {len(p) for p, rank in pairs if not isinstance(p, str) and np.ndim(p) > rank}
    if len(counts - {1}) > 1:
        raise BadValue(
            f"The terms of '{objective}' are for {' and '.join(map(str, sorted(counts)))} "
            "pictures; give all of them numbers for as many."
        )
    return max(counts, default=1)


def stacked(objectives: Sequence[Objective], counts: Sequence[int]) -> Objective:
    """Make one objective of several of the same structure, with one entry a picture.

    Args:
        objectives: of equal structure.
        counts: how many pictures each is for.
    """
    first = objectives[0]
    if len(objectives) == 1:
        return first
    if first.terms:
        columns = zip(*(objective.terms for objective in objectives), strict=True)
        return Objective.sum([stacked(column, counts) for column in columns])
    parameters = []
    for place, rank in enumerate(first.ranks):
        values = [np.asarray(objective.parameters[place]) for objective in objectives]
        same = all(v.ndim == rank and np.array_equal(v, values[0]) for v in values)
        rows = [
            np.repeat(
                v[None] if v.ndim == rank else v, n if v.ndim == rank or len(v) == 1 else 1, 0
            )
            for v, n in zip(values, counts, strict=True)
        ]
        parameters.append(values[0] if same else np.concatenate(rows))
    made = first.with_parameters(parameters)
    shown = list(dict.fromkeys(str(objective) for objective in objectives))
    more = f", ... ({len(shown)})" if len(shown) > 2 else ""
    return _renamed(made, ", ".join(shown[:2]) + more)


def picked(objective: Objective, rows: np.ndarray) -> Objective:
    """Keep some pictures' entries of an objective, all where it holds one for any number."""
    if objective.terms:
        return Objective.sum([picked(term, rows) for term in objective.terms])
    kept = [
        p[rows] if np.ndim(p) > rank and len(p) > 1 else p
        for p, rank in zip(objective.parameters, objective.ranks, strict=True)
    ]
    return objective.with_parameters(kept)


def _renamed(objective: Objective, description: str) -> Objective:
    from dataclasses import replace

    return replace(objective, description=description)
