"""Draw what one unit looks for, in pictures that must differ from each other.

Run it as it stands, or bring your own network:

    python examples/facets.py
    python examples/facets.py mixed4d:42 --count 4 --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import recipes


def main(argv: Sequence[str] | None = None) -> recipes.Plate:
    """Load a network, draw and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unit", nargs="?", default="mixed5a:3")
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--steps", type=int, default=256, help="of drawing (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("facets"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = recipes.facets(net, given.unit, count=given.count, steps=given.steps)
    plate.save(given.out)
    print(f"likeness {plate.facts['mean_likeness'][0]:.2f} of 1: {given.out}/picture.png")
    return plate


if __name__ == "__main__":
    main()
