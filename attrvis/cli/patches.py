"""`attrvis patches`: a picture pasted onto a photo turns its prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--target",
    "-t",
    metavar="LABEL|INDEX",
    required=True,
    help="The class into which the prediction is to be turned.",
)
@click.option(
    "--patch",
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="A picture to paste, or an atlas's folder, whose icons are tried.  [default: a picture "
    "of the target, drawn now]",
)
@click.option(
    "--places",
    metavar="N",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Try N x N places.",
)
@click.option(
    "--share",
    "shares",
    metavar="PART",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    default=(0.2, 0.3, 0.4),
    show_default=True,
    help="The side of the patch as a part of the photo's; give it several times.",
)
@network_options()
@drawing_options
@plate_options("attrvis-patches")
def patches(
    photo: Path,
    target: str,
    patch: Path | None,
    places: int,
    shares: tuple[float, ...],
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Find a patch that makes the network see a target in PHOTO, and tell how far it goes.

    \b
    attrvis patches photo.jpg --target lemon
    attrvis patches photo.jpg --target lemon --patch attrvis-atlas --share 0.25
    """
    where = out or Path("attrvis-patches")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import patches as found

    with progress.automatic() as report:
        plate = found(
            network,
            photo,
            target,
            patch=patch,
            shares=shares,
            places=places,
            progress=report,
            **drawing(**work),
        )
    status = finish(plate, where, as_json)
    if not as_json:
        for size in plate.facts["sizes"]:
            turned = round(100 * size["turned_share_of_places"])
            click.echo(f"  {size['side']} pixels: {size['says']}; turned at {turned} % of places")
    return status
