"""`attrvis attribution-caricature`: a photo redrawn with what speaks for a class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish
from attrvis.cli.options import Loading
from attrvis.cli.photo import layers_option, photo_command, powers_option


@click.command("attribution-caricature")
@layers_option
@click.option(
    "--target",
    "-t",
    metavar="LABEL|INDEX",
    help="The class.  [default: the network's prediction]",
)
@powers_option
@click.option("--against", is_flag=True, help="Draw what speaks against the class instead.")
@photo_command("attrvis-attribution-caricature")
def attribution_caricature(
    photo: Path,
    layers: tuple[str, ...],
    target: str | None,
    powers: tuple[float, ...],
    against: bool,
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Redraw PHOTO with what in a layer speaks for a class; the rest fades.

    \b
    attrvis attribution-caricature photo.jpg --layer mixed4c
    attrvis attribution-caricature photo.jpg -l mixed4d --target vase --model net.pb \\
        --preprocess caffe-rgb --labels words.txt
    """
    from attrvis import images, progress

    where = out or Path("attrvis-attribution-caricature")
    check_out(where)
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import attribution_caricature as redraw

    with progress.automatic() as report:
        plate = redraw(
            network,
            pixels,
            layers,
            target=target,
            power=powers,
            against=against,
            fit=fit,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
