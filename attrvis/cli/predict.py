"""`attrvis predict`: what a network sees in a photo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from attrvis.cli.options import Loading, as_json, emit, fit_option, network_options

if TYPE_CHECKING:
    from attrvis.networks import Prediction


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@network_options()
@fit_option
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many classes.",
)
@as_json
def predict(
    photo: Path, loading: Loading, fit: Literal["crop", "pad", "stretch"], top: int, as_json: bool
) -> None:
    """Say what a network sees in PHOTO; a sane answer means that the preprocessing is right.

    \b
    attrvis predict photo.jpg
    attrvis predict photo.jpg --model net.pb --preprocess caffe-rgb --labels words.txt
    """
    from attrvis import images

    pixels = images.read(photo)
    network = loading.network()
    fitted, _ = images.fit(pixels, network.image_size, fit)
    found = network.predict(fitted[None], top=top)[0]
    if not as_json:
        click.echo(predictions_text(found))
        return
    emit(
        {
            "format": "attrvis.predict",
            "version": 1,
            "photo": str(photo),
            "network": network.name,
            "preprocess": str(network.preprocess),
            "fit": fit,
            "predictions": [
                {
                    "index": one.index,
                    "label": one.label,
                    "logit": one.logit,
                    "probability": one.probability,
                }
                for one in found
            ],
        }
    )


def predictions_text(found: list[Prediction]) -> str:
    """Lay predictions out as aligned lines: probability, logit, index, label."""
    return "\n".join(
        f"{one.probability:7.2%}  {one.logit:8.3f}  {one.index:>5}  {one.label}" for one in found
    )
