"""How far goals can be driven, so that one weight serves every network, layer and unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, warn
from attrvis.networks import Network
from attrvis.objectives import Objective, as_objective
from attrvis.rendering import render
from attrvis.rendering.checks import whole

_PILOT = 96
_PASSED = ("background", "optimizer", "precision", "progress", "rule", "size", "transforms")
_SILENT = 1e-6
_ROWS = 16
_OWN = ("alpha", "image", "input", "progress", "transformed")


def goal_of(net: Network, given: Any) -> Objective:
    """Make one objective for one picture of what was given, with the network's labels.

    Args:
        net: the network.
        given: an objective, or a string such as `mixed4d:42`.

    Returns:
        The objective.

    Raises:
        UnknownName: no such layer or label.
        BadValue: no objective, or one that is for several pictures.

    Example:
        >>> from attrvis.networks import load
        >>> goal_of(load("embedded"), "mixed5a:3").layers
        ('mixed5a',)
    """
    goal = as_objective(given).with_labels(net.class_index)
    pairs = zip(goal.parameters, goal.ranks, strict=True)
    if any(not isinstance(p, str) and np.ndim(p) > rank for p, rank in pairs):
        raise BadValue(f"'{goal}' is for several pictures; give one unit here.")
    for name in goal.layers:
        if name not in _OWN:
            net.layer(name)
    return goal


def reach(net: Network, goals: Sequence[Objective], *, seed: int = 0, **drawing: Any) -> np.ndarray:
    """Tell how large each goal becomes when it is drawn alone for a few steps.

    Args:
        net: the network.
        goals: objectives of one picture each.
        seed: of the drawing.
        drawing: what `attrvis.render` takes; only that which changes the size of an objective is
            used, and 96 steps at most.

    Returns:
        float64 [goals], above 0: the magnitudes on the pictures, as they are. A goal that stays
        at 0 counts as 1, with a warning.

    Raises:
        KeyboardInterrupt: the drawing was interrupted.

    Example:
        >>> from attrvis.networks import load
        >>> from attrvis.objectives import channel
        >>> bool(reach(load("embedded"), [channel("mixed3a", 5)], steps=12)[0] > 0)
        True
    """
    kept = {name: drawing[name] for name in _PASSED if name in drawing}
    steps = min(_PILOT, whole(drawing.get("steps", _PILOT), "The number of steps"))
    drawn = render(net, list(goals), seed=seed, steps=steps, **kept)
    if drawn.status == "interrupted":
        raise KeyboardInterrupt
    found = np.abs(np.diagonal(scored(net, drawn.images, goals)).astype(np.float64))
    for i in np.flatnonzero(found < _SILENT).tolist():
        warn(
            f"'{goals[i]}' stays at 0 in {steps} steps of drawing, so its weight is a guess; "
            "choose a unit that answers, or draw for longer.",
        )
    return np.where(found < _SILENT, 1.0, found)


def scored(net: Network, pictures: np.ndarray, goals: Sequence[Objective]) -> np.ndarray:
    """Evaluate goals on finished pictures, as they are.

    Args:
        net: the network.
        pictures: [B, h, w, C] in [0, 1].
        goals: objectives that read layers, or the picture.

    Returns:
        float32 [goals, B].

    Example:
        >>> from attrvis.networks import load
        >>> from attrvis.objectives import channel
        >>> goals = [channel("mixed3a", 1), channel("mixed3a", 2)]
        >>> scored(load("embedded"), np.zeros((3, 64, 64, 3), np.float32), goals).shape
        (2, 3)
    """
    layers = list(dict.fromkeys(n for goal in goals for n in goal.layers if n not in _OWN))
    trunk = net.exact.trunk(layers, pictures.shape[1:-1]) if layers else None
    found = []
    for start in range(0, len(pictures), _ROWS):
        rows = tf.constant(pictures[start : start + _ROWS], tf.float32)
        readings = {"input": rows, "image": rows, **(trunk(rows) if trunk else {})}
        each = [tf.broadcast_to(goal(readings), [len(rows)]) for goal in goals]
        found.append(np.stack([np.asarray(one, np.float32) for one in each]))
    return np.concatenate(found, axis=1)
