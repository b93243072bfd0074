"""Draw a unit as a pattern, and make it again four times as large.

python -m examples.cppn
python -m examples.cppn mixed4d:42 --resolution 1024 --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, cppn_art


def main(argv: Sequence[str] | None = None) -> Plate:
    """Draw, and evaluate the same weights at more places."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("objectives", nargs="*", default=["mixed4b:3", "mixed3b:17"])
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--steps", type=int, default=512)
    parser.add_argument("--out", type=Path, default=Path("cppn"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = cppn_art(net, given.objectives, resolution=given.resolution, steps=given.steps)
    weights = sum(value[0].size for value in plate.values.values())
    print(f"{weights} numbers for {given.resolution} x {given.resolution} pixels; see {given.out}")
    plate.save(given.out)
    return plate


if __name__ == "__main__":
    main()
