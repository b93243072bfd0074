"""`attrvis groups`: neurons that fire together in a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, finish
from attrvis.cli.options import Loading
from attrvis.cli.photo import layer_option, photo_command


@click.command()
@layer_option
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 64),
    default=6,
    show_default=True,
    help="How many groups.",
)
@click.option(
    "--target",
    "-t",
    "targets",
    metavar="LABEL|INDEX",
    multiple=True,
    help="A class on which the effects are told; several may be.  [default: the top three]",
)
@photo_command("attrvis-groups")
def groups(
    photo: Path,
    layer: str,
    count: int,
    targets: tuple[str, ...],
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Split what a layer sees in PHOTO into groups of neurons: what they look for, where, for what.

    \b
    attrvis groups photo.jpg --layer mixed4c --count 6
    attrvis groups photo.jpg --layer mixed4d --target vase --target tabby --model net.pb \\
        --preprocess caffe-rgb --labels words.txt
    """
    from attrvis import images, progress

    where = out or Path("attrvis-groups")
    check_out(where)
    pixels = images.read(photo)
    network = loading.network()
    from attrvis.recipes import neuron_groups

    with progress.automatic() as report:
        plate = neuron_groups(
            network,
            pixels,
            layer,
            count,
            targets=targets or 3,
            fit=fit,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
