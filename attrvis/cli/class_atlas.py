"""`attrvis class-atlas`: what of a layer speaks for a class, as a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.atlas import atlas_options, icon_drawing
from attrvis.cli.drawing import check_out, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command(name="class-atlas")
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--target", "-t", metavar="LABEL|INDEX", required=True, help="The class.")
@click.option(
    "--against",
    metavar="LABEL|INDEX",
    help="Another class: what tells the two apart, one at the top and the other at the bottom.",
)
@click.option(
    "--score",
    type=click.Choice(["logit", "contrast_mean"]),
    default="contrast_mean",
    show_default=True,
    help="What of the class counts; contrast_mean leaves out what speaks for all classes alike.",
)
@click.option(
    "--strongest",
    metavar="N",
    type=click.IntRange(4),
    help="Keep the N activations that speak most.  [default: those that speak a third as much as "
    "the loudest]",
)
@atlas_options(grid=8, per_photo=16)
@network_options()
@drawing_options
@plate_options("attrvis-class-atlas")
def class_atlas(
    folder: Path,
    layer: str,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    pixels: int | None,
    steps: int | None,
    seed: int,
    **work: Any,
) -> int:
    """Map what of a layer speaks for a class in the photos in FOLDER.

    \b
    attrvis class-atlas photos/ --layer mixed5a --target tabby
    attrvis class-atlas photos/ --layer mixed5a --target tabby --against lynx
    """
    where = out or Path("attrvis-class-atlas")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import class_atlas as mapped

    with progress.automatic() as report:
        plate = mapped(
            network,
            folder,
            layer,
            progress=report,
            **work,
            **icon_drawing(pixels, steps, seed),
        )
    return finish(plate, where, as_json)
