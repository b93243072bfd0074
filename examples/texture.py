"""Make a tile of a new surface in the style of a photo.

python -m examples.texture
python -m examples.texture bark.jpg --size 512 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.recipes import Plate, texture


def main(argv: Sequence[str] | None = None) -> Plate:
    """Weave, and say how near the style is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("style", nargs="?", type=Path, default=images.bundled("coffee"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--size", type=int, help="side of the tile in pixels")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("texture"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = texture(net, given.style, size=given.size, steps=given.steps)
    first, last = plate.facts["gaps"]["objective"]
    print(f"{-first:.2f} away from the style at first, {-last:.2f} at last; see {given.out}")
    plate.save(given.out)
    return plate


if __name__ == "__main__":
    main()
