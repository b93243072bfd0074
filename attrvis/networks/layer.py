"""What a layer of a network is called and looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DRAWABLE = frozenset(
    ["Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softplus", "ConcatV2", "Add", "AddV2", "Mul"]
    # A product is what Swish and gates end in.
)


_BETWEEN = re.compile(r"\.in$|norm|(^|[_/])bn([_\d/]|$)", re.IGNORECASE)
"""Inputs of layers, and normalisations on the way to an activation."""


@dataclass(frozen=True)
class Layer:
    """A layer: its name, its shape (batch axis None), its op, and the axis of its units."""

    name: str
    shape: tuple[int | None, ...]
    kind: str
    unit_axis: int = -1

    @property
    def spatial(self) -> bool:
        """Whether the layer is a map of positions by channels."""
        return len(self.shape) == 4

    @property
    def drawable(self) -> bool:
        """Whether pictures of its units are worth drawing: a map of several units and positions."""
        if not self.spatial or self.kind not in _DRAWABLE or _BETWEEN.search(self.name):
            return False
        rows, columns, units = self.shape[1], self.shape[2], self.shape[self.unit_axis]
        return (rows is None or rows > 1) and (columns is None or columns > 1) and (units or 0) > 3
