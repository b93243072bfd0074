"""Draw what units look for, and leave transparent what does not matter.

Run it as it stands, or bring your own network:

    python examples/transparency.py
    python examples/transparency.py mixed4d:42 logit:tabby --model net.pb --preprocess caffe-rgb
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
    parser.add_argument("units", nargs="*", default=["mixed4c:9"])
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--steps", type=int, default=256, help="of drawing (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("transparency"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = recipes.transparency(net, given.units, steps=given.steps)
    plate.save(given.out)
    shares = ", ".join(f"{share:.0%}" for share in plate.facts["shown"])
    print(f"{shares} of the picture is opaque: {given.out}/picture.png")
    return plate


if __name__ == "__main__":
    main()
