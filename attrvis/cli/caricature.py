"""`attrvis caricature`: a photo redrawn with what a layer sees in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish
from attrvis.cli.options import Loading
from attrvis.cli.photo import layers_option, photo_command, powers_option


@click.command()
@layers_option
@powers_option
@photo_command("attrvis-caricature")
def caricature(
    photo: Path,
    layers: tuple[str, ...],
    powers: tuple[float, ...],
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Redraw PHOTO with what layers see in it, exaggerated.

    \b
    attrvis caricature photo.jpg --layer mixed4a
    attrvis caricature photo.jpg -l mixed3b -l mixed4d --power 0 --power 2 --model net.pb \\
        --preprocess caffe-rgb
    """
    from attrvis import images, progress

    where = out or Path("attrvis-caricature")
    check_out(where)
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import caricature as redraw

    with progress.automatic() as report:
        plate = redraw(
            network, pixels, layers, power=powers, fit=fit, progress=report, **drawing(**work)
        )
    return finish(plate, where, as_json)
