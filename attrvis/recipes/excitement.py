"""The photos that excite units most, beside what the units look for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from attrvis import images
from attrvis.errors import BadValue, ImageError, warn
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.objectives import Objective, channel, parse
from attrvis.plots import overlay
from attrvis.progress import Progress, silent
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.receptive import patch, patch_side
from attrvis.recipes.streams import Best, Example, named_photos
from attrvis.recipes.subject import part_name
from attrvis.rendering import render

View = Literal["patch", "map", "photo"]
"""How an example is shown: the part that the unit looked at, the unit's map on it, or whole."""

_VIEWS = ("patch", "map", "photo")
_WHOLE: dict[tuple[str, str], str] = {("patch", "-"): "photo"}
"""Where a unit is silent, no place is its own."""
_EMPTY = np.full((8, 8, 3), 0.55, np.float32)
_STEPS = 192


@checked_kinds
def dataset_examples(
    net: Network,
    photos: Any,
    units: str | Objective | Sequence[str | Objective],
    *,
    count: int = 6,
    least: bool = False,
    view: View = "patch",
    measure: Literal["max", "mean"] = "max",
    feature: bool = True,
    batch_size: int = 32,
    fit: How = "crop",
    panel: int = 160,
    seed: int = 0,
    steps: int = _STEPS,
    progress: Progress = silent,
    **drawing: Any,
) -> Plate:
    """Find the photos that excite units most, and lay them beside the units' own pictures.

    The photos are read and run in batches; only the best of each unit are kept, so a folder of any
    length will do.

    Args:
        net: the network.
        photos: a folder, a `tf.data.Dataset`, or any iterable of photos; see `named_photos`.
        units: channels, such as `"mixed4d:42"`, one row each.
        count: how many photos a unit, at least 1.
        least: whether also the photos that excite each unit least are shown, below.
        view: `patch` cuts out what the unit looked at (the least exciting ones stay whole), `map`
            lays the unit's activation over the photo, `photo` shows all of it.
        measure: what of a unit's map counts, its `max` (default) or its `mean`.
        feature: whether the unit's own picture is drawn.
        batch_size: photos at once.
        fit: how a photo meets the network's size: `crop`, `pad` or `stretch`.
        panel: height of a panel in pixels.
        seed: of every picture.
        steps: of drawing.
        progress: told how far the work is.
        drawing: everything else that `attrvis.render` takes, such as `size=`.

    Returns:
        A row a unit, with names, values and places of the photos. A file that cannot be read is
        left out with a warning.

    Raises:
        UnknownName: no such layer; the nearest are named.
        BadValue: something that is no channel, no photo, or a number out of its range.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> from attrvis import images; from attrvis.networks import load
        >>> folder = images.bundled().parent
        >>> plate = dataset_examples(load("embedded"), folder, "mixed5a:3", count=1, steps=2)
        >>> list(plate.facts["units"][0]["most"][0])
        ['photo', 'value', 'place']
    """
    if count < 1 or batch_size < 1:
        raise BadValue(f"A count and a batch are at least 1, not {count} and {batch_size}.")
    if view not in _VIEWS or measure not in ("max", "mean"):
        raise BadValue(
            f"Examples are shown as patch, map or photo and ranked by max or mean, not {view!r} "
            f"and {measure!r}."
        )
    started = time.perf_counter()
    listed = [units] if isinstance(units, str | Objective) else list(units)
    chosen = [_channel(net, unit) for unit in listed]
    if not chosen:
        raise BadValue("Examples need at least one channel, such as 'mixed4d:42'.")
    most = [Best(count) for _ in chosen]
    fewest = [Best(count, -1) for _ in chosen] if least else []
    seen, skipped = 0, list[str]()
    layers = list(dict.fromkeys(layer for layer, _ in chosen))
    trunk = net.trunk(layers)
    status = "ok"
    try:
        for names, batch in _batches(net, photos, batch_size, fit, skipped):
            found = {k: v.numpy() for k, v in trunk(tf.constant(batch)).items()}
            for number, (layer, unit) in enumerate(chosen):
                for best in (most[number], *(fewest[number : number + 1])):
                    _offer(best, names, batch, found[layer][..., unit], measure)
            seen += len(names)
            progress("photos", seen, 0, {})
    except KeyboardInterrupt:
        if not seen:
            raise
        status = "interrupted"
    if skipped:
        warn(
            f"{len(skipped)} photos cannot be read and are left out; the first: {skipped[0]}",
        )
    if not seen:
        raise BadValue("There is no photo to look for examples in; give at least one.")
    drawn, own = None, dict[tuple[int, str], int]()
    if feature and status == "ok":
        goals = {(n, ""): channel(*one) for n, one in enumerate(chosen)}
        # What never falls below zero has nothing that silences it further.
        low = [n for n, best in enumerate(fewest) if best.kept and best.kept[0].value < 0]
        goals |= {(n, "-"): -channel(*chosen[n]) for n in low}
        own = {key: row for row, key in enumerate(goals)}
        drawn = render(
            net,
            list(goals.values()),
            seed=[seed] * len(goals),
            steps=steps,
            progress=progress,
            **drawing,
        )
        status = "interrupted" if drawn.status == "interrupted" else status
    panels: list[tuple[np.ndarray, str]] = []
    parts: dict[str, np.ndarray] = {}
    facts: list[dict[str, Any]] = []
    for number, (layer, unit) in enumerate(chosen):
        row: dict[str, Any] = {"unit": f"{layer}:{unit}"}
        for sign, best in (("", most[number]), *(("-", b) for b in fewest[number : number + 1])):
            which = "least" if sign else "most"
            at = own.get((number, sign))
            if drawn is not None:
                picture = _EMPTY if at is None else drawn.on_grey()[at]
                panels.append((picture, f"{sign}{layer}:{unit}"))
            if drawn is not None and at is not None:
                parts[part_name(layer, unit, which)] = drawn.rgba[at]
            shown = _shown(net, layer, unit, best.kept, _WHOLE.get((view, sign), view))
            for i, (example, picture) in enumerate(zip(best.kept, shown, strict=True)):
                panels.append((_large(picture, panel), f"{example.value:.3g}\n{example.name}"))
                parts[part_name(layer, unit, which, i)] = picture
            row[which] = [_fact(example) for example in best.kept]
        facts.append(row)
    return Plate.of_panels(
        panels,
        size=panel,
        columns=int(drawn is not None) + min(count, seen),
        facts={
            "recipe": "examples",
            "units": facts,
            "photos": seen,
            "skipped": len(skipped),
            "measure": measure,
            "view": view,
            "fit": fit,
            "seconds": time.perf_counter() - started,
            "settings": {} if drawn is None else dict(drawn.settings),
        },
        parts=parts,
        status=status,
    )


def _channel(net: Network, unit: str | Objective) -> tuple[str, int]:
    objective = parse(unit) if isinstance(unit, str) else unit
    kind = objective.structure
    if not isinstance(kind, tuple) or kind[0] != "channel" or np.ndim(objective.parameters[0]):
        raise BadValue(f"Examples are of one channel, such as 'mixed4d:42', not of '{objective}'.")
    layer, number = str(kind[1]), int(np.asarray(objective.parameters[0]))
    have = net.layer(layer).shape[-1]
    if have is not None and number >= have:
        raise BadValue(f"There is no unit {number} in {layer!r}; they go from 0 to {have - 1}.")
    return layer, number


def _batches(
    net: Network, photos: Any, batch_size: int, fit: How, skipped: list[str]
) -> Iterator[tuple[list[str], np.ndarray]]:
    names: list[str] = []
    rows: list[np.ndarray] = []
    for name, source in named_photos(photos):
        try:
            rows.append(images.fit(images.read(source), net.image_size, fit)[0])
        except ImageError as error:
            skipped.append(str(error))
            continue
        names.append(name)
        if len(rows) == batch_size:
            yield names, np.stack(rows)
            names, rows = [], []
    if rows:
        yield names, np.stack(rows)


def _offer(
    best: Best, names: Sequence[str], batch: np.ndarray, maps: np.ndarray, measure: str
) -> None:
    """Offer a batch's photos, with one unit's maps [B, ...]."""
    flat = maps.reshape(len(maps), -1)
    values = flat.max(axis=1) if measure == "max" else flat.mean(axis=1)
    for i in (int(n) for n in np.flatnonzero(np.isfinite(values))):
        if best.room(float(values[i])):
            spatial = maps.ndim == 3
            y, x = divmod(int(flat[i].argmax()), maps.shape[-1]) if spatial else (0, 0)
            own = maps[i].copy() if spatial else None
            place = (y, x) if spatial else None
            best.offer(Example(names[i], float(values[i]), place, own, batch[i].copy()))


def _shown(
    net: Network, layer: str, unit: int, kept: Sequence[Example], view: str
) -> list[np.ndarray]:
    placed = [e for e in kept if e.place is not None and e.activation is not None]
    if view == "photo" or len(placed) < len(kept) or not kept:
        return [example.photo for example in kept]
    if view == "map":
        top = max(float(np.abs(e.activation).max()) for e in placed)  # type: ignore[arg-type]
        scale = top if top > 0 else 1.0
        return [overlay(e.photo, e.activation, scale) for e in placed]  # type: ignore[arg-type]
    places = [e.place for e in placed if e.place is not None]
    side = patch_side(net, layer, unit, np.stack([e.photo for e in placed]), places)
    return [
        patch(e.photo, place, np.asarray(e.activation).shape, side)
        for e, place in zip(placed, places, strict=True)
    ]


def _large(picture: np.ndarray, panel: int) -> np.ndarray:
    """Enlarge a small patch smoothly, so that it is seen as a photo and not as cells."""
    factor = -(-panel // picture.shape[0])
    size = (picture.shape[0] * factor, picture.shape[1] * factor)
    return images.resize(picture, size, resample="bicubic")


def _fact(example: Example) -> dict[str, Any]:
    return {
        "photo": example.name,
        "value": round(example.value, 4),
        "place": None if example.place is None else list(example.place),
    }
