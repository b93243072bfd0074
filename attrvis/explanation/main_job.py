"""From a photo and a network to the neurons that decided, and to what they look for."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import images
from attrvis.attribution import (
    Attribution,
    AumannShapley,
    bind_target,
    channel_groups,
    keep_channels,
    strongest_channels,
)
from attrvis.attribution.area import covered_area
from attrvis.attribution.baselines import (
    BaselineMethod,
    Optimised,
    Scene,
    named_baseline,
)
from attrvis.errors import BadValue
from attrvis.explanation import facts
from attrvis.explanation.explanation import Explanation
from attrvis.explanation.pictures import GREY
from attrvis.networks import Network
from attrvis.networks.choice import default_layer
from attrvis.objectives import Objective, mask_area, ramp, weighted
from attrvis.optimisers import Adam
from attrvis.param import BACKGROUNDS, Background, FourierImage
from attrvis.progress import Progress, silent
from attrvis.rendering import render

RENDER_STEPS = 400
LAMBDA = 10.0
"""The weight of the mask's area: without unit, one for all networks and layers."""
_FIRST_AREA, _SQUEEZED = 0.85, 0.6
"""The mask starts nearly full and is squeezed to its target over this share of the steps, so that
all evidence is drawn before the weakest has to go."""
IMAGE = FourierImage(channels=4, alpha=_FIRST_AREA, alpha_decay=1.5, alpha_pace=0.3)
CLIMB = Adam(rate=0.05, end=0.1)
_LIMIT = 2.0
"""A place counts for at most about twice what it gave in the photo."""


def explain(
    net: Network,
    photo: Any,
    target: int | str | None = None,
    layer: str | None = None,
    *,
    background: str | Background = "noise_pyramid",
    fit: str = "crop",
    baseline: str | BaselineMethod = "optimised",
    baseline_steps: int | None = None,
    points: int = 32,
    share: float = 0.95,
    area: float | None = None,
    lambda_area: float = LAMBDA,
    render_steps: int | None = None,
    groups: int = 1,
    seed: int = 0,
    progress: Progress = silent,
) -> Explanation:
    """Find which neurons of a layer contributed to a prediction, and draw what they look for.

    The target's logit is shared among the layer's neurons (Aumann-Shapley) as the change from a
    baseline that lacks the target; the strongest channels are kept; a picture with a mask is drawn
    that excites them as the photo did, and nothing else.

    Args:
        net: the network. In bfloat16 only the drawing is; numbers are computed in float32.
        photo: a path, a PIL image or an array.
        target: class number or label; default the network's prediction.
        layer: whose neurons; default the deepest that still tells places apart.
        background: what the picture is drawn in front of, by name or made.
        fit: how the photo meets the network's size: `crop`, `pad` or `stretch`.
        baseline: how the baseline is made: words such as `optimised:spatial` or `blurred:0.2` (see
            `named_baseline`), or a method.
        baseline_steps: at most so many steps of its optimisation.
        points: of the quadrature between baseline and photo; doubled, up to three times, while
            more than half a percent of the target's change is missing.
        share: of the attribution that the kept channels carry together.
        area: the mask's area as a share of the picture; default what the attribution covers.
        lambda_area: the weight of the mask's area.
        render_steps: how many steps of drawing.
        groups: with 2 or more, the channels are also split into so many groups, each drawn by
            itself in the same batch.
        seed: of every random draw; the same seed gives the same result.
        progress: told stage, step, steps and live values.

    Returns:
        The explanation. Ctrl-C while drawing keeps the work, with status `interrupted`.

    Raises:
        UnknownName: no such label, layer, baseline or background; the nearest are named.
        BadValue: a number out of its range, or a layer without positions.
        ModelError: the target does not depend on the layer.
        ImageError: the photo cannot be used.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.
    """
    started = time.perf_counter()
    exact = net.exact
    original = images.read(photo)
    fitted, frame = images.fit(original, net.image_size, fit)  # type: ignore[arg-type]
    batch = tf.constant(fitted[None])
    index = None if target is None else exact.class_index(target)
    chosen, why = _layer(exact, layer)
    method = _baseline_method(baseline, baseline_steps)
    share_out = AumannShapley(points=points, baseline=method, refinements=3)
    behind = BACKGROUNDS[background]() if isinstance(background, str) else background
    steps = RENDER_STEPS if render_steps is None else render_steps
    _check_numbers(steps, lambda_area, share, groups, area)
    predictions = exact.predict(batch)[0]
    index = predictions[0].index if index is None else index
    scene = Scene.of(exact, batch, chosen, bind_target(exact, batch, index), seed, progress)
    prepared = time.perf_counter()
    made = method.fit(scene)
    based = time.perf_counter()
    attribution = share_out.between(scene, made)
    _speaks(attribution)
    attributed = time.perf_counter()
    values = attribution.values[0]
    channels = strongest_channels(values, share)
    kept = np.maximum(keep_channels(values, channels), 0.0)
    parts = channel_groups(kept, groups, seed=seed) if groups > 1 else ()
    objective, wanted = _objective(chosen, kept, parts, scene.values.numpy()[0], area, lambda_area)
    rendering = render(
        net,
        objective,
        image=IMAGE,
        background=behind,
        transforms="masked",
        steps=steps,
        optimizer=CLIMB,
        seed=[seed] * (1 + len(parts)),
        rule=None,
        coarse=(),
        batch=1 + len(parts),
        progress=progress,
    )
    explanation = Explanation(
        fitted, frame, original, made, attribution, channels, rendering, parts
    )
    drawn = time.perf_counter()
    settings = {
        "fit": fit,
        "baseline": made.kind,
        "baseline_method": repr(method),
        "points": attribution.settings["points"],
        "rule": "gauss-legendre",
        "share": share,
        "channels_kept": len(channels),
        "groups": groups,
        "lambda_area": lambda_area,
        "grey": GREY,
        "size": list(net.size),
        "precision": net.precision,
        "preprocess": str(net.preprocess),
        **rendering.settings,
    }
    known = facts.gathered(
        exact,
        explanation,
        index=index,
        layer_chosen=why,
        target_area=wanted[0],
        predictions=predictions,
        seconds={
            "baseline": based - prepared,
            "attribution": attributed - based,
            "render": drawn - attributed,
            "total": time.perf_counter() - started,
        },
        settings=settings,
        photo=Path(photo).name if isinstance(photo, str | Path) else "",
    )
    return replace(explanation, facts=known)


def _check_numbers(
    steps: int, lambda_area: float, share: float, groups: int, area: float | None
) -> None:
    if steps < 1:
        raise BadValue(f"A picture needs at least one step of drawing, not {steps}.")
    if not (lambda_area > 0 and np.isfinite(lambda_area)):
        raise BadValue(
            f"The weight of the mask's area must be a positive number, not {lambda_area}."
        )
    if not 0 < share <= 1 or groups < 1 or (area is not None and not 0 < area <= 1):
        raise BadValue(
            f"A share and an area are above 0 and at most 1, and groups from 1; not {share}, "
            f"{area} and {groups}."
        )


def _layer(net: Network, name: str | None) -> tuple[str, str]:
    if name is None:
        layer, why = default_layer(net)
        return layer.name, why
    layer = net.layer(name)
    if not layer.spatial or None in layer.shape[1:]:
        raise BadValue(
            f"Layer {name!r} has the shape {layer.shape}, without positions to draw at; choose a "
            "map of positions by channels."
        )
    return name, "as asked"


def _baseline_method(baseline: str | BaselineMethod, steps: int | None) -> BaselineMethod:
    made = named_baseline(baseline) if isinstance(baseline, str) else baseline
    if steps is not None:
        if steps < 1:
            raise BadValue(f"A baseline needs at least one step, not {steps}.")
        if isinstance(made, Optimised):
            return replace(made, steps=steps, relaxations=0)
    return made


def _objective(
    layer: str,
    kept: np.ndarray,
    parts: tuple[np.ndarray, ...],
    photo_values: np.ndarray,
    area: float | None,
    lambda_area: float,
) -> tuple[Objective, np.ndarray]:
    weights = np.stack([kept, *(keep_channels(kept, part) for part in parts)])
    wanted = np.array([area or covered_area(one) for one in weights], np.float32)
    reference = np.repeat(photo_values[None], len(weights), axis=0)
    evidence = weighted(layer, weights, reference, limit=_LIMIT)
    squeezed = ramp(_FIRST_AREA, wanted.tolist(), until=_SQUEEZED)
    return evidence - lambda_area * mask_area(squeezed), wanted


def _speaks(attribution: Attribution) -> None:
    if attribution.status in ("nonfinite", "no_gradient") or not (attribution.values > 0).any():
        raise BadValue(
            f"Nothing at layer {attribution.layer!r} speaks for the target (status "
            f"{attribution.status}); choose another layer, target or baseline."
        )
