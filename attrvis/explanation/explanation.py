"""The result of the main job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import unknown
from attrvis.explanation import folder, pictures
from attrvis.images import Frame, composite, resize
from attrvis.plots.figures import figure_html
from attrvis.rendering import Rendering


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Which neurons of a layer contributed to a prediction, and what they look for.

    Args:
        photo: the photo as the network saw it, [h, w, 3].
        frame: how it was fitted, to bring maps back to the photo's own pixels.
        original: the whole photo at its own size, or None after loading.
        baseline: what the photo was compared with.
        attribution: the contributions of the layer's neurons.
        channels: the channels that were kept, strongest first.
        rendering: the pictures: all kept channels together, then each group by itself.
        groups: the channels of each group.
        facts: the numbers, as `explanation.json` holds them.
    """

    photo: np.ndarray
    frame: Frame
    original: np.ndarray | None
    baseline: Baseline
    attribution: Attribution
    channels: np.ndarray
    rendering: Rendering
    groups: tuple[np.ndarray, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"Explanation({', '.join(self.attribution.targets) or self.attribution.target} at "
            f"{self.attribution.layer}, {len(self.channels)} channels, {self.status})"
        )

    @property
    def status(self) -> str:
        """`ok`, `interrupted`, `incomplete` or what else needs a look."""
        return str(self.facts["status"])

    @property
    def picture(self) -> np.ndarray:
        """What the contributing neurons look for, on grey, [h, w, 3]."""
        return composite(self.rendering.rgba[0], pictures.GREY)

    @property
    def mask(self) -> np.ndarray:
        """How opaque the picture is, [h, w]."""
        return self.rendering.alpha[0, ..., 0]

    @property
    def heatmap(self) -> np.ndarray:
        """The contributions of each position of the layer, [rows, columns], signed."""
        return self.attribution.heatmap()[0]

    def in_photo(self, name: str) -> np.ndarray:
        """Bring a map into the photo's own pixels; what the network did not see stays empty.

        Args:
            name: `picture` (RGBA), `mask` or `heatmap`.

        Returns:
            [H, W] or [H, W, 4] at the photo's own size.

        Raises:
            UnknownName: another name.
        """
        made = {
            "picture": lambda: self.rendering.rgba[0],
            "mask": lambda: self.mask,
            "heatmap": lambda: resize(self.heatmap, self.frame.network),
        }
        if name not in made:
            raise unknown("map", name, made)
        return self.frame.to_photo(made[name]())

    def save(self, path: str | Path) -> None:
        """Write the result folder, whole or not at all; a former result there is replaced.

        Raises:
            OutputError: the folder cannot be written, or holds something else.
        """
        shown = pictures.all_pictures(
            self.photo,
            self.original,
            self.frame,
            self.heatmap,
            self.rendering,
            self.groups,
            self.facts,
        )
        folder.write(
            Path(path),
            self.facts,
            shown,
            self.attribution,
            self.baseline,
            self.rendering,
            self.channels,
            self.groups,
        )

    @staticmethod
    def load(path: str | Path) -> Explanation:
        """Read what `save` wrote.

        Raises:
            AttrVisError: the folder or a file in it is missing or damaged.
        """
        return Explanation(**folder.read(Path(path)))

    def _repr_html_(self) -> str:
        panels = pictures.panels(self.photo, self.heatmap, self.rendering, self.groups, self.facts)
        shown, captions = [panel[0] for panel in panels], [panel[1] for panel in panels]
        return figure_html(shown, captions, note=f"status: {self.status}")
