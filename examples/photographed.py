"""What the examples about one photo share: their options, and the network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.networks import Network
from attrvis.recipes import Plate


def options(
    doc: str | None,
    out: str,
    argv: Sequence[str] | None,
    *,
    layers: Sequence[str] = ("mixed4c",),
    photo: str = "chelsea",
    methods: Sequence[str] = (),
) -> argparse.Namespace:
    """Read the command line of an example, from its own description and defaults."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled(photo))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--layer", nargs="+", default=list(layers), help="default: %(default)s")
    parser.add_argument("--target", help="a label or class number; default: the prediction")
    parser.add_argument("--steps", type=int, default=256, help="of drawing; default: %(default)s")
    if methods:
        parser.add_argument("--methods", nargs="+", default=list(methods), help="their names")
    parser.add_argument("--out", type=Path, default=Path(out), help="default: %(default)s")
    return parser.parse_args(argv)


def network(given: argparse.Namespace) -> Network:
    """Load the network that is asked for."""
    return attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)


def saved(plate: Plate, out: Path) -> Plate:
    """Write a plate and say where it is."""
    plate.save(out)
    print(f"see {out / 'picture.png'}")
    return plate
