"""The result of an attribution: signed, unreduced, and with the numbers to judge it by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrvis import arrays, images, plots
from attrvis.attribution import pictures
from attrvis.errors import BadValue
from attrvis.images import Frame
from attrvis.images.resizing import Resample

_KIND = "attribution"
_FLOOR = 1e-3
_SHOWN = 8
"""As many images at most are shown in a notebook."""
_NAMED = 3
"""As many targets at most are named in one line."""


@dataclass(frozen=True, eq=False, repr=False)
class Attribution:
    """How much each neuron (or pixel) contributed to an objective.

    Args:
        values: signed, of the shape of what is attributed, [B, ...].
        target: the objective, as a person reads it.
        layer: whose neurons; `input` for the pixels.
        baseline: what they were compared with, [B, ...]; None where with nothing.
        change: the objective at the photo minus the objective at the baseline, [B]; None where
            the method does not promise that its values add up to it.
        method: how it was made.
        seed: of its random draws.
        seconds: how long it took.
        evaluations: gradients computed, over all images.
        status: `ok`, `incomplete`, `no_gradient`, `nonfinite` or `interrupted`.
        settings: the method's hyper-parameters, and what it told beside its values.
        inputs: the values in the model's own structure of inputs, where all of them are explained
            together; not written to files.
        forwards: forward passes beside the gradients', over all images.
        positive: a map shows what speaks for the target alone, as class activation maps do.
        photos: the photos as the network saw them, float32 [B, H, W, C]; None where the method was
            called with a batch of its own.
        targets: what is explained of each image, as a person reads it, such as a class's label.
        frames: where each of them lies in the photo that was given, one an image, or none.
    """

    values: np.ndarray
    target: str
    layer: str
    baseline: np.ndarray | None
    change: np.ndarray | None
    method: str
    seed: int = 0
    seconds: float = 0.0
    evaluations: int = 0
    status: str = "ok"
    settings: dict[str, object] = field(default_factory=dict)
    inputs: Any = None
    forwards: int = 0
    positive: bool = False
    photos: np.ndarray | None = None
    targets: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()

    def __repr__(self) -> str:
        targets = list(dict.fromkeys(self.targets)) or [self.target]
        more = ", ..." if len(targets) > _NAMED else ""
        shape = "x".join(map(str, self.values.shape[1:]))
        with np.errstate(all="ignore"):
            gaps = self.relative_gap
        gap = f", gap {gaps.max():.2%}" if gaps.size and np.isfinite(gaps).all() else ""
        return (
            f"Attribution({len(self.values)} of {shape}, {', '.join(targets[:_NAMED])}{more} at "
            f"{self.layer} by {self.method}{gap}, {self.status}, {self.seconds:.1f} s)"
        )

    @property
    def gap(self) -> np.ndarray:
        """Sum of the values minus the objective's change, [B]; 0 when nothing is missing.

        NaN where the method does not promise that they are equal.
        """
        if self.change is None:
            return np.full(self.values.shape[0], np.nan)
        return _gaps(self.values, self.change)

    @property
    def relative_gap(self) -> np.ndarray:
        """The gap's size relative to the objective's change, [B], with an absolute floor."""
        return self.gap if self.change is None else relative_gaps(self.values, self.change)

    def heatmap(
        self, size: int | tuple[int, int] | None = None, how: Resample = "bilinear"
    ) -> np.ndarray:
        """Sum the contributions of each position's channels, [B, h, w], signed.

        A signal [B, T, C] gives [B, 1, T], a row of numbers [B, C] gives [B, 1, C]. Of methods
        that show what speaks for the target alone, negative sums are 0.

        Args:
            size: (height, width) to bring the maps to, or one number for both, such as those of
                the photo; default as they are.
            how: `bilinear` (default), `nearest`, `bicubic` or `box`.

        Raises:
            BadValue: no such size or way, or maps of volumes, which have no other size.
        """
        summed = self.values.sum(axis=-1) if self.values.ndim > 2 else self.values
        summed = np.maximum(summed, 0) if self.positive else summed
        maps = summed if summed.ndim > 2 else summed[:, None, :]
        return maps if size is None else pictures.enlarged(maps, size, how)

    def overlay(
        self,
        photo: Any = None,
        *,
        scale: float | plots.Range | None = None,
        strength: float = 0.8,
    ) -> np.ndarray:
        """Lay the maps over their photos: red speaks for the target, blue against it.

        A map with both signs is transparent at zero; one of one sign, as those of RISE, at its low
        percentile (see `attrvis.plots.range_of`).

        Args:
            photo: one photo for all maps, or one a map: paths, PIL images or arrays [H, W, 3];
                default those that the network saw. Of a photo in the size in which it was given,
                the map covers the part that the network saw.
            scale: the range of the colours, or the size with the darkest one on both sides of zero,
                the same for all; default each map's own.
            strength: opacity of the largest values in [0, 1], default 0.8.

        Returns:
            float32 [B, H, W, 3] in [0, 1].

        Raises:
            BadValue: there are no photos, or their number, a size or a value does not fit; or the
                values are of a layer without positions.
            ImageError: a photo cannot be read.
        """
        if self.values.ndim != 4:
            raise BadValue(
                f"The values at {self.layer!r} are {list(self.values.shape)} and have no places in "
                "a photo; draw them alone by plot(), or attribute a layer of maps."
            )
        if photo is None and self.photos is None:
            raise BadValue(
                "The attribution was made without photos by name, so it holds none to lie under "
                "the map; give overlay(photo)."
            )
        given: Any = self.photos if photo is None else photo
        alone = not isinstance(given, list | tuple) and getattr(given, "ndim", 3) != 4
        each = [given] * len(self.values) if alone else given
        channels = 3 if self.photos is None else self.photos.shape[-1]
        if channels != 4:  # then a fourth channel is transparency
            each = [images.read(p) if np.shape(p)[2:] == (4,) else p for p in each]
        made = pictures.overlays(self.heatmap(), each, self.frames, scale, strength)
        if len({one.shape for one in made}) > 1:
            raise BadValue("Photos of several sizes make no one batch; overlay them one by one.")
        return np.stack(made)

    def plot(self, columns: int = 4) -> Any:
        """Draw each photo, its map over it, and the range of its colours, as a matplotlib figure.

        Args:
            columns: panels in a row at most, default 4.

        Returns:
            A `matplotlib.figure.Figure`, which a notebook shows and `savefig` writes.

        Raises:
            OutputError: matplotlib is not installed.
        """
        title = f"{self.method} at {self.layer}"
        return plots.figure(self._panels(len(self.values)), columns=columns, title=title)

    def _repr_html_(self) -> str:
        drawn = self._panels(_SHOWN)
        left = len(self.values) - _SHOWN
        cost = f"gradients: {self.evaluations}, forward passes: {self.forwards}"
        note = f"{self.method} at {self.layer}\n{cost}, {self.seconds:.1f} s"
        note += f"; {left} more images" if left > 0 else ""
        captions = [f"{p[1]}, colours {p[2]}" if len(p) == 3 and p[2] else p[1] for p in drawn]
        return plots.figure_html([p[0] for p in drawn], captions, note=note)

    def _panels(self, count: int) -> list[plots.Panel]:
        """Draw the first images, each with its target, status and gap."""
        known = len(self.targets) == len(self.values)
        names = self.targets if known else [self.target] * len(self.values)
        with np.errstate(all="ignore"):
            gaps = self.relative_gap
        told = [f"{self.status}, gap {g:.2%}" if np.isfinite(g) else self.status for g in gaps]
        photos = None if self.photos is None or self.values.ndim != 4 else self.photos[:count]
        return pictures.panels(self.heatmap()[:count], photos, names[:count], told[:count])

    def channels(self) -> np.ndarray:
        """Sum the contributions of each channel's positions, [B, C], signed."""
        return self.values.sum(axis=tuple(range(1, self.values.ndim - 1)))

    def save(self, path: str | Path) -> None:
        """Write an `.npz` file.

        Raises:
            OutputError: the file cannot be written.
        """
        meta = {
            name: getattr(self, name)
            for name in (
                "target",
                "layer",
                "method",
                "seed",
                "evaluations",
                "forwards",
                "status",
                "positive",
                "settings",
            )
        }
        meta["seed"] = int(self.seed)
        meta["targets"] = list(self.targets)
        meta["frames"] = [frame.to_json() for frame in self.frames]
        every = {name: getattr(self, name) for name in ("values", "baseline", "change", "photos")}
        held = {name: array for name, array in every.items() if array is not None}
        arrays.save(path, held, kind=_KIND, meta=meta)

    @staticmethod
    def load(path: str | Path) -> Attribution:
        """Read what `save` wrote.

        Raises:
            AttrVisError: the file is missing, damaged or of another kind.
        """
        held, meta = arrays.load(path, kind=_KIND)
        missing = {"values", "target", "layer", "method"} - held.keys() - meta.keys()
        if missing:
            raise BadValue(f"The file '{path}' lacks {', '.join(sorted(missing))}; make it again.")
        targets = tuple(meta.pop("targets", ()))
        frames = tuple(Frame.from_json(frame) for frame in meta.pop("frames", ()))
        return Attribution(
            values=held["values"],
            baseline=held.get("baseline"),
            change=held.get("change"),
            photos=held.get("photos"),
            targets=targets,
            frames=frames,
            **meta,
        )


def relative_gaps(values: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Tell how much is missing of a change, relative to it, with an absolute floor.

    Args:
        values: [B, ...], what should add up to the change.
        change: [B].

    Returns:
        float64 [B].

    Example:
        >>> relative_gaps(np.array([[1.0, 2.0]]), np.array([4.0])).tolist()
        [0.25]
    """
    return np.abs(_gaps(values, change)) / np.maximum(np.abs(change), _FLOOR)


def _gaps(values: np.ndarray, change: np.ndarray) -> np.ndarray:
    axes = tuple(range(1, values.ndim))
    return values.sum(axis=axes, dtype=np.float64) - change
