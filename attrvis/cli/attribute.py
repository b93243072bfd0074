"""`attrvis attribute`: which pixels or neurons spoke for a prediction, by any method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrvis.cli import guard
from attrvis.cli.drawing import check_out, finish
from attrvis.cli.options import Loading, as_json, emit, fit_option, network_options
from attrvis.errors import AttrVisError, BadValue

if TYPE_CHECKING:
    from attrvis.attribution import Method
    from attrvis.networks import Network

MARKER = "attribution.json"
_STRIP = 16
"""So many rows has the map of what has no positions."""
_MOST_PIXELS = 4_000_000
"""A larger photo is made smaller to lie under a map: a poster would take long to write."""
ALL = "all"


@click.command()
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="The method ('attrvis methods' lists them). Several, or 'all', make a comparison sheet.  "
    "[default: aumann-shapley]",
)
@click.option(
    "--set",
    "words",
    metavar="NAME=VALUE",
    multiple=True,
    help="A hyper-parameter of the method, such as steps=64; of one method among several, "
    "METHOD:NAME=VALUE.",
)
@click.option(
    "--target",
    "-t",
    metavar="LABEL|INDEX|OBJECTIVE",
    help="What is explained: a class, or a unit such as mixed4d:42.  [default: the network's "
    "prediction]",
)
@click.option(
    "--layer",
    "-l",
    metavar="NAME",
    help="Whose neurons.  [default: the pixels, or of methods of maps the last such layer]",
)
@click.option(
    "--score",
    metavar="NAME",
    default="logit",
    show_default=True,
    help="What of the class: logit, prob, log_prob, contrast, contrast_mean or contrast_max.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    help="The same seed gives the same values.",
)
@fit_option
@network_options()
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to write; of several photos one folder each in it.  "
    "[default: one named after the photo in attrvis-attribute here]",
)
@as_json
def attribute(
    photos: tuple[str, ...],
    methods: tuple[str, ...],
    words: tuple[str, ...],
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **asked: Any,
) -> int:
    """Attribute what a network sees in each PHOTO to its pixels, or to the neurons of a layer.

    Writes attribution.npz (the values), heatmap.png, overlay.png, photo_overlay.png (in the
    photo's own frame) and attribution.json (every number). With several methods, a sheet of them.
    A layer without positions has no overlays.

    \b
    attrvis attribute photo.jpg
    attrvis attribute photo.jpg --method integrated-gradients --set steps=64 --target vase
    attrvis attribute photo.jpg --method deep-lift --layer mixed4d --target mixed5a:7
    attrvis attribute photo.jpg --method all --out compared
    """
    from attrvis.cli.quiet import import_quietly

    import_quietly()
    from attrvis.attribution import TABLE

    names = list(methods) or ["aumann-shapley"]
    if ALL in names:
        names = list(TABLE.names)
    settings = _settings(names, words)
    folders = _apart(out or Path("attrvis-attribute"), photos)
    if out is not None and len(photos) == 1:
        folders = [out]
    if len(names) > 1:
        return _sheets(photos, folders, names, settings, loading, asked, as_json)
    return _maps(photos, folders, names[0], settings.get(names[0], {}), loading, asked, as_json)


def _settings(names: Sequence[str], words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read the words of `--set`, which belong to one method or name theirs."""
    from attrvis.attribution import TABLE, settings_from

    for name in names:
        TABLE.row(name)
    own: dict[str, list[str]] = {}
    for word in words:
        before, colon, rest = word.partition(":")
        if colon and "=" not in before:
            if before not in names:
                raise BadValue(f"{word!r} is for {before!r}, which is not among the methods.")
            own.setdefault(before, []).append(rest)
        elif len(names) > 1:
            raise BadValue(
                f"Of several methods, say whose setting {word!r} is: {names[0]}:{word}, say."
            )
        else:
            own.setdefault(names[0], []).append(word)
    return {name: settings_from(name, given) for name, given in own.items()}


def _apart(where: Path, photos: Sequence[str]) -> list[Path]:
    """Name a folder for each photo; photos of the same name get a number."""
    taken: dict[str, int] = {}
    folders = []
    for photo in photos:
        stem = Path(photo).stem or "photo"
        number = taken[stem] = taken.get(stem, 0) + 1
        folders.append(where / (stem if number == 1 else f"{stem}-{number}"))
    return folders


def _maps(
    photos: Sequence[str],
    folders: Sequence[Path],
    name: str,
    settings: dict[str, Any],
    loading: Loading,
    asked: dict[str, Any],
    as_json: bool,
) -> int:
    """Attribute each photo by one method; a photo that cannot be used does not stop the others."""
    from attrvis import folders as results
    from attrvis import progress
    from attrvis.attribution import method_of

    method = method_of(name, settings)
    for folder in folders:
        results.check_writable(folder, marker=MARKER)
    network = loading.network()
    documents: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    with progress.automatic() as report:
        for photo, folder in zip(photos, folders, strict=True):
            try:
                documents.append(_one(network, photo, folder, method, asked, report))
            except AttrVisError as error:
                if len(photos) == 1:
                    raise
                failed.append({"photo": photo, "error": str(error)})
            if not as_json and documents and documents[-1]["photo"] == photo:
                click.echo(_line(documents[-1]))
    for one in failed:
        named = "" if one["photo"] in one["error"] else f"{one['photo']}: "
        click.echo(f"attrvis: {named}{one['error']}", err=True)
    if as_json and len(photos) == 1:
        emit(documents[0])
    elif as_json:
        emit({"format": "attrvis.attributions", "version": 1, "done": documents, "failed": failed})
    return guard.PARTLY if failed else guard.DONE


def _one(
    network: Network, photo: str, folder: Path, method: Method, asked: dict[str, Any], report: Any
) -> dict[str, Any]:
    """Attribute one photo and write its folder."""
    import json

    import numpy as np

    import attrvis
    from attrvis import folders, images, plots

    pixels = images.read(photo)
    found = attrvis.attribute(network, pixels, method, progress=report, **asked)
    seen, frame, heat = np.asarray(found.photos)[0], found.frames[0], found.heatmap()[0]
    colours = plots.range_of(heat) if found.status != "nonfinite" else None
    gap = float(found.relative_gap[0])
    document = {
        "format": "attrvis.attribution",
        "version": 1,
        "photo": photo,
        "network": network.name,
        "method": found.method,
        "target": found.targets[0],
        "layer": found.layer,
        "shape": list(found.values.shape[1:]),
        "sum": float(found.values.sum(dtype="float64")) if colours else None,
        "change": None if found.change is None or not colours else float(found.change[0]),
        "relative_gap": gap if gap == gap and colours else None,
        "colours": colours.to_json() if colours else None,
        "status": found.status,
        "gradients": found.evaluations,
        "forwards": found.forwards,
        "seconds": round(found.seconds, 4),
        "seed": found.seed,
        "settings": found.settings,
        "frame": frame.to_json(),
        "out": str(folder),
    }
    with guard.unbroken(), folders.staged(folder, marker=MARKER) as stage:
        found.save(stage / "attribution.npz")
        if colours:
            placed = found.values.ndim == 4
            wide = images.resize(heat, seen.shape[:2]) if placed else np.repeat(heat, _STRIP, 0)
            images.write_png(stage / "heatmap.png", plots.heatmap(wide, colours))
        if colours and placed:
            images.write_png(stage / "overlay.png", plots.overlay(seen, heat, colours))
            if frame.photo != frame.network:
                small = images.within(pixels, _MOST_PIXELS)
                back = frame.at(small.shape[:2]).to_photo(wide)
                images.write_png(stage / "photo_overlay.png", plots.overlay(small, back, colours))
        text = json.dumps(document, indent=2, allow_nan=False) + "\n"
        folders.write_file(stage / MARKER, text.encode())
    return document


def _line(document: dict[str, Any]) -> str:
    gap = document["relative_gap"]
    told = f", gap {gap:.2%}" if gap is not None else ""
    return (
        f"{document['photo']}: {document['target']} at {document['layer']} by "
        f"{document['method']}{told}, {document['seconds']:.1f} s, {document['status']}: "
        f"{document['out']}"
    )


def _sheets(
    photos: Sequence[str],
    folders: Sequence[Path],
    names: Sequence[str],
    settings: dict[str, dict[str, Any]],
    loading: Loading,
    asked: dict[str, Any],
    as_json: bool,
) -> int:
    """Compare methods on each photo; a method that cannot explain it is told about."""
    if as_json and len(photos) > 1:
        raise BadValue("A comparison prints one JSON document for one photo; give one at a time.")
    from attrvis import images, progress

    for folder in folders:
        check_out(folder)
    read = [images.read(photo) for photo in photos]
    network = loading.network()
    from attrvis.recipes import compare_methods

    status = guard.DONE
    for pixels, folder in zip(read, folders, strict=True):
        with progress.automatic() as report:
            plate = compare_methods(
                network, pixels, names, settings=settings, progress=report, **asked
            )
        for name, why in plate.facts["failed"].items():
            click.echo(f"attrvis: note: {name}: {why}", err=True)
        if plate.facts["failed"]:
            status = guard.PARTLY
        if finish(plate, folder, as_json) == guard.INTERRUPTED:
            return guard.INTERRUPTED
    return status
