"""Draw mixtures of two units: more of the first to the right, of the second upwards.

Run it as it stands, or bring your own network:

    python examples/interaction.py
    python examples/interaction.py mixed4d:42 mixed4d:7 --model net.pb --preprocess caffe-rgb
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
    parser.add_argument("--cells", type=int, default=5)
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--steps", type=int, default=256, help="of drawing (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("interaction"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    units = given.first, given.second
    plate = recipes.interaction(net, *units, cells=given.cells, steps=given.steps)
    plate.save(given.out)
    print(f"{len(plate.parts)} mixtures of {' and '.join(units)}: {given.out}/picture.png")
    return plate


if __name__ == "__main__":
    main()
