"""Groups of neurons that fire together in a photo: what they look for, where, and to what end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution import Attribution
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.objectives import direction
from attrvis.recipes.factors import factorised, shared
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.marks import distinct_colours, framed, tinted
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import (
    activations,
    fitted_photo,
    from_silence,
    part_name,
    short_label,
)
from attrvis.rendering import render

_STEPS = 192


@checked_kinds
def neuron_groups(
    net: Network,
    photo: ImageSource,
    layer: str,
    count: int = 6,
    *,
    targets: Sequence[int | str] | int = 3,
    method: Callable[..., Attribution] | None = None,
    power: float = 1.0,
    fit: How = "crop",
    panel: int = 200,
    seed: int = 0,
    steps: int = _STEPS,
    **drawing: Any,
) -> Plate:
    """Split a photo's activations into a few groups of neurons that fire together, and draw them.

    The groups come from non-negative matrix factorisation. What a layer contributes to a class is
    shared among them by what each adds to a neuron's activation, so that their effects and the
    rest add up to the attribution.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: the layer's name, maps of [h, w, C].
        count: how many groups at most, default 6.
        targets: the classes on which the effects are told: numbers or labels, or how many of the
            photo's top classes; default 3.
        method: an attribution method; default `AumannShapley` from a silent layer.
        power: of the cosine with the group's direction, from 0, default 1.
        fit: how the photo meets the network's size: `crop`, `pad` or `stretch`.
        panel: height of a panel in pixels.
        seed: of the factorisation and of every picture.
        steps: of drawing.
        drawing: everything else that `attrvis.render` takes, such as `size=`.

    Returns:
        The groups' pictures above their places in the photo; the factors and effects as values.

    Raises:
        UnknownName: no such layer or label; the nearest are named.
        BadValue: a layer without positions or activations, or no group.
        ModelError: the classes do not depend on the layer.
        ImageError: the photo cannot be used.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> plate = neuron_groups(load("embedded"), images.bundled(), "mixed4a", 3, steps=2)
        >>> plate.values["where"].shape[-1]
        3
    """
    started = time.perf_counter()
    picture = fitted_photo(net, photo, None, fit)
    found = activations(net, picture, [layer])[layer]
    if found.ndim != 4:
        raise BadValue(
            f"The layer {layer!r} has shape {list(found.shape[1:])}, so it has no rows and "
            "columns; choose one with maps."
        )
    where, what = factorised(found[0], count, seed=seed)
    classes = _classes(net, picture, targets)
    values = _attributed(net, picture, layer, classes, method, seed)
    pairs = [shared(own, where, what) for own in values]
    effects = (
        np.stack([groups for groups, _ in pairs], axis=1) if pairs else np.zeros((len(what), 0))
    )
    drawn = render(
        net,
        [direction(layer, own, power) for own in what],
        seed=[seed] * len(what),
        steps=steps,
        **drawing,
    )
    colours = distinct_colours(len(what))
    masks = np.moveaxis(where, -1, 0) / where.max(axis=(0, 1))[:, None, None]
    labels = [short_label(net, k) for k in classes]
    heads = [
        "\n".join([f"group {k + 1}", *(f"{n} {v:+.2f}" for n, v in zip(labels, own, strict=True))])
        for k, own in enumerate(effects)
    ]
    pictures = drawn.on_grey()
    largest = (where / where.max(axis=(0, 1))).argmax(axis=-1)
    together = np.where(largest == np.arange(len(what))[:, None, None], masks, 0.0)
    panels = [(picture, f"photo\n{layer}")]
    panels += [(framed(p, c), head) for p, c, head in zip(pictures, colours, heads, strict=True)]
    panels.append((tinted(picture, together, colours), "where each is strongest"))
    panels += [
        (tinted(picture, mask[None], colour[None]), f"where group {k + 1} fires")
        for k, (mask, colour) in enumerate(zip(masks, colours, strict=True))
    ]
    strong = [[int(c) for c in np.argsort(-own, kind="stable")[:8] if own[c] > 0] for own in what]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=1 + len(what),
        facts={
            "recipe": "groups",
            "layer": layer,
            "classes": [
                {
                    "label": label,
                    "index": k,
                    "attribution": round(float(own.sum()), 4),
                    "rest": round(rest, 4),
                }
                for label, k, own, (_, rest) in zip(labels, classes, values, pairs, strict=True)
            ],
            "groups": [
                {
                    "channels": channels,
                    "share": round(float(where[..., k].sum() / where.sum()), 4),
                    "effects": np.round(effects[k], 4).tolist(),
                }
                for k, channels in enumerate(strong)
            ],
            "unexplained": round(_unexplained(found[0], where, what), 4),
            "power": power,
            "fit": fit,
            "seconds": time.perf_counter() - started,
            "settings": dict(drawn.settings),
        },
        parts={
            "photo": picture,
            "together": tinted(picture, together, colours),
            **{part_name("group", k + 1): rgba for k, rgba in enumerate(drawn.rgba)},
            **{
                part_name("where", k + 1): tinted(picture, mask[None], colours[k : k + 1])
                for k, mask in enumerate(masks)
            },
        },
        values={"where": where, "what": what, "effects": effects},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def _classes(net: Network, picture: np.ndarray, targets: Sequence[int | str] | int) -> list[int]:
    if not isinstance(targets, int):
        return [net.class_index(one) for one in targets]
    if targets < 0:
        raise BadValue(f"Effects are told on no class or more, not {targets}.")
    top = net.predict(tf.constant(picture[None]), top=targets)[0] if targets else []
    return [one.index for one in top]


def _attributed(
    net: Network,
    picture: np.ndarray,
    layer: str,
    classes: Sequence[int],
    method: Callable[..., Attribution] | None,
    seed: int,
) -> np.ndarray:
    """Attribute each class to the layer, [classes, h, w, C]; all in one call."""
    if not classes:
        return np.zeros((0, 1, 1, 1), np.float32)
    attribute = method or from_silence()
    rows = tf.repeat(tf.constant(picture[None]), len(classes), axis=0)
    return attribute(net, rows, target=list(classes), layer=layer, seed=seed).values


def _unexplained(maps: np.ndarray, where: np.ndarray, what: np.ndarray) -> float:
    """Give the share of the squared activations that the groups do not hold."""
    positive = np.maximum(maps, 0.0)
    left = positive - np.einsum("hwn,nc->hwc", where, what)
    return float(np.sum(left**2) / np.sum(positive**2))
