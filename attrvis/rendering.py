"""Draw what an objective looks for: gradient ascent on an image's variables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import images as pictures
from attrvis import optimise, seeds
from attrvis.errors import BadValue, ModelError
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.param import BACKGROUNDS, Background, FourierImage, premultiply_and_alpha, split
from attrvis.progress import Progress, silent
from attrvis.transforms import Transform, masked

OWN_READINGS = ("alpha", "transformed", "progress")
"""What a rendering supplies beside the network's layers and `input`."""


@dataclass(frozen=True, eq=False)
class Rendering:
    """Pictures that were drawn.

    Args:
        images: RGB, [B, h, w, 3] in [0, 1].
        alpha: the masks, [B, h, w, 1] in [0, 1]; ones where the image has no alpha.
        history: each term of the objective over the steps, [steps, B].
        settings: what made the pictures.
        seconds: how long it took.
        status: `ok`, `interrupted` or `nonfinite`.
    """

    images: np.ndarray
    alpha: np.ndarray
    history: dict[str, np.ndarray] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    seconds: float = 0.0
    status: str = "ok"

    @property
    def rgba(self) -> np.ndarray:
        """The pictures with their masks as a fourth channel, [B, h, w, 4]."""
        return np.concatenate([self.images, self.alpha], axis=3)

    def on_grey(self, grey: float = 0.55) -> np.ndarray:
        """Lay the pictures over one grey, [B, h, w, 3]."""
        return np.stack([pictures.composite(rgba, grey) for rgba in self.rgba])

    def save(self, path: str | Path) -> None:
        """Write one PNG a picture, with its settings as metadata; several get `-0`, `-1`, ...

        Raises:
            OutputError: a file cannot be written.
        """
        path = Path(path)
        text = {str(name): str(value) for name, value in self.settings.items()}
        for i, rgba in enumerate(self.rgba):
            one = path if len(self.images) == 1 else path.with_stem(f"{path.stem}-{i}")
            pictures.write_png(one, rgba, text)


def render(
    net: Network,
    objective: Objective,
    *,
    image: FourierImage | None = None,
    background: Background | str = "noise_pyramid",
    transforms: Transform | None = None,
    steps: int = 384,
    rate: float = 0.05,
    rate_end: float = 0.1,
    seed: int | Sequence[int] = 0,
    batch: int | None = None,
    progress: Progress = silent,
    snapshot: Callable[[int, Rendering], None] | None = None,
) -> Rendering:
    """Draw the pictures that make an objective large.

    Args:
        net: the network.
        objective: what is maximised, one scalar a picture; it may read the network's layers,
            `input`, `alpha` (the mask), `transformed` (the mask as the network sees it) and
            `progress` (0 at the first step, 1 at the last).
        image: the parameterisation; default decorrelated Fourier space, with a mask when the
            objective reads one, else opaque.
        background: what lies behind the transparent parts, by name or made.
        transforms: what happens to a picture before the network sees it; they must keep its size.
        steps: how many updates of Adam.
        rate: its first learning rate.
        rate_end: the last one, relative to the first; the fall is geometric.
        seed: picture i draws from `seed + i`, or from its own entry of a list.
        batch: how many pictures; default as many as the objective holds numbers for.
        progress: told the live objective.
        snapshot: called now and then with the picture so far.

    Returns:
        The pictures. Ctrl-C keeps the work, with status `interrupted`.

    Raises:
        UnknownName: no such layer or background.
        BadValue: steps below 1, rates that are not positive, or transforms that change the size.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017; Mordvintsev et al.,
    Differentiable Image Parameterizations, 2018.
    """
    objective = objective.with_labels(net.class_index)
    for name in _network_layers(objective):
        net.layer(name)
    masking = {"alpha", "transformed"} & set(objective.layers)
    image = image or FourierImage(channels=4 if masking else 3)
    height, width = net.image_size
    transforms = masked(min(height, width)) if transforms is None else transforms
    behind = BACKGROUNDS[background]() if isinstance(background, str) else background
    count = _count(objective, batch)
    _check_readable(net, objective, count)
    if transforms.frame((height, width), (height, width)) != (height, width):
        raise BadValue(
            f"The transforms change {height}x{width} pixels to "
            f"{transforms.frame((height, width), (height, width))}, which the network may not "
            "take; end them with Crop()."
        )
    if not (np.isfinite([rate, rate_end]).all() and rate > 0 and rate_end > 0):
        raise BadValue(f"Learning rates must be positive numbers, not {rate} and {rate_end}.")
    keys = seeds.image_keys(seed, count)
    started = time.perf_counter()
    net = net.snapshot()
    step_once = net.remember(
        ("render", objective.structure, image, behind, transforms),
        lambda: optimise.compile_step(_drawn(net, objective, image, behind, transforms)),
    )
    data = {
        "keys": keys,
        "pool": behind.prepare(keys, height, width),
        "numbers": [tf.convert_to_tensor(p) for p in objective.parameters],
        "last": tf.constant(max(steps - 1, 1), tf.float32),
    }
    settings = {
        "objective": str(objective),
        "image": repr(image),
        "background": repr(behind),
        "transforms": repr(transforms),
        "steps": steps,
        "rate": rate,
        "rate_end": rate_end,
        "seed": seed if isinstance(seed, int) else list(seed),
        "precision": net.precision,
    }

    def watch(step: int, terms: dict[str, np.ndarray], variables: optimise.Variables) -> bool:
        shown = _named(objective, terms)
        progress("render", step + 1, steps, {n: float(v.mean()) for n, v in shown.items()})
        if snapshot and (step + 1) % max(1, steps // 8) == 0:
            snapshot(step, _decoded(image, variables, {}, settings, started, "ok"))
        return False

    run = optimise.climb(
        step_once,
        image.init(keys, height, width),
        data,
        steps=steps,
        rate=lambda step: rate * rate_end ** (step / max(steps - 1, 1)),
        watch=watch,
    )
    history = _named(objective, run.history)
    return _decoded(image, run.variables, history, settings, started, run.status)


def pictures_of(objective: Objective) -> int:
    """Count the pictures that an objective holds numbers for, 1 when it serves any number."""
    pairs = zip(objective.parameters, objective.ranks, strict=True)
    counts = {len(p) for p, rank in pairs if not isinstance(p, str) and p.ndim > rank}
    if len(counts - {1}) > 1:
        raise BadValue(
            f"The terms of '{objective}' are for {' and '.join(map(str, sorted(counts)))} "
            "pictures; give all of them numbers for as many."
        )
    return max(counts, default=1)


def _drawn(
    net: Network,
    objective: Objective,
    image: FourierImage,
    background: Background,
    transforms: Transform,
) -> optimise.Objective:
    layers = _network_layers(objective)

    def evaluate(
        variables: optimise.Variables, data: Any, step: tf.Tensor
    ) -> tuple[tf.Tensor, optimise.Terms]:
        rgba = _with_alpha(image.image(variables))
        keys = data["keys"]
        weighed, alpha = premultiply_and_alpha(rgba)
        rgb, seen = split(transforms(weighed, keys, step))
        shown = background.compose(rgb, seen, keys, step, data["pool"], premultiplied=True)
        readings: dict[str, tf.Tensor] = {
            "alpha": alpha,
            "transformed": seen,
            "progress": tf.cast(step, tf.float32) / data["last"],
            "input": shown,
        }
        if layers:
            readings.update(net.run(shown, layers))
        terms = _terms(objective, data["numbers"], readings)
        total = tf.add_n([tf.broadcast_to(t, [rgba.shape[0]]) for t in terms])
        return total, {"objective": total, **{str(i): t for i, t in enumerate(terms)}}

    return evaluate


def _network_layers(objective: Objective) -> list[str]:
    return [name for name in objective.layers if name not in (*OWN_READINGS, "input")]


def _with_alpha(drawn: tf.Tensor) -> tf.Tensor:
    """Make RGBA of grey or RGB: opaque, so that only what the transforms leave empty is behind."""
    if drawn.shape[3] == 4:
        return drawn
    rgb = tf.tile(drawn, [1, 1, 1, 3 // drawn.shape[3]])
    return tf.concat([rgb, tf.ones_like(rgb[..., :1])], axis=3)


def _terms(
    objective: Objective, numbers: Sequence[tf.Tensor], readings: dict[str, tf.Tensor]
) -> list[tf.Tensor]:
    """Evaluate each addend with the numbers that are given."""
    found = []
    at = 0
    for term in objective.terms or (objective,):
        own = numbers[at : at + len(term.parameters)]
        at += len(own)
        found.append(term.with_parameters(own)(readings))
    return found


def _named(objective: Objective, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name the addends' values; a trace serves many objectives, so it knows them by number.

    Two addends of one name are added up, so that none is lost.
    """
    found: dict[str, np.ndarray] = {}
    for key, value in values.items():
        name = key if key == "objective" else str((objective.terms or (objective,))[int(key)])
        found[name] = found[name] + value if name in found else value
    return found


def _count(objective: Objective, batch: int | None) -> int:
    own = pictures_of(objective)
    if batch is None:
        return own
    if batch < 1 or own not in (1, batch):
        raise BadValue(
            f"A batch of {batch} pictures does not fit '{objective}', which is for "
            f"{own if own > 1 else 'one or more'}; give the number of pictures, from 1."
        )
    return batch


def _check_readable(net: Network, objective: Objective, count: int) -> None:
    """Evaluate the objective on readings of zeros: what is out of range is found before work."""
    height, width = net.image_size
    readings = {
        "alpha": tf.ones([count, height, width, 1]),
        "transformed": tf.ones([count, height, width, 1]),
        "progress": tf.constant(0.0),
        "input": tf.zeros([count, height, width, 3]),
    }
    for name in _network_layers(objective):
        shape = net.layer(name).shape[1:]
        if None in shape:
            return
        readings[name] = tf.zeros([count, *shape])
    objective(readings)


def _decoded(
    image: FourierImage,
    variables: optimise.Variables,
    history: dict[str, np.ndarray],
    settings: dict[str, object],
    started: float,
    status: str,
) -> Rendering:
    rgba = _with_alpha(image.image(variables)).numpy()
    if not np.isfinite(rgba).all():
        raise ModelError("The picture is not finite; lower the learning rate.")
    seconds = time.perf_counter() - started
    return Rendering(rgba[..., :3], rgba[..., 3:], history, dict(settings), seconds, status)
