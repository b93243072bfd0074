"""`attrvis style`: a photo painted in the style of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish, plate_options
from attrvis.cli.options import Loading, network_options
from attrvis.cli.proportioned import proportioned_options

style_from_option = click.option(
    "--style-layer",
    "style_from",
    metavar="NAME",
    multiple=True,
    help="A layer that speaks of style, or 'input' for the colours; may be repeated.  [default: "
    "chosen over the depth]",
)

decay_option = click.option(
    "--decay",
    metavar="X",
    type=click.FloatRange(0, 1, max_open=True),
    help="Keep so much of a running mean of the picture's style at each step; 0.95 steadies it.  "
    "[default: no mean]",
)


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.argument("painter", metavar="STYLE", type=click.Path(path_type=Path))
@style_from_option
@click.option(
    "--content-layer",
    "content_from",
    metavar="NAME",
    help="The layer that keeps what is where.  [default: chosen over the depth]",
)
@click.option(
    "--weight",
    metavar="X",
    type=click.FloatRange(0, 1e6, min_open=True),
    default=5.0,
    show_default=True,
    help="Of the style, where the content's is 1.",
)
@decay_option
@network_options()
@proportioned_options
@plate_options("attrvis-style")
def style(
    photo: Path,
    painter: Path,
    style_from: tuple[str, ...],
    content_from: str | None,
    weight: float,
    decay: float | None,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Paint PHOTO in the style of the photo STYLE.

    \b
    attrvis style photo.jpg painting.jpg
    attrvis style photo.jpg painting.jpg --weight 30 --pixels 512 --model net.pb --preprocess tf
    """
    from attrvis import images, progress

    where = out or Path("attrvis-style")
    check_out(where)
    pixels, other = images.read(photo), images.read(painter)
    network = loading.network()
    from attrvis.recipes import style_transfer

    with progress.automatic() as report:
        plate = style_transfer(
            network,
            pixels,
            other,
            style_from=style_from or None,
            content_from=content_from,
            weight=weight,
            decay=decay,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
