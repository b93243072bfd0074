"""What a layer of a network is called and looks like."""

from __future__ import annotations

from dataclasses import dataclass


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
