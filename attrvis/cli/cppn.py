"""`attrvis cppn`: pictures of units that are sharp at any resolution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("objectives", nargs=-1, required=True, metavar="OBJECTIVE...")
@click.option(
    "--resolution",
    metavar="N",
    type=click.IntRange(8, 2048),
    help="Finish the pictures at N x N pixels.  [default: the size that was drawn]",
)
@click.option(
    "--rate",
    metavar="X",
    type=click.FloatRange(0, 10, min_open=True),
    default=0.005,
    show_default=True,
    help="The learning rate.",
)
@network_options()
@drawing_options
@plate_options("attrvis-cppn")
def cppn(
    objectives: tuple[str, ...],
    resolution: int | None,
    rate: float,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what each OBJECTIVE looks for as a pattern that is sharp at any resolution.

    \b
    attrvis cppn mixed4b:3 --resolution 1024
    attrvis cppn mixed4d:42 mixed4d:43 --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-cppn")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import cppn_art

    with progress.automatic() as report:
        plate = cppn_art(
            network,
            list(objectives),
            resolution=resolution,
            rate=rate,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
