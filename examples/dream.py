"""Let a layer see ever more in a photo.

python -m examples.dream
python -m examples.dream photo.jpg --layer mixed4c --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.recipes import Plate, dream


def main(argv: Sequence[str] | None = None) -> Plate:
    """Dream, and say how much more the layer sees."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled("chelsea"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--layer", default="mixed4b", help="or any objective")
    parser.add_argument("--size", type=int, help="the longer side in pixels")
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--out", type=Path, default=Path("dream"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = dream(net, given.photo, given.layer, size=given.size, steps=given.steps)
    for octave in plate.facts["octaves"]:
        first, last = octave["objective"]
        print(f"{octave['size']}: {plate.facts['objective']} from {first:.3g} to {last:.3g}")
    plate.save(given.out)
    return plate


if __name__ == "__main__":
    main()
