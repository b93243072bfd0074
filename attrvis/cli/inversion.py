"""`attrvis inversion`: what of a photo a layer still knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish
from attrvis.cli.options import Loading
from attrvis.cli.photo import layers_option, photo_command


@click.command()
@layers_option
@click.option(
    "--smooth",
    metavar="X",
    type=click.FloatRange(0),
    default=0.5,
    show_default=True,
    help="Weight of smoothness, among all pictures that the layer cannot tell apart.",
)
@photo_command("attrvis-inversion")
def inversion(
    photo: Path,
    layers: tuple[str, ...],
    smooth: float,
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what layers cannot tell from PHOTO; what they have lost does not come back.

    \b
    attrvis inversion photo.jpg --layer mixed3a --layer mixed4c
    """
    from attrvis import images, progress

    where = out or Path("attrvis-inversion")
    check_out(where)
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import inversion as invert

    with progress.automatic() as report:
        plate = invert(
            network, pixels, layers, smooth=smooth, fit=fit, progress=report, **drawing(**work)
        )
    return finish(plate, where, as_json)
