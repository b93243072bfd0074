"""`attrvis interaction`: mixtures of two units, as a grid."""

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
    "--cells",
    metavar="N",
    type=click.IntRange(2, 15),
    default=5,
    show_default=True,
    help="Pictures along each side.",
)
@click.option("--positive", is_flag=True, help="Leave out the mixtures that silence a unit.")
@click.option("--apart", is_flag=True, help="Draw each picture on its own, without shared parts.")
@network_options()
@drawing_options
@plate_options("attrvis-interaction")
def interaction(
    first: str,
    second: str,
    cells: int,
    positive: bool,
    apart: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw mixtures of two units: the first grows to the right, the second upwards, from -1 to 1.

    \b
    attrvis interaction mixed5a:3 mixed5a:20
    attrvis interaction mixed4d:42 logit:tabby --cells 4 --positive --model net.pb
    """
    where = out or Path("attrvis-interaction")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import interaction as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            first,
            second,
            cells=cells,
            low=0.0 if positive else -1.0,
            aligned=not apart,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
