"""Turn a prediction: draw what a class looks like and paste it onto a photo of another.

python -m examples.patches
python -m examples.patches photo.jpg --target lemon --patch atlas/
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.recipes import Plate, patches


def main(argv: Sequence[str] | None = None) -> Plate:
    """Load a network, find the patch, tell how far it goes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled("chelsea"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--target", default="lemon", help="default: %(default)s")
    parser.add_argument("--patch", type=Path, help="a picture or an atlas; default: drawn")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.2, 0.3, 0.4], help="sides")
    parser.add_argument("--steps", type=int, default=256, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("patches"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    look = {"patch": given.patch, "shares": given.shares, "steps": given.steps}
    plate = patches(net, given.photo, given.target, **look)
    plate.save(given.out)
    for size in plate.facts["sizes"]:
        moved = f"target {size['moved_target']:+.2f}, own {size['moved_own']:+.2f}"
        print(f"{size['side']} pixels: {moved}, now {size['says']}")
    return plate


if __name__ == "__main__":
    main()
