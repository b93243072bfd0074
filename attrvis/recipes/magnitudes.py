"""Large pictures of units of deep networks: the spectrum of photos, and free phases."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis import images
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.networks import Network
from attrvis.objectives import Objective, as_objective
from attrvis.optimisers import Nadam
from attrvis.param import MaCoImage, spectrum_of
from attrvis.plots import Panel
from attrvis.progress import Progress, silent
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.proportions import panel_height, roomy_side
from attrvis.recipes.traces import stretched, transparency
from attrvis.rendering import render
from attrvis.transforms import maco as maco_transforms

_STEPS = 256
_GREY = 0.55


@checked_kinds
def maco(
    net: Network,
    objectives: str | Objective | Sequence[str | Objective],
    *,
    crops: int = 6,
    share: tuple[float, float] = (0.3, 0.6),
    noise: float = 0.05,
    photos: Sequence[ImageSource] = (),
    rate: float = 1.0,
    size: int | None = None,
    steps: int = _STEPS,
    seed: int = 0,
    progress: Progress = silent,
    **drawing: Any,
) -> Plate:
    """Draw what units of a deep network look for, with the magnitudes of photos and free phases.

    No frequency can grow, so that nothing else holds the picture back; the network sees random
    crops of it. Where the gradient was large over all steps, the picture is opaque.

    Args:
        net: the network.
        objectives: one, or several, such as `"mixed5a:7"` or `"logit:tabby"`.
        crops: how many the network sees at each step, at least 1.
        share: least and largest side of a crop, relative to the picture's.
        noise: standard deviation of the noise on each crop.
        photos: whose magnitudes the pictures have; default a power law as photos follow it.
        rate: the first learning rate; it falls to a tenth.
        size: side of the pictures in pixels; default 16/7 of the network's input.
        steps: of drawing, at least 1.
        seed: the first picture's; the i-th draws from `seed + i`.
        progress: told the live objective.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        Each picture, opaque where it matters; the parts `maco-i`, RGBA; as values the plain
        pictures and the sums of the gradients.

    Raises:
        UnknownName: no such layer or label.
        BadValue: a number outside its range.
        ImageError: a photo cannot be read.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> from attrvis.networks import load
        >>> maco(load("embedded"), "logit:3", size=96, steps=2).parts["maco-0"].shape
        (96, 96, 4)
    """
    started = time.perf_counter()
    several: list[Any] = list(objectives) if isinstance(objectives, list | tuple) else [objectives]
    if not several:
        raise BadValue("There is nothing to draw; give at least one objective.")
    side = roomy_side(net) if size is None else size
    image = MaCoImage(magnitude=Data(_magnitude(photos, side))) if photos else MaCoImage()
    seen = maco_transforms(net.image_size, count=crops, share=share, noise=noise)
    given: dict[str, Any] = {"image": image, "transforms": seen, "coarse": ()}
    given["optimizer"] = Nadam(rate=rate)
    panels: list[Panel] = []
    parts: dict[str, np.ndarray] = {}
    plain, traces, reached, status = [], [], [], "ok"
    settings: dict[str, object] = {}
    for number, one in enumerate(several):
        wanted = as_objective(one).with_labels(net.class_index)
        drawn = render(
            net,
            wanted,
            size=side,
            steps=steps,
            seed=seed + number,
            progress=progress,
            **{**given, **drawing, "trace": True},
        )
        trace = np.asarray(drawn.trace)[0]
        rgba = np.concatenate([stretched(drawn.images[0]), transparency(trace)], axis=-1)
        panels.append((images.composite(rgba, _GREY), drawn.names[0]))
        parts[f"maco-{number}"] = rgba
        plain.append(drawn.images[0])
        traces.append(trace)
        reached.append(float(drawn.values[0]))
        settings = dict(drawn.settings)
        if drawn.status == "interrupted":
            status = "interrupted"
            break
    return Plate.of_panels(
        panels,
        size=panel_height(side, 512),
        columns=min(3, len(panels)),
        facts={
            "recipe": "maco",
            "objectives": [str(panel[1]) for panel in panels],
            "objectives_reached": [None if np.isnan(v) else round(v, 4) for v in reached],
            "crops": crops,
            "photos": len(photos),
            "seconds": time.perf_counter() - started,
            "settings": settings,
        },
        parts=parts,
        values={"images": np.stack(plain), "gradients": np.stack(traces)},
        status=status,
    )


def _magnitude(photos: Sequence[ImageSource], side: int) -> np.ndarray:
    """Average the spectra of photos, each cut to a square of the picture's size."""
    cut = [images.fit(images.read(photo), (side, side), "crop")[0] for photo in photos]
    return spectrum_of(np.stack(cut))
