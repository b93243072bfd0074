"""`attrvis transparency`: units with what does not matter left transparent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("units", nargs=-1, required=True, metavar="UNIT...")
@click.option(
    "--sparsity",
    metavar="X",
    type=click.FloatRange(0, 100),
    default=2.0,
    show_default=True,
    help="How strongly opaque parts are held against a picture.",
)
@click.option("--anywhere", is_flag=True, help="Let the object lie where it comes to lie.")
@network_options()
@drawing_options
@plate_options("attrvis-transparency")
def transparency(
    units: tuple[str, ...],
    sparsity: float,
    anywhere: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what each UNIT (layer:unit, or logit:label) looks for, and leave the rest transparent.

    \b
    attrvis transparency mixed4c:9
    attrvis transparency mixed4d:42 logit:tabby --sparsity 3 --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-transparency")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import transparency as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            list(units),
            sparsity=sparsity,
            centred=not anywhere,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
