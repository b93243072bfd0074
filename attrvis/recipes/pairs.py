"""How two units go together: a grid of their mixtures, and a way from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import Objective, alignment
from attrvis.param import SharedImage
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.mixture import Mixture, opaque, with_shared
from attrvis.recipes.plate import Plate
from attrvis.recipes.strength import goal_of, reach, scored
from attrvis.rendering import Rendering, render


@checked_kinds
def interaction(
    net: Network,
    first: str | Objective,
    second: str | Objective,
    *,
    cells: int = 5,
    low: float = -1.0,
    aligned: bool = True,
    panel: int = 140,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw mixtures of two units, from `low` to 1 of the first across and of the second upwards.

    Both are measured in what each reaches when it is drawn alone, so that units of any layers mix
    evenly.

    Args:
        net: the network.
        first: an objective, or a string such as `mixed4d:42`; its weight grows from left to right.
        second: the other one; its weight grows upwards.
        cells: along each side, at least 2; with an odd number the middle one asks for nothing, and
            shows what all share.
        low: the least weight, below 1; 0 leaves out the mixtures that silence a unit.
        aligned: whether the pictures share parts, one for each unit and sign and one for all, so
            that neighbours look alike; else each is drawn on its own.
        panel: height of a panel in pixels.
        seed: the first picture's; the i-th starts from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The grid, each picture as a part `row-column`, from the top left; the values `weights`
        [2, cells, cells] and `reached`, of the same shape, in units of what each reaches alone.

    Raises:
        UnknownName: no such layer or label.
        BadValue: fewer than two cells, or a weight that is not below 1.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017 (interaction of neurons).

    Example:
        >>> from attrvis.networks import load
        >>> plate = interaction(load("embedded"), "mixed4c:3", "mixed4c:9", cells=2, steps=2)
        >>> plate.values["weights"][0].tolist()
        [[-1.0, 1.0], [-1.0, 1.0]]
    """
    if cells < 2:
        raise BadValue(f"A grid has at least 2 cells a side, not {cells}.")
    if not -np.inf < low < 1:
        raise BadValue(f"The least weight is below 1, not {low}.")
    goals = [goal_of(net, first), goal_of(net, second)]
    scales = reach(net, goals, seed=seed, **drawing)
    axis = np.linspace(low, 1.0, cells)
    weights = np.stack([np.tile(axis, (cells, 1)), np.tile(axis[::-1, None], (1, cells))])
    across, upwards = weights.reshape(2, -1)
    mixed = across / scales[0] * goals[0] + upwards / scales[1] * goals[1]
    if aligned:
        signed = [np.maximum(sign * w, 0.0) for w in (across, upwards) for sign in (1, -1)]
        shares = np.stack([*signed, np.ones_like(across)], axis=1)
        drawing = with_shared(net, Mixture(Data(shares), opaque(net)), drawing)
    drawn = render(net, mixed, **{**drawing, "seed": seed, "batch": cells * cells})
    reached = scored(net, drawn.images, goals) / scales[:, None]
    shown = drawn.on_grey()
    panels = [
        (shown[i], f"{_signed(across[i])}, {_signed(upwards[i])}\n{_shares(reached[:, i])}")
        for i in range(len(shown))
    ]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=cells,
        title=f"{goals[0]} to the right, {goals[1]} upwards",
        facts={
            **_facts("interaction", goals, scales, drawn),
            "cells": cells,
            "low": low,
            "aligned": aligned,
        },
        parts={f"{i // cells}-{i % cells}": rgba for i, rgba in enumerate(drawn.rgba)},
        values={
            "rgba": drawn.rgba,
            "weights": weights,
            "reached": reached.reshape(2, cells, cells),
        },
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


@checked_kinds
def interpolation(
    net: Network,
    first: str | Objective,
    second: str | Objective,
    *,
    count: int = 6,
    aligned: bool = True,
    strength: float = 2.0,
    panel: int = 200,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw a way from one unit to another, in pictures that change little by little.

    Picture i of n maximises `(1 - w)` of the first and `w` of the second, `w = i / (n - 1)`, both
    in units of what each reaches alone. Aligned pictures share coarse tensors and lose what their
    neighbours differ by.

    Args:
        net: the network.
        first: an objective, or a string such as `mixed4d:42`.
        second: the other end.
        count: of pictures, at least 2.
        aligned: whether the pictures are made to agree; else each is drawn on its own.
        strength: of the wish to agree, from 0, default 2, for mean squared differences of colours
            in [0, 1].
        panel: height of a panel in pixels.
        seed: the first picture's; the i-th starts from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The row of pictures, each as a part; the values `reached`, [2, count], in units of what
        each reaches alone, and `steps`, [count - 1], the root mean squared differences of
        neighbours.

    Raises:
        UnknownName: no such layer or label.
        BadValue: fewer than two pictures, or a negative strength.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018
    (aligned interpolation).

    Example:
        >>> from attrvis.networks import load
        >>> plate = interpolation(load("embedded"), "mixed4c:3", "mixed4c:9", count=3, steps=2)
        >>> sorted(plate.parts)
        ['between-0', 'between-1', 'between-2']
    """
    if count < 2:
        raise BadValue(f"A way from one unit to another has at least 2 pictures, not {count}.")
    if not 0 <= strength < float("inf"):
        raise BadValue(f"The strength of {strength} is outside its range; use 0 or more.")
    goals = [goal_of(net, first), goal_of(net, second)]
    scales = reach(net, goals, seed=seed, **drawing)
    share = np.linspace(0.0, 1.0, count)
    mixed = (1 - share) / scales[0] * goals[0] + share / scales[1] * goals[1]
    if aligned:
        mixed = mixed + strength * alignment("image")
        drawing = with_shared(net, SharedImage(opaque(net)), drawing)
    drawn = render(net, mixed, **{**drawing, "seed": seed, "batch": count})
    reached = scored(net, drawn.images, goals) / scales[:, None]
    shown = drawn.on_grey()
    steps = np.square(np.diff(drawn.images, axis=0))
    apart = np.sqrt(steps.reshape(count - 1, -1).mean(axis=1))
    panels = [
        (shown[i], f"{1 - share[i]:.2g} and {share[i]:.2g}\n{_shares(reached[:, i])}")
        for i in range(count)
    ]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=count,
        title=f"From {goals[0]} to {goals[1]}",
        facts={
            **_facts("interpolation", goals, scales, drawn),
            "aligned": aligned,
            "strength": strength,
            "mean_step": round(float(apart.mean()), 4),
        },
        parts={f"between-{i}": rgba for i, rgba in enumerate(drawn.rgba)},
        values={"rgba": drawn.rgba, "reached": reached, "steps": apart},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _facts(
    recipe: str, goals: list[Objective], scales: np.ndarray, drawn: Rendering
) -> Mapping[str, Any]:
    return {
        "recipe": recipe,
        "units": [str(goal) for goal in goals],
        "reach_alone": np.round(scales, 4).tolist(),
        "seconds": drawn.seconds,
        "settings": dict(drawn.settings),
    }


def _signed(weight: float) -> str:
    return "0" if abs(weight) < 1e-9 else f"{weight:+.2g}"


def _shares(reached: np.ndarray) -> str:
    return f"reaches {reached[0]:.2f}, {reached[1]:.2f}"
