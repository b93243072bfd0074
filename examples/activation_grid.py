"""Draw what a layer sees in a photo, one small picture for each place.

Run it as it stands, or bring your own network:

    python examples/activation_grid.py
    python examples/activation_grid.py photo.jpg --layer mixed4d --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images, recipes


def main(argv: Sequence[str] | None = None) -> recipes.Plate:
    """Load a network, draw and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled("chelsea"))
    parser.add_argument("--layer", default="mixed4c")
    parser.add_argument("--sized", action="store_true", help="area tells strength")
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--steps", type=int, default=256, help="of drawing (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("activation-grid"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = recipes.activation_grid(
        net, given.photo, given.layer, sized=given.sized, steps=given.steps
    )
    plate.save(given.out)
    print(f"{' x '.join(map(str, plate.facts['places']))} places: {given.out}/picture.png")
    return plate


if __name__ == "__main__":
    main()
