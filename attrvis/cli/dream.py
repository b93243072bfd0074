"""`attrvis dream`: a photo in which a layer sees ever more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish, plate_options
from attrvis.cli.options import Loading, network_options
from attrvis.cli.proportioned import proportioned_options


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--layer",
    "-l",
    metavar="NAME",
    help="Whose activations grow; also a channel (layer:unit) or another objective.  [default: the "
    "one that explanations choose]",
)
@click.option(
    "--octaves",
    metavar="N",
    type=click.IntRange(1, 16),
    help="At how many scales.  [default: 1 to 4, by the sizes]",
)
@click.option(
    "--scale",
    metavar="X",
    type=click.FloatRange(1, 16, min_open=True, max_open=True),
    default=1.4,
    show_default=True,
    help="From one scale to the next.",
)
@click.option(
    "--rate",
    metavar="X",
    type=click.FloatRange(0, 10, min_open=True),
    default=0.02,
    show_default=True,
    help="The learning rate: how deep the dream is.",
)
@network_options()
@proportioned_options
@plate_options("attrvis-dream")
def dream(
    photo: Path,
    layer: str | None,
    octaves: int | None,
    scale: float,
    rate: float,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Amplify in PHOTO whatever a layer sees in it, at several scales.

    \b
    attrvis dream photo.jpg
    attrvis dream photo.jpg --layer mixed4c --rate 0.05 --model net.pb --preprocess caffe-rgb
    """
    from attrvis import images, progress

    where = out or Path("attrvis-dream")
    check_out(where)
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import dream as dreamt

    with progress.automatic() as report:
        plate = dreamt(
            network,
            pixels,
            layer,
            octaves=octaves,
            scale=scale,
            rate=rate,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
