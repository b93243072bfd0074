"""Several inputs as one row of numbers, so that all of them can be explained together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue

ALL = "*"
"""What `input=` is given to explain all inputs at once."""


@dataclass(frozen=True, eq=False)
class Packing:
    """How a model's inputs lie side by side in a row.

    Args:
        structure: the model's own structure of inputs: a list, a tuple, a dict, or nests of those.
        names: of the inputs, in the order of the flattened structure.
        shapes: of one example of each.

    Example:
        >>> packing = Packing({"a": 0, "b": 0}, ("a", "b"), ((2,), (1, 1)))
        >>> packing.pack({"a": [[1.0, 2.0]], "b": [[[3.0]]]}).numpy().tolist()
        [[1.0, 2.0, 3.0]]
    """

    structure: Any
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def lengths(self) -> list[int]:
        """How many numbers one example of each input has."""
        return [math.prod(shape) for shape in self.shapes]

    def pack(self, given: Any) -> tf.Tensor:
        """Lay a batch of inputs out as rows, float32 [B, N].

        Args:
            given: tensors or arrays [B, ...] in the model's own structure.

        Raises:
            BadValue: another structure, or an input of another shape.
        """
        try:
            tf.nest.assert_same_structure(self.structure, _leaves(given, self.structure))
        except (TypeError, ValueError):
            raise BadValue(
                f"The inputs are {', '.join(self.names)}, as {_described(self.structure)}; give "
                "them in the same structure."
            ) from None
        rows = []
        flat = tf.nest.flatten(_leaves(given, self.structure))
        for name, shape, leaf in zip(self.names, self.shapes, flat, strict=True):
            value = tf.cast(tf.convert_to_tensor(leaf.value), tf.float32)
            if value.shape.rank != len(shape) + 1 or not value.shape[1:].is_compatible_with(shape):
                raise BadValue(f"The input {name!r} takes [B, {_sides(shape)}], not {value.shape}.")
            rows.append(tf.reshape(value, [-1, math.prod(shape)]))
        counts = {row.shape[0] for row in rows}
        if len(counts) > 1:
            raise BadValue(f"The inputs hold {sorted(map(str, counts))} examples; give as many.")
        return tf.concat(rows, axis=1)

    def unpack(self, rows: Any) -> Any:
        """Bring rows [B, N] back into the model's own structure, each [B, ...]."""
        parts = []
        first = 0
        for length, shape in zip(self.lengths, self.shapes, strict=True):
            part = rows[:, first : first + length]
            reshape = np.reshape if isinstance(rows, np.ndarray) else tf.reshape
            parts.append(reshape(part, (-1, *shape)))
            first += length
        return tf.nest.pack_sequence_as(self.structure, parts)


@dataclass(frozen=True, eq=False)
class _Leaf:
    """Keeps a list of numbers from being taken for structure."""

    value: Any


def _leaves(given: Any, structure: Any) -> Any:
    if isinstance(structure, dict) and isinstance(given, dict):
        return {name: _leaves(part, structure.get(name)) for name, part in given.items()}
    if isinstance(structure, list | tuple) and isinstance(given, list | tuple):
        if len(structure) == len(given):
            return type(structure)(map(_leaves, given, structure))
        return [_Leaf(part) for part in given]
    return _Leaf(given)


def _described(structure: Any) -> str:
    return f"a {type(structure).__name__}" if tf.nest.is_nested(structure) else "one tensor"


def _sides(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
