"""Caricatures of what a layer contributes to a class, instead of all that it sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import objectives
from attrvis.attribution import Attribution, bind_target
from attrvis.attribution.targets import Target
from attrvis.errors import BadValue
from attrvis.images import ImageSource, resize
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.optimisers import Adam, Optimizer
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.likeness import Wanted, cosine, likeness_plate
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import fitted_photo, from_silence, layer_list

_STEPS = 256
_RATE = 0.05


@checked_kinds
def attribution_caricature(
    net: Network,
    photo: ImageSource,
    layer: str | Sequence[str],
    *,
    target: Target = None,
    method: Callable[..., Attribution] | None = None,
    power: float | Sequence[float] = 1.0,
    against: bool = False,
    fit: How = "crop",
    size: int | Sequence[int] | None = None,
    panel: int = 260,
    seed: int = 0,
    steps: int = _STEPS,
    transforms: Any = "inversion",
    optimizer: Optimizer | str | None = None,
    **drawing: Any,
) -> Plate:
    """Redraw a photo so that each position goes far where its contribution to a class points.

    What a layer sees and the class does not need fades; what speaks for the class stays. Positions
    that on the whole speak against it are left out.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: the layer's name, or several, one row each.
        target: the class, see `attrvis.attribute`; default the photo's own top class.
        method: an attribution method; default `AumannShapley` from a silent layer.
        power: of the cosine, from 0, default 1; several are drawn side by side.
        against: whether what speaks against the class is drawn instead.
        fit: how the photo meets the size: `crop`, `pad` or `stretch`.
        size: of photo and pictures in pixels; default what the network takes. The attribution is
            computed at the network's own size and enlarged.
        panel: height of a panel in pixels.
        seed: of every picture.
        steps: of drawing.
        transforms: what happens to a picture before the network sees it.
        optimizer: how a gradient becomes a step; default Adam with small steps, for large ones
            fill also what should stay empty.
        drawing: everything else that `attrvis.render` takes.

    Returns:
        The photo and its caricatures, and the mean cosine of each with the contributions.

    Raises:
        UnknownName: no such layer or label; the nearest are named.
        BadValue: a power below 0, or a layer of which nothing speaks for the class.
        ModelError: the target does not depend on the layer.
        ImageError: the photo cannot be used.

    Source: Olah et al., The Building Blocks of Interpretability, 2018; Lucid's attribution
    caricatures, 2019.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> plate = attribution_caricature(load("embedded"), images.bundled(), "mixed4a", steps=2)
        >>> plate.facts["target"].startswith("logit")
        True
    """
    layers = layer_list(layer, "An attribution's caricature")
    powers = [float(p) for p in (power if isinstance(power, Sequence) else [power])]
    if not powers or len(set(powers)) < len(powers):
        raise BadValue(f"A caricature needs at least one power, each once; not {powers}.")
    own = tf.constant(fitted_photo(net, photo, None, fit)[None])
    objective = bind_target(net, own, target)
    attribute = method or from_silence()
    picture = fitted_photo(net, photo, size, fit)
    found = [attribute(net, own, target=objective, layer=name, seed=seed) for name in layers]
    wanted = []
    for name, made in zip(layers, found, strict=True):
        part = _speaking(-made.values if against else made.values)
        if not part.any():
            raise BadValue(
                f"Nothing in layer {name!r} speaks {'against' if against else 'for'} "
                f"{made.target}; choose another target or layer."
            )
        direction = _enlarged(net, name, part, picture.shape[:2])
        wanted += [
            Wanted(
                name,
                f"power {own_power:g}" if len(powers) > 1 else "",
                objectives.caricature(name, direction, own_power),
                direction,
            )
            for own_power in powers
        ]
    return likeness_plate(
        net,
        picture,
        wanted,
        ("cosine", cosine),
        recipe="attribution-caricature",
        panel=panel,
        seed=seed,
        facts={
            "target": found[0].target,
            "label": _label(net, objective),
            "against": against,
            "method": found[0].method,
            "relative_gap": [round(float(made.relative_gap.max()), 5) for made in found],
            "powers": powers,
            "fit": fit,
        },
        drawing={
            "steps": steps,
            "transforms": transforms,
            "optimizer": Adam(rate=_RATE) if optimizer is None else optimizer,
            **drawing,
        },
    )


def _label(net: Network, objective: Objective) -> str | None:
    """Name the class that a target is, if it is one."""
    kind = objective.structure
    single = isinstance(kind, tuple) and kind[0] == "logit" and len(objective.parameters) == 1
    if not single or np.size(objective.parameters[0]) != 1:
        return None
    return net.label(int(np.ravel(objective.parameters[0])[0]))


def _speaking(values: np.ndarray) -> np.ndarray:
    """Keep what is positive, at the positions that are positive on the whole."""
    part = np.maximum(values, 0.0)
    if values.ndim < 3:
        return part
    return np.where(values.sum(axis=-1, keepdims=True) > 0, part, np.float32(0))


def _enlarged(net: Network, layer: str, values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Bring a layer's map to the shape that the layer has at another size of the picture."""
    shape = net.trunk([layer], size).shape(layer)[1:]
    if shape == values.shape[1:] or values.ndim != 4 or None in shape:
        return values
    high, wide = int(shape[0] or 0), int(shape[1] or 0)
    return resize(values[0], (high, wide))[None]
