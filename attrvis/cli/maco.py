"""`attrvis maco`: large pictures of units of deep networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("objectives", nargs=-1, required=True, metavar="OBJECTIVE...")
@click.option(
    "--crops",
    metavar="N",
    type=click.IntRange(1, 256),
    default=6,
    show_default=True,
    help="How many crops the network sees at each step.",
)
@click.option(
    "--photo",
    "photos",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A photo whose magnitudes the pictures have; the mean of several.  [default: a power law]",
)
@network_options()
@drawing_options
@plate_options("attrvis-maco")
def maco(
    objectives: tuple[str, ...],
    crops: int,
    photos: tuple[Path, ...],
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what each OBJECTIVE looks for with the magnitudes of photos and free phases.

    \b
    attrvis maco logit:3
    attrvis maco "logit:tabby" mixed5a:7 --pixels 640 --model net.pb --preprocess caffe-rgb
    """
    from attrvis import images, progress

    where = out or Path("attrvis-maco")
    check_out(where)
    pixels = [images.read(photo) for photo in photos]
    network = loading.network()
    from attrvis.recipes import maco as drawn

    with progress.automatic() as report:
        plate = drawn(
            network,
            list(objectives),
            crops=crops,
            photos=pixels,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
