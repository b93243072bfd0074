"""Attribution methods side by side on one photo."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from attrvis import images, plots
from attrvis.attribution import TABLE, Attribution, attribute, method_of
from attrvis.attribution.checked import check_network
from attrvis.attribution.targets import Target
from attrvis.errors import AttrVisError, AttrVisWarning, BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network
from attrvis.plots import Panel
from attrvis.progress import Progress, silent
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import part_name


def compare_methods(
    net: Network,
    photo: ImageSource,
    methods: Sequence[str] | None = None,
    *,
    target: Target = None,
    layer: str | None = None,
    score: str = "logit",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    fit: How = "crop",
    panel: int = 180,
    columns: int = 6,
    progress: Progress = silent,
) -> Plate:
    """Attribute one photo with many methods and lay their maps out side by side.

    A method that cannot explain this network, layer or target leaves a line in the facts instead
    of a picture; the others go on.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        methods: names of `attrvis.attribution.TABLE`; default all of them.
        target: what is explained; default the photo's own top class.
        layer: whose neurons; default the pixels, or of methods of maps the last such layer.
        score: what of the class.
        settings: hyper-parameters by method, such as `{"smooth-grad": {"samples": 20}}`.
        seed: of every random draw.
        fit: how the photo meets the network's size: `crop`, `pad` or `stretch`.
        panel: height of a panel in pixels.
        columns: panels in a row.
        progress: told how many methods are done.

    Returns:
        The plate: a sheet of overlays, every overlay as a part, every map among the values. The
        facts tell of each method its seconds, cost, gap, status and the range of its colours (a
        map of one sign is white at its low percentile, not at zero), and of those that could not,
        why. Ctrl-C keeps what is done, with status `interrupted`.

    Raises:
        UnknownName: no such method or setting; the nearest are named.
        BadValue: no network, no method, one named twice, or none that could explain the photo.
        ImageError: the photo cannot be used.

    Example:
        >>> from attrvis.networks import load
        >>> plate = compare_methods(load("embedded"), images.bundled(), ["saliency", "grad-cam"])
        >>> list(plate.parts)
        ['photo', 'saliency', 'grad-cam']
    """
    check_network(net)
    alone = [methods] if isinstance(methods, str) else methods
    names = list(TABLE.names) if alone is None else list(alone)
    if not names or len(set(names)) < len(names):
        raise BadValue(f"A comparison needs at least one method, each named once; not {names}.")
    strange = set(settings or {}) - set(names)
    if strange:
        raise BadValue(f"There are settings for {sorted(strange)}, which are not compared.")
    made = {name: method_of(name, (settings or {}).get(name)) for name in names}
    began = time.perf_counter()
    pixels = images.read(photo)
    done: dict[str, Attribution] = {}
    failed: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    status = "ok"
    try:
        for number, (name, method) in enumerate(made.items()):
            progress("methods", number, len(made), {})
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always", AttrVisWarning)
                try:
                    done[name] = attribute(
                        net, pixels, method,
                        target=target, layer=layer, score=score, seed=seed, fit=fit,
                    )  # fmt: skip
                except AttrVisError as error:
                    failed[name] = str(error)
            notes[name] = [str(one.message) for one in told]
        progress("methods", len(made), len(made), {})
    except KeyboardInterrupt:
        status = "interrupted"
    if not done:
        why = next(iter(failed.values()), "interrupted before the first was done")
        raise BadValue(f"None of the methods could explain the photo; the first said: {why}")
    return _plate(done, failed, notes, panel, columns, status, time.perf_counter() - began)


def _plate(
    done: Mapping[str, Attribution],
    failed: Mapping[str, str],
    notes: Mapping[str, Sequence[str]],
    size: int,
    columns: int,
    status: str,
    seconds: float,
) -> Plate:
    first = next(iter(done.values()))
    seen = np.asarray(first.photos)[0]
    target = first.targets[0]
    panels: list[Panel] = [(seen, f"photo\n{target}")]
    parts, values, rows = {"photo": seen}, {}, {}
    for name, found in done.items():
        heat = found.heatmap()[0]
        if found.status == "nonfinite":
            heat = np.nan_to_num(heat, posinf=0, neginf=0)
        colours = plots.range_of(heat)
        # What has no positions lies nowhere in the photo.
        placed = found.values.ndim == 4
        drawn = plots.overlay(seen, heat, colours) if placed else plots.heatmap(heat, colours)
        panels.append((drawn, f"{name}\n{_caption(found, colours)}"))
        parts[part_name(name)] = drawn
        rows[name] = {**_row(found), "colours": colours.to_json(), "notes": list(notes[name])}
        values[part_name(name)] = heat
    return Plate.of_panels(
        panels,
        size=size,
        columns=columns,
        title=f"What speaks for {target}: {len(done)} methods",
        facts={
            "recipe": "compare",
            "target": target,
            "methods": rows,
            "failed": dict(failed),
            "seconds": round(seconds, 3),
        },
        parts=parts,
        values=values,
        status=status,
    )


def _row(found: Attribution) -> dict[str, Any]:
    gap = float(found.relative_gap[0])
    return {
        "layer": found.layer,
        "status": found.status,
        "relative_gap": gap if np.isfinite(gap) else None,
        "seconds": round(found.seconds, 4),
        "gradients": found.evaluations,
        "forwards": found.forwards,
        "settings": found.settings,
    }


def _caption(found: Attribution, colours: plots.Range) -> str:
    where = "" if found.layer == "input" else f"at {found.layer.rpartition('/')[2]}, "
    gap = "" if found.change is None else f"gap {found.relative_gap[0]:.1%}, "
    text = f"{where}{gap}{found.seconds:.1f} s"
    told = [] if found.status == "ok" else [found.status]
    told += [] if found.heatmap().any() else ["blank"]
    # Where white is far from zero, it is said.
    far = abs(colours.white) > 0.05 * max(abs(colours.low), abs(colours.high))
    told += [f"colours {colours}"] if far else []
    return ", ".join([text, *told])
