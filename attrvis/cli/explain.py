"""`attrvis explain`: the whole job, from a photo and a network to a picture and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.job import result_options, run, work_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--target",
    "-t",
    metavar="LABEL|INDEX",
    help="The class to explain.  [default: the network's prediction]",
)
@click.option(
    "--layer",
    "-l",
    metavar="NAME",
    help="The layer whose neurons are asked ('attrvis layers' lists them).  "
    "[default: chosen from the network's depth, and said]",
)
@network_options()
@work_options
@result_options
def explain(photo: Path, loading: Loading, out: Path | None, as_json: bool, **work: Any) -> int:
    """Find which neurons of a layer made the network see what it sees in PHOTO, and draw them.

    Writes a folder: picture.png (what those neurons look for, free of noise), heatmap.png,
    overlay.png, mask.png, sheet.png (all side by side), explanation.json (every number),
    attribution.npz, baseline.npz and index.html, a page to open in a browser.

    \b
    attrvis explain photo.jpg
    attrvis explain photo.jpg --target vase --out vase
    attrvis explain photo.jpg --model net.pb --preprocess caffe-rgb --labels words.txt \\
        --target tabby --layer mixed4d
    """
    return run(photo, out or Path(f"attrvis-{photo.stem or 'photo'}"), loading, as_json, work)
