"""`attrvis activation-grid`: what a layer sees in a photo, place by place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, fit_option, network_options


@click.command("activation-grid")
@click.argument("photo", type=click.Path(path_type=Path))
@click.option("--layer", "-l", metavar="NAME", required=True, help="A layer of maps.")
@click.option(
    "--groups",
    metavar="N",
    type=click.IntRange(1, 64),
    default=6,
    show_default=True,
    help="Groups of channels, whose pictures the places share.",
)
@click.option(
    "--cells",
    metavar="N",
    type=click.IntRange(1, 32),
    default=14,
    show_default=True,
    help="Places along each side at most; larger maps are averaged.",
)
@click.option("--sized", is_flag=True, help="Let the area tell how strong the activations are.")
@fit_option
@network_options()
@drawing_options
@plate_options("attrvis-activation-grid")
def activation_grid(
    photo: Path,
    layer: str,
    groups: int,
    cells: int,
    sized: bool,
    fit: Literal["crop", "pad", "stretch"],
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what a layer sees at each place of PHOTO, as a grid of small pictures.

    --pixels is the side of one small picture.

    \b
    attrvis activation-grid photo.jpg --layer mixed4c
    attrvis activation-grid photo.jpg --layer mixed4d --sized --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-activation-grid")
    check_out(where)
    from attrvis import images

    picture = images.read(photo)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import activation_grid as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            picture,
            layer,
            groups=groups,
            cells=cells,
            sized=sized,
            fit=fit,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
