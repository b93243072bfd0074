"""What every recipe gives: one finished picture, its parts, and what made them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrvis import __version__, arrays, folders, images
from attrvis.plots import Panel
from attrvis.plots import sheet as laid_out
from attrvis.plots.figures import figure_html

_WIDEST = 1200

MARKER = "plate.json"
"""The file by which a folder is known to be a plate's."""


@dataclass(frozen=True, eq=False)
class Plate:
    """A finished picture made of others.

    Args:
        picture: RGB [H, W, 3] in [0, 1].
        facts: what made it and what was found, fit for JSON.
        parts: single pictures by name (letters, digits, `-` and `_`), RGB or RGBA [h, w, 3 or 4].
        values: arrays by name, to go on with.
        status: `ok` or `interrupted`.
    """

    picture: np.ndarray
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    status: str = "ok"

    @staticmethod
    def of_panels(
        panels: Sequence[Panel], *, size: int = 200, columns: int = 4, title: str = "", **more: Any
    ) -> Plate:
        """Lay panels out as a sheet; `more` goes to the plate.

        Args:
            panels: (picture, caption) pairs, as `attrvis.plots.sheet` takes them.
            size: height of each in pixels; less than 40 is taken for 40.
            columns: how many side by side.
            title: a line above all.
            more: `facts`, `parts`, `values` and `status`.
        """
        # A refusal here would come after all the work.
        made = laid_out(panels, size=max(size, 40), columns=max(columns, 1), title=title)
        return Plate(made, **more)

    def __repr__(self) -> str:
        high, wide = self.picture.shape[:2]
        return f"Plate({wide}x{high}, {len(self.parts)} parts, {self.status})"

    def save(self, path: str | Path) -> None:
        """Write a folder: `picture.png`, each part, `values.npz` and `plate.json`.

        Args:
            path: the folder; it appears whole or not at all, and replaces a former plate.

        Raises:
            OutputError: it cannot be written, or holds something else.
        """
        facts = {"format": 1, "attrvis": __version__, "status": self.status, **self.facts}
        text = json.dumps(facts, indent=2, allow_nan=False, default=_plain) + "\n"
        with folders.staged(path, marker=MARKER) as folder:
            images.write_png(folder / "picture.png", self.picture, {"plate": text})
            for name, part in self.parts.items():
                images.write_png(folder / f"{name}.png", part)
            if self.values:
                arrays.save(folder / "values.npz", dict(self.values), kind="plate")
            folders.write_file(folder / MARKER, text.encode())

    def _repr_html_(self) -> str:
        caption = f"{self.facts.get('recipe', 'plate')}\n{len(self.parts)} parts, {self.status}"
        return figure_html(
            [self.picture], [caption], size=min(max(self.picture.shape[:2]), _WIDEST)
        )


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
