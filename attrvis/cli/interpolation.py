"""`attrvis interpolation`: a way from one unit to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("first", metavar="UNIT")
@click.argument("second", metavar="UNIT")
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(2, 64),
    default=6,
    show_default=True,
    help="How many pictures.",
)
@click.option(
    "--strength",
    metavar="X",
    type=click.FloatRange(0, 1000),
    default=2.0,
    show_default=True,
    help="Of the wish that neighbours agree.",
)
@click.option("--apart", is_flag=True, help="Draw each picture on its own; they need not agree.")
@network_options()
@drawing_options
@plate_options("attrvis-interpolation")
def interpolation(
    first: str,
    second: str,
    count: int,
    strength: float,
    apart: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw a way from the first unit to the second, in pictures that change little by little.

    \b
    attrvis interpolation mixed5a:3 mixed5a:20
    attrvis interpolation mixed4d:42 mixed4d:43 --count 9 --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-interpolation")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import interpolation as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            first,
            second,
            count=count,
            strength=strength,
            aligned=not apart,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
