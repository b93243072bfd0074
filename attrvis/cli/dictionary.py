"""`attrvis dictionary`: what the strongest channels at places of a photo look for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish
from attrvis.cli.options import Loading
from attrvis.cli.photo import layer_option, photo_command


@click.command()
@layer_option
@click.option(
    "--at",
    "places",
    metavar="Y,X",
    multiple=True,
    help="A position, as row and column of the layer's maps from 0; several give one row each.  "
    "[default: the four strongest]",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Channels a position.",
)
@click.option(
    "--classes",
    metavar="N",
    type=click.IntRange(0, 10),
    default=3,
    show_default=True,
    help="How many classes are named for each channel.",
)
@photo_command("attrvis-dictionary")
def dictionary(
    photo: Path,
    layer: str,
    places: tuple[str, ...],
    count: int,
    classes: int,
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Read a layer at places of PHOTO: the strongest channels as pictures, and what they speak for.

    \b
    attrvis dictionary photo.jpg --layer mixed4c
    attrvis dictionary photo.jpg --layer mixed4c --at 2,3 --at 5,5
    """
    from attrvis import images, progress

    where = out or Path("attrvis-dictionary")
    check_out(where)
    at = [place(text) for text in places] or None
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import semantic_dictionary

    with progress.automatic() as report:
        plate = semantic_dictionary(
            network,
            pixels,
            layer,
            at,
            count=count,
            classes=classes,
            fit=fit,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)


def place(text: str) -> tuple[int, int]:
    """Read a position, such as `2,3`.

    Args:
        text: row and column, whole numbers from 0.

    Returns:
        (row, column).

    Raises:
        click.BadParameter: something else.

    Example:
        >>> place("2,3")
        (2, 3)
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 6 for part in parts):
        raise click.BadParameter(f"{text!r} is no position; write its row and column, such as 2,3.")
    return int(parts[0]), int(parts[1])
