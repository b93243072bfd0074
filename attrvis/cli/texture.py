"""`attrvis texture`: a new surface in a photo's style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options
from attrvis.cli.style import decay_option, style_from_option


@click.command()
@click.argument("painter", metavar="STYLE", type=click.Path(path_type=Path))
@style_from_option
@click.option(
    "--grain",
    metavar="N",
    type=click.IntRange(8, 4096),
    help="Longer side of the photo when it is read: more makes all in the texture larger.  "
    "[default: 16/7 of the network's]",
)
@decay_option
@network_options()
@drawing_options
@plate_options("attrvis-texture")
def texture(
    painter: Path,
    style_from: tuple[str, ...],
    grain: int | None,
    decay: float | None,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Make a tile of a new surface that looks as the photo STYLE does.

    \b
    attrvis texture bark.jpg
    attrvis texture bark.jpg --pixels 512 --grain 300 --model net.pb --preprocess tf
    """
    from attrvis import images, progress

    where = out or Path("attrvis-texture")
    check_out(where)
    pixels = images.read(painter)
    network = loading.network()
    from attrvis.recipes import texture as woven

    with progress.automatic() as report:
        plate = woven(
            network,
            pixels,
            style_from=style_from or None,
            grain=grain,
            decay=decay,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
