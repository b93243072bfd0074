"""Draw a way from one unit to another, in pictures that change little by little.

Run it as it stands, or bring your own network:

    python examples/interpolation.py
    python examples/interpolation.py mixed4d:42 mixed4d:7 --model net.pb --preprocess caffe-rgb
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
    parser.add_argument("first", nargs="?", default="mixed5a:3")
    parser.add_argument("second", nargs="?", default="mixed5a:20")
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--steps", type=int, default=256, help="of drawing (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("interpolation"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    units = given.first, given.second
    plate = recipes.interpolation(net, *units, count=given.count, steps=given.steps)
    plate.save(given.out)
    print(f"steps of {plate.facts['mean_step']:.3f} on average: {given.out}/picture.png")
    return plate


if __name__ == "__main__":
    main()
