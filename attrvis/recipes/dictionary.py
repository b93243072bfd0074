"""A semantic dictionary: what the strongest channels at places of a photo look for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.objectives import channel
from attrvis.progress import Progress, silent
from attrvis.recipes.effects import class_effects
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.marks import boxed
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import activations, fitted_photo, part_name, short_label
from attrvis.rendering import render

_STEPS = 192
_PLACES = 4


@checked_kinds
def semantic_dictionary(
    net: Network,
    photo: ImageSource,
    layer: str,
    at: Sequence[tuple[int, int]] | None = None,
    *,
    count: int = 4,
    classes: int = 3,
    smooth: bool = True,
    fit: How = "crop",
    panel: int = 200,
    seed: int = 0,
    steps: int = _STEPS,
    progress: Progress = silent,
    **drawing: Any,
) -> Plate:
    """Read the activations at places of a photo as pictures: what was seen, how strongly, for what.

    For each position the channels with the largest activations are drawn; below stand their
    activations and the classes that they speak for and against, by gradient times activation. A
    max pool hides all but its winners from a gradient, so pools pass it to all as if they averaged;
    that tells classes better, but the numbers compare only with one another.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        layer: the layer's name, maps of [h, w, C].
        at: positions as (row, column) of the layer's maps, from 0; default the four with the
            strongest activations that do not touch.
        count: channels a position.
        classes: how many classes are named for each channel; 0 leaves them away.
        smooth: whether the gradient takes max pools for averages, where there are any; else it is
            the exact one, and an effect is about what the logit loses without the neuron.
        fit: how the photo meets the network's size: `crop`, `pad` or `stretch`.
        panel: height of a panel in pixels.
        seed: of every picture.
        steps: of drawing.
        progress: told how far the work is.
        drawing: everything else that `attrvis.render` takes, such as `size=`.

    Returns:
        A row a position, each channel's picture as a part; the activations and the effects on
        all classes among the values.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: a position outside, a layer without positions, or a count below 1.
        ModelError: the logits do not depend on the layer.
        ImageError: the photo cannot be used.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> photo = images.bundled("chelsea")
        >>> plate = semantic_dictionary(load("embedded"), photo, "mixed5a", [(1, 2)], steps=2)
        >>> len(plate.facts["positions"][0]["channels"])
        4
    """
    if count < 1 or classes < 0:
        raise BadValue(
            f"A dictionary shows one channel or more and no or more classes, not {count} and "
            f"{classes}."
        )
    picture = fitted_photo(net, photo, None, fit)
    values = activations(net, picture, [layer])[layer]
    if values.ndim != 4:
        raise BadValue(
            f"The layer {layer!r} has shape {list(values.shape[1:])}, so it has no rows and "
            "columns; choose one with maps."
        )
    maps = values[0]
    places = _checked(maps, at, layer) if at is not None else strongest_places(maps, _PLACES)
    found = [np.argsort(-maps[y, x], kind="stable")[:count] for y, x in places]
    neurons = [(y, x, int(c)) for (y, x), own in zip(places, found, strict=True) for c in own]
    gradients = _smoothed(net) if smooth else net
    effects = (
        class_effects(gradients, picture, layer, neurons, progress)
        if classes
        else np.zeros((len(neurons), 0), np.float32)
    )
    units = list(dict.fromkeys(c for _, _, c in neurons))
    drawn = render(
        net,
        [channel(layer, c) for c in units],
        seed=[seed] * len(units),
        steps=steps,
        progress=progress,
        **drawing,
    )
    shown = dict(zip(units, drawn.on_grey(), strict=True))
    panels: list[tuple[np.ndarray, str]] = []
    positions: list[dict[str, Any]] = []
    number = 0
    for y, x in places:
        high, wide = maps.shape[:2]
        box = (y / high, x / wide, (y + 1) / high, (x + 1) / wide)
        length = float(np.linalg.norm(maps[y, x]))
        panels.append((boxed(picture, box), f"position {y},{x}\nlength {length:.3g}"))
        entries = []
        for c in (int(one) for one in found[len(positions)]):
            entry: dict[str, Any] = {"channel": c, "activation": round(float(maps[y, x, c]), 4)}
            entry |= _said(net, effects[number], classes)
            panels.append((shown[c], _caption(layer, entry)))
            entries.append(entry)
            number += 1
        positions.append({"row": y, "column": x, "channels": entries})
    return Plate.of_panels(
        panels,
        size=panel,
        columns=1 + min(count, maps.shape[-1]),
        facts={
            "recipe": "dictionary",
            "layer": layer,
            "grid": list(maps.shape[:2]),
            "positions": positions,
            "gradients": gradients.rule or "plain",
            "fit": fit,
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={
            "photo": picture,
            **{part_name(layer, c): rgba for c, rgba in zip(units, drawn.rgba, strict=True)},
        },
        values={
            "neurons": np.asarray(neurons, np.int32),
            "activations": np.asarray([maps[n] for n in neurons], np.float32),
            "effects": effects,
        },
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def strongest_places(maps: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Find the positions with the longest activations that do not touch one another.

    Args:
        maps: a photo's activations, [h, w, C].
        count: how many at most; fewer where there is no room.

    Returns:
        (row, column) of each, the strongest first.

    Example:
        >>> a = np.zeros((3, 3, 1)); a[0, 0], a[0, 1], a[2, 2] = 5, 4, 3
        >>> strongest_places(a, 2)
        [(0, 0), (2, 2)]
    """
    lengths = np.linalg.norm(np.asarray(maps, np.float64), axis=-1)
    found: list[tuple[int, int]] = []
    for flat in np.argsort(-lengths, axis=None, kind="stable"):
        y, x = divmod(int(flat), lengths.shape[1])
        if all(max(abs(y - other[0]), abs(x - other[1])) > 1 for other in found):
            found.append((y, x))
        if len(found) == count:
            break
    return found


def _smoothed(net: Network) -> Network:
    """Give the network whose max pools pass gradients as averages do; itself if it has none."""

    def made() -> Network:
        try:
            return net.with_rule("smoothed_maxpool")
        except BadValue:
            return net

    return cast(Network, net.remember("dictionary's gradients", made))


def _checked(maps: np.ndarray, at: Sequence[tuple[int, int]], layer: str) -> list[tuple[int, int]]:
    high, wide = maps.shape[:2]
    places = [tuple(place) for place in at]
    for place in places:
        inside = len(place) == 2 and 0 <= place[0] < high and 0 <= place[1] < wide
        if not inside or any(int(n) != n for n in place):
            raise BadValue(
                f"There is no position {place} in {layer!r}: rows go from 0 to {high - 1} and "
                f"columns from 0 to {wide - 1}."
            )
    if not places:
        raise BadValue("A dictionary needs at least one position; leave them out to have some.")
    return [(int(y), int(x)) for y, x in places]


def _said(net: Network, effects: np.ndarray, classes: int) -> dict[str, list[list[Any]]]:
    """List the classes that gain and lose most, with how much."""
    order = np.argsort(-effects, kind="stable")
    best = [int(k) for k in order[:classes] if effects[k] > 0]
    worst = [int(k) for k in order[::-1][:classes] if effects[k] < 0]
    return {
        name: [[short_label(net, k), round(float(effects[k]), 6)] for k in which]
        for name, which in (("for", best), ("against", worst))
    }


def _caption(layer: str, entry: dict[str, Any]) -> str:
    lines = [f"{layer}:{entry['channel']}", f"activation {entry['activation']:.3g}"]
    lines += [f"{label} {value:+.2g}" for label, value in entry["for"]]
    if entry["against"]:
        label, value = entry["against"][0]
        lines.append(f"{label} {value:+.2g}")
    return "\n".join(lines)
