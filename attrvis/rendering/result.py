"""Pictures that were drawn, and what is known about them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from attrvis import arrays
from attrvis import images as pictures
from attrvis.errors import BadValue
from attrvis.param import Parameterisation
from attrvis.plots import sheet as drawn_sheet
from attrvis.plots import visible
from attrvis.plots.figures import figure_html
from attrvis.rendering.batches import Batch
from attrvis.rendering.films import write_film

GREY = 0.55
"""What transparent parts are laid over when a picture is shown."""

_PANEL = 200
_SHOWN = 48
_FILMS = (".gif", ".mp4", ".webm", ".mov")
_KIND = "rendering-run"
_VARIABLE = "variable-"


@dataclass(frozen=True, eq=False)
class Rendering:
    """Pictures that were drawn.

    Args:
        images: [B, *size, C] in [0, 1]: RGB, or as many channels as the network takes.
        alpha: the masks, [B, *size, 1] in [0, 1]; ones where the image has no alpha.
        history: each term of the objective over the steps, [steps, B]; NaN where a picture has no
            such term.
        settings: what made the pictures.
        seconds: how long it took.
        status: `ok`, `converged`, `interrupted` or `nonfinite`.
        frames: step -> the pictures after it, [B, *size, C] or with alpha as a last channel.
        state: the variables and what the optimiser kept, by name, to go on from; and the step.
        param: the parameterisation that decodes the variables; None where it was read from a file.
        trace: the sizes of the gradients at the pictures, summed up over the steps, [B, *size, C];
            None where that was not asked for.
    """

    images: np.ndarray
    alpha: np.ndarray
    history: Mapping[str, np.ndarray] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    seconds: float = 0.0
    status: str = "ok"
    frames: Mapping[int, np.ndarray] = field(default_factory=dict)
    state: Mapping[str, np.ndarray] = field(default_factory=dict)
    param: Parameterisation | None = None
    trace: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.images.shape[1:]))
        return f"Rendering({len(self)} of {shape}, {self.status}, {self.seconds:.1f} s)"

    @property
    def names(self) -> list[str]:
        """What each picture shows, in words."""
        known = self.settings.get("objectives")
        given = [str(name) for name in known] if isinstance(known, list | tuple) else []
        return given if len(given) == len(self) else [f"picture {i}" for i in range(len(self))]

    @property
    def rgba(self) -> np.ndarray:
        """The pictures with their masks as a last channel, [B, *size, C + 1]."""
        return np.concatenate([self.images, self.alpha], axis=-1)

    @property
    def values(self) -> np.ndarray:
        """The objective of each picture at the last step, [B]; NaN where there was no step."""
        whole = self.history.get("objective")
        return np.full(len(self), np.nan) if whole is None or not len(whole) else whole[-1]

    def on_grey(self, grey: float = GREY) -> np.ndarray:
        """Lay the pictures over one grey: RGB, [B, h, w, 3]."""
        return np.stack([pictures.composite(rgba, grey) for rgba in self._shown(self.rgba)])

    def at(self, size: int | Sequence[int], param: Parameterisation | None = None) -> Rendering:
        """Decode the variables at another size: a CPPN is sharp at any, others are interpolated.

        Args:
            size: in pixels, one for all sides or one a side.
            param: the parameterisation, where the rendering was read from a file.

        Returns:
            The pictures of that size, with the history and the settings, but nothing to go on from.

        Raises:
            BadValue: no variables are held, no parameterisation is known, or a size that cannot be.

        Example:
            >>> from attrvis import load, render
            >>> drawn = render(load("embedded"), "mixed4a:3", image="cppn", size=32, steps=1)
            >>> drawn.at((48, 64)).images.shape
            (1, 48, 64, 3)
        """
        decoder = self.param if param is None else param
        names = [n for n in self.state if n.startswith(_VARIABLE)]
        if decoder is None or not names:
            raise BadValue(
                "The pictures cannot be made anew without their variables and parameterisation; "
                "keep the rendering that render gave, or hand over param= with one from .npz."
            )
        own = tuple(int(side) for side in self.state["size"])
        sides = (size,) * len(own) if isinstance(size, int) else tuple(size)
        if len(sides) != len(own) or min(sides) < 1:
            raise BadValue(f"The size {size} does not fit pictures of {len(own)} sides from 1 up.")
        held = {n.removeprefix(_VARIABLE): tf.constant(self.state[n]) for n in names}
        made = np.asarray(decoder.image(decoder.resized(held, own, sides), sides))
        alpha = made[..., -1:] if decoder.transparent else np.ones_like(made[..., :1])
        colours = made[..., :-1] if decoder.transparent else made
        if colours.shape[-1] != self.images.shape[-1]:
            colours = np.repeat(colours, self.images.shape[-1], axis=-1)
        settings = {**self.settings, "shown_at": list(sides)}
        shown = replace(self, images=colours, alpha=alpha, settings=settings)
        return replace(shown, frames={}, state={}, param=None, trace=None)

    def sheet(self, columns: int | None = None) -> np.ndarray:
        """Lay all pictures side by side with their names, RGB [H, W, 3] in [0, 1].

        Args:
            columns: how many side by side; default as near to a square as it goes.
        """
        across = columns or math.ceil(math.sqrt(len(self)))
        panels = list(zip(self.on_grey(), self.names, strict=True))
        return drawn_sheet(panels, size=_PANEL, columns=across)

    def save(self, path: str | Path) -> None:
        """Write the pictures, everything, or the film of the run, as the file's ending says.

        Args:
            path: `.png`: one file a picture, with its settings as metadata; several get `-0`, `-1`,
                and so on. `.npz`: all of it, for `Rendering.load`. `.gif`, `.mp4`: the frames.

        Raises:
            BadValue: another ending, or a film of a run without frames.
            OutputError: a file cannot be written.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".npz":
            arrays.save(path, self._arrays(), kind=_KIND, meta=self._meta())
        elif suffix in _FILMS:
            write_film(path, self.film())
        elif suffix == ".png":
            text = {str(name): str(value) for name, value in self.settings.items()}
            for i, rgba in enumerate(self._shown(self.rgba)):
                one = path if len(self) == 1 else path.with_stem(f"{path.stem}-{i}")
                pictures.write_png(one, rgba, {**text, "picture": self.names[i]})
        else:
            raise BadValue(
                f"A rendering is not written as {suffix or 'a file without an ending'}; use .png, "
                ".npz, .gif or .mp4."
            )

    @staticmethod
    def load(path: str | Path) -> Rendering:
        """Read what `save` wrote to a `.npz` file.

        Raises:
            BadValue: the file is missing, damaged or holds something else.
        """
        held, meta = arrays.load(path, kind=_KIND)
        names, settings = list(meta["terms"]), dict(meta["settings"])
        return Rendering(
            held["images"],
            held["alpha"],
            {name: held[f"history-{i}"] for i, name in enumerate(names)},
            settings,
            float(meta["seconds"]),
            str(meta["status"]),
            {int(n[6:]): v for n, v in held.items() if n.startswith("frame-")},
            {n[6:]: v for n, v in held.items() if n.startswith("state-")},
            trace=held.get("trace"),
        )

    def film(self) -> np.ndarray:
        """Lay the frames of the run over grey, RGB [N, H, W, 3]; several pictures side by side.

        Raises:
            BadValue: the run kept no frames.
        """
        if not self.frames:
            raise BadValue("This run kept no frames; render with snapshots=24, say.")
        size = self._shown(self.rgba[:1]).shape[1:3]
        shown = []
        for step in sorted(self.frames):
            frame = self.frames[step]
            if frame.shape[-1] == self.images.shape[-1]:  # opaque
                frame = np.concatenate([frame, np.ones_like(frame[..., :1])], axis=-1)
            rows = [pictures.composite(one, GREY) for one in self._shown(frame)]
            rows = [pictures.resize(row, size, resample="bilinear") for row in rows]
            shown.append(np.concatenate(rows, axis=1))
        return np.stack(shown)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {
            "images": self.images,
            "alpha": self.alpha,
            **{f"history-{i}": v for i, v in enumerate(self.history.values())},
            **{f"frame-{step}": v for step, v in self.frames.items()},
            **{f"state-{name}": v for name, v in self.state.items()},
            **({} if self.trace is None else {"trace": self.trace}),
        }

    def _meta(self) -> dict[str, object]:
        return {
            "terms": list(self.history),
            "settings": dict(self.settings),
            "seconds": self.seconds,
            "status": self.status,
        }

    @staticmethod
    def _shown(images: np.ndarray) -> np.ndarray:
        """Make RGBA of whatever was drawn."""
        return visible(images)

    def _repr_html_(self) -> str:
        values = [f"\n{value:.4g}" if np.isfinite(value) else "" for value in self.values]
        captions = [name + value for name, value in zip(self.names, values, strict=True)][:_SHOWN]
        more = f"{len(self) - _SHOWN} more; " if len(self) > _SHOWN else ""
        note = f"{more}{self.status}, {self.seconds:.1f} s"
        return figure_html(list(self.on_grey()[:_SHOWN]), captions, note=note)


def joined(
    parts: Sequence[tuple[Batch, Rendering]],
    count: int,
    settings: Mapping[str, object],
    seconds: float,
) -> Rendering:
    """Put the pictures of several batches into their order.

    Args:
        parts: the batches and what was drawn.
        count: of all pictures.
        settings: of the whole.
        seconds: that it took.
    """
    first = parts[0][1]
    if len(parts) == 1:
        return replace(first, settings=settings, seconds=seconds)

    def ordered(values: Sequence[np.ndarray]) -> np.ndarray:
        made = np.empty((count, *values[0].shape[1:]), values[0].dtype)
        for (part, _), value in zip(parts, values, strict=True):
            made[list(part.index)] = value
        return made

    names = dict.fromkeys(name for _, drawn in parts for name in drawn.history)
    steps = max((len(v) for _, drawn in parts for v in drawn.history.values()), default=0)
    history = {name: np.full((steps, count), np.nan, np.float32) for name in names}
    for part, drawn in parts:
        for name, values in drawn.history.items():
            history[name][: len(values), list(part.index)] = values
    statuses = [drawn.status for _, drawn in parts]
    worst = next((s for s in ("interrupted", "nonfinite", "converged") if s in statuses), "ok")
    frames = set.intersection(*(set(drawn.frames) for _, drawn in parts))
    # Batches that stopped at different steps or sizes cannot be gone on with as one.
    whole = all(
        set(drawn.state) == set(first.state)
        and all(np.array_equal(drawn.state[n], first.state[n]) for n in ("step", "size"))
        for _, drawn in parts
        if first.state
    )
    state = {
        name: ordered([drawn.state[name] for _, drawn in parts])
        for name in (first.state if whole else ())
        if name not in ("step", "size")
    }
    if state:
        state |= {name: first.state[name] for name in ("step", "size")}
    traces = [drawn.trace for _, drawn in parts if drawn.trace is not None]
    return Rendering(
        ordered([drawn.images for _, drawn in parts]),
        ordered([drawn.alpha for _, drawn in parts]),
        history,
        settings,
        seconds,
        worst,
        {step: ordered([drawn.frames[step] for _, drawn in parts]) for step in sorted(frames)},
        state,
        first.param,
        ordered(traces) if len(traces) == len(parts) else None,
    )
