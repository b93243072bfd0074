"""What a batch begins with, fresh or as an earlier run left it, and what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from attrvis import optimise
from attrvis.errors import BadValue
from attrvis.rendering.result import Rendering


def beginning(
    held: Mapping[str, np.ndarray], rows: Sequence[int], shared: frozenset[str], slots: int
) -> tuple[optimise.Variables, dict[str, tuple[tf.Tensor, ...]], int]:
    """Take up the variables of an earlier run.

    Args:
        held: its state.
        rows: which of its pictures go on here.
        shared: names of the variables that all pictures share.
        slots: how many arrays the optimiser keeps of a variable.

    Returns:
        The variables, what the optimiser kept, and how many steps were made.

    Raises:
        BadValue: it holds no variables.
    """
    if "step" not in held:
        raise BadValue(
            "This rendering holds no variables to go on from; give one that render made, or "
            "one loaded from .npz."
        )

    def own(name: str, variable: str) -> tf.Tensor:
        value = tf.constant(held[name])
        return value if variable in shared else tf.gather(value, list(rows))

    names = [n.removeprefix("variable-") for n in held if n.startswith("variable-")]
    variables = {n: own(f"variable-{n}", n) for n in names}
    kept = {
        n: tuple(own(f"slot-{i}-{n}", n) for i in range(slots))
        for n in names
        if f"slot-0-{n}" in held
    }
    return variables, kept, int(held["step"])


def memory(
    shapes: Mapping[str, tuple[int, ...]], rows: Sequence[int], start: Rendering | None
) -> dict[str, tf.Variable]:
    """Make what an objective remembers, as an earlier run left it, one row a view.

    Args:
        shapes: of what it remembers, by name.
        rows: which pictures of the earlier run go on here.
        start: that run, or None.
    """
    held = start.state if start is not None else {}
    made = {}
    for name, shape in shapes.items():
        kept = held.get(f"memory-{name}")
        value = np.zeros(shape, np.float32) if kept is None else kept[list(rows)].reshape(shape)
        made[name] = tf.Variable(value, trainable=False)
    return made


def trace(shape: Sequence[int], rows: Sequence[int], start: Rendering | None) -> np.ndarray:
    """Give the sums of gradients before the first step: an earlier run's, or zeros.

    Args:
        shape: of the pictures, [B, *size, C].
        rows: which pictures of the earlier run go on here.
        start: that run, or None.
    """
    if start is not None and start.trace is not None:
        return start.trace[list(rows)]
    return np.zeros(shape, np.float32)


def state(
    variables: optimise.Variables,
    own: Mapping[str, tuple[tf.Tensor, ...]],
    remembered: Mapping[str, tf.Variable],
    pictures: int,
    step: int,
    size: tuple[int, ...],
) -> dict[str, np.ndarray]:
    """Write down what another run needs to go on from here, by name.

    Args:
        variables: the last ones.
        own: what the optimiser kept.
        remembered: what the objective remembers.
        pictures: how many there are.
        step: how many steps were made.
        size: of the pictures that the variables are of.
    """
    held = {f"variable-{name}": np.asarray(value) for name, value in variables.items()}
    for name, slots in own.items():
        held |= {f"slot-{i}-{name}": np.asarray(slot) for i, slot in enumerate(slots)}
    for name, value in remembered.items():  # the pictures as first axis, and their views second
        held[f"memory-{name}"] = np.asarray(value).reshape(pictures, -1, *value.shape[1:])
    return {**held, "step": np.asarray(step), "size": np.asarray(size)}
