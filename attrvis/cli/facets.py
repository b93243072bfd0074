"""`attrvis facets`: several pictures of one unit that are made to differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("unit", metavar="UNIT")
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
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="Of the wish to differ, relative to what the unit reaches alone.",
)
@click.option("--layer", metavar="NAME", help="Where styles are compared.  [default: the unit's]")
@click.option("--negative", is_flag=True, help="Draw also what silences the unit.")
@network_options()
@drawing_options
@plate_options("attrvis-facets")
def facets(
    unit: str,
    count: int,
    strength: float,
    layer: str | None,
    negative: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what one UNIT (layer:unit) looks for, in pictures that must differ.

    \b
    attrvis facets mixed5a:3
    attrvis facets mixed4d:42 --count 4 --strength 2 --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-facets")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import facets as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            unit,
            count=count,
            strength=strength,
            layer=layer,
            negative=negative,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
