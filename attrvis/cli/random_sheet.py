"""`attrvis random-sheet`: random directions of a layer, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command(name="random-sheet")
@click.option(
    "--layer",
    "-l",
    metavar="NAME",
    required=True,
    help="The layer ('attrvis layers' lists them).",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 4096),
    default=8,
    show_default=True,
    help="How many directions.",
)
@click.option(
    "--power",
    metavar="X",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="Of the cosine; more keeps closer to the direction.",
)
@network_options()
@drawing_options
@plate_options("attrvis-random-sheet")
def random_sheet(
    layer: str,
    count: int,
    power: float,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw random directions of a layer: do its channels mean more than those?

    \b
    attrvis random-sheet --layer mixed4d
    attrvis random-sheet --layer mixed4d --count 24 --seed 100 --model net.pb --preprocess tf
    """
    where = out or Path("attrvis-random-sheet")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import random_sheet as drawn

    with progress.automatic() as report:
        plate = drawn(network, layer, count=count, power=power, progress=report, **drawing(**work))
    return finish(plate, where, as_json)
