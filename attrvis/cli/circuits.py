"""`attrvis circuits`: the weights between two layers, beside what they connect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("earlier", metavar="LAYER1")
@click.argument("later", metavar="LAYER2")
@click.option(
    "--unit",
    "-u",
    metavar="N",
    type=click.IntRange(0),
    required=True,
    help="The channel of LAYER2.",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 4096),
    default=8,
    show_default=True,
    help="How many channels of LAYER1, the most strongly seen ones.",
)
@click.option(
    "--way",
    type=click.Choice(["auto", "kernel", "expanded"]),
    default="auto",
    show_default=True,
    help="Read the kernel, or follow all that lies between, made linear.",
)
@network_options()
@drawing_options
@plate_options("attrvis-circuits")
def circuits(
    earlier: str,
    later: str,
    unit: int,
    count: int,
    way: str,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw the channels of LAYER1 that a unit of LAYER2 sees most strongly, with its weights.

    \b
    attrvis circuits conv1 conv2 --unit 5
    attrvis circuits mixed4a mixed4b --unit 42 --count 12
    """
    where = out or Path("attrvis-circuits")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import circuits as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            earlier,
            later,
            unit,
            count=count,
            way=way,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
