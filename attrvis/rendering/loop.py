"""Gradient ascent on an image's variables, for one picture or for many."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.rules import Rule
from attrvis.objectives import Objective
from attrvis.optimisers import Adam, Optimizer, optimizer_of
from attrvis.param import Background, Parameterisation
from attrvis.progress import Progress, silent
from attrvis.rendering.batches import Batch
from attrvis.rendering.batches import batches as sorted_batches
from attrvis.rendering.checks import check_callables, check_kinds, whole
from attrvis.rendering.choices import bound, planned
from attrvis.rendering.moments import Callback
from attrvis.rendering.result import Rendering, joined
from attrvis.rendering.run import Run
from attrvis.rendering.schedule import Coarse

STEPS = 240
CLIMB = Adam(rate=0.12, end=0.7, schedule="cosine", averaged=0.1, beta1=0.3)
"""Adam with a short memory: each step sees the picture through another transform, and gradients
that were right for the last ones lead astray. The rate stays high to the end, and the mean over the
last tenth of the steps takes away what only the last transforms asked for. Half as many steps reach
the same objective."""
_MOST_PIXELS = 16 * 224 * 224
_MOST_PICTURES = 64
_ALL = 2**31
"""Pictures that share variables, or look at each other, are never drawn apart."""


def render(
    net: Network,
    objectives: Any,
    *,
    image: Parameterisation | str | None = None,
    size: int | Sequence[int] | None = None,
    background: Background | str | None = None,
    transforms: Any = None,
    steps: int = STEPS,
    optimizer: Optimizer | str | None = None,
    seed: int | Sequence[int] = 0,
    rule: str | Rule | None = "redirected_relu",
    precision: str | None = None,
    coarse: Coarse = (),
    batch: int | None = None,
    batch_size: int | None = None,
    snapshots: int | Sequence[int] = 0,
    patience: int | None = None,
    start: Rendering | None = None,
    progress: Progress = silent,
    callbacks: Sequence[Callback] = (),
    trace: bool = False,
) -> Rendering:
    """Draw the pictures that make objectives large.

    Args:
        net: the network.
        objectives: what is maximised: an objective, a string such as `"mixed4d:42"`, a function of
            readings, or a list of those, one a picture. They may read the network's layers,
            `image` (the picture), `input` (what the network sees of it), `alpha` (the mask),
            `transformed` (the mask as the network sees it) and `progress` (0 at the first step, 1
            at the last).
        image: the parameterisation, by name or made; default decorrelated Fourier space, with a
            mask when an objective reads one.
        size: of the pictures in pixels, default what the network takes. The network is cut behind
            the deepest layer that is read, so it may be any that those layers can take.
        background: what lies behind transparent parts and outside, by name or made; default grey,
            and a pyramid of noise behind a mask.
        transforms: what happens to a picture before the network sees it: a name, a transform, or
            several; default `standard`, and `masked` for a mask.
        steps: how many updates, at least 1.
        optimizer: how a gradient becomes a step, by name or made; default Adam with a short memory
            and a rate that falls from 0.12 to 0.084, of which the last tenth is averaged, or what
            suits the parameterisation better.
        seed: picture i draws from `seed + i`, or from its own entry of a list.
        rule: the gradient rule. `redirected_relu` is for those pictures alone of which the network
            says nothing, in the first 16 steps or half of the run, and penalties wait for them;
            any other holds for the whole run; None: plain gradients.
        precision: `float32`, `bfloat16` or `float16`, in which gradients are scaled so that they
            do not vanish; default the network's own.
        coarse: (scale, share of the steps) pairs of a start at smaller sizes; default none, as
            features have a size in pixels and an enlarged picture holds them too large.
        batch: how many pictures of a single objective that serves any number.
        batch_size: pictures drawn side by side at most; default by their size. Pictures that share
            variables, or an objective that looks at its neighbours, are never drawn apart.
        snapshots: how many frames of the run to keep, evenly, or after which steps.
        patience: a picture is done when so many steps gained less than half a percent.
        start: an earlier rendering with the same settings, to go on from where it stopped.
        progress: told the live objective.
        callbacks: called after each step; True as an answer ends the run.
        trace: whether the sizes of the gradients at the pictures are summed up over the steps at
            full size, as `trace` of the rendering; it costs nothing.

    Returns:
        The pictures, in the order of the objectives. Ctrl-C keeps the work, with status
        `interrupted`.

    Raises:
        UnknownName: no such layer, label, parameterisation, background, transform or rule.
        BadValue: a number out of its range, units that do not exist, or parts that do not fit.
        ModelError: the network cannot take that size.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017; Mordvintsev, Pezzotti,
    Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis.networks import load
        >>> render(load("embedded"), ["mixed5a:3", "mixed5a:4"], steps=2).images.shape
        (2, 64, 64, 3)
    """
    started = time.perf_counter()
    check_kinds(image=image, background=background, optimizer=optimizer, start=start)
    check_callables(progress, callbacks)
    steps = whole(steps, "The number of steps")
    patience = None if patience is None else whole(patience, "Patience")
    batch = None if batch is None else whole(batch, "A batch")
    batch_size = None if batch_size is None else whole(batch_size, "The size of a batch")
    wanted = bound(net, objectives)
    plan = planned(
        net,
        wanted,
        image=image,
        size=size,
        background=background,
        transforms=transforms,
        rule=rule,
        precision=precision,
    )
    chosen = plan.image.optimizer or CLIMB if optimizer is None else optimizer_of(optimizer)
    together = bool(plan.image.shared) or any(objective.coupled for objective in wanted)
    most = _ALL if together else _most(plan.size, batch_size)
    work = sorted_batches(wanted, batch, most)
    if plan.image.shared and len(work) > 1:
        raise BadValue(
            "Pictures that share variables need objectives of one form, which differ in their "
            f"units and numbers alone; not {', '.join(str(part.objective) for part in work)}."
        )
    count = sum(len(part.index) for part in work)
    keys = seeds.image_keys(seed, count)
    run = Run(
        plan=plan,
        optimizer=chosen,
        steps=steps,
        coarse=coarse,
        frames=_frames(snapshots, steps),
        patience=patience,
        start=start,
        progress=progress,
        callbacks=tuple(callbacks),
        trace=trace,
    )
    for part in work:
        run.check(part)
    if start is not None and len(start) != count:
        raise BadValue(f"A run of {len(start)} pictures cannot go on with {count} objectives.")
    settings: dict[str, object] = {
        "network": net.name,
        "objectives": _names(wanted, work, count),
        "image": repr(plan.image),
        "size": list(plan.size),
        "background": repr(plan.background),
        "transforms": repr(plan.transforms(plan.size)),
        "steps": steps,
        "optimizer": repr(chosen),
        "coarse": [[p.steps, list(p.size)] for p in run.phases],
        "seed": seed if isinstance(seed, int) else list(seed),
        "rule": plan.net.rule or plan.rescue or "none",
        "precision": plan.net.precision,
    }
    made: list[tuple[Batch, Rendering]] = []
    for number, part in enumerate(work):
        own = tf.gather(keys, list(part.index))
        made.append((part, run.draw(part, own, settings, number, len(work))))
        if made[-1][1].status == "interrupted":
            break
    undone = work[len(made) :]
    made += [(part, run.untouched(part, tf.gather(keys, list(part.index)))) for part in undone]
    return joined(made, count, settings, time.perf_counter() - started)


def _most(size: Sequence[int], given: int | None) -> int:
    if given is not None:
        return given
    return int(np.clip(_MOST_PIXELS // int(np.prod(size)), 1, _MOST_PICTURES))


def _frames(snapshots: int | Sequence[int], steps: int) -> frozenset[int]:
    if isinstance(snapshots, list | tuple | np.ndarray | range):
        kept = [whole(step, "The step of a frame") for step in snapshots]
        if max(kept, default=0) > steps:
            raise BadValue(f"Frames are kept after steps 1 to {steps}, not {kept}.")
        return frozenset(kept)
    count = whole(snapshots, "The number of frames", least=0)
    return frozenset(
        int(step) for step in np.rint(np.linspace(steps / max(count, 1), steps, count))
    )


def _names(wanted: Sequence[Objective], work: Sequence[Batch], count: int) -> list[str]:
    if len(wanted) == count:
        return [str(objective) for objective in wanted]
    names = [""] * count
    for part in work:
        for i in part.index:
            names[i] = f"{part.objective} ({i})" if count > 1 else str(part.objective)
    return names
