"""Paint a photo in the style of another.

python -m examples.style
python -m examples.style photo.jpg painting.jpg --weight 30 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.recipes import Plate, style_transfer


def main(argv: Sequence[str] | None = None) -> Plate:
    """Paint, and say from which layers the style came."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled("chelsea"))
    parser.add_argument("style", nargs="?", type=Path, default=images.bundled("coffee"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--weight", type=float, default=5.0, help="of the style")
    parser.add_argument("--size", type=int, help="the longer side in pixels")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("style"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = style_transfer(
        net, given.photo, given.style, weight=given.weight, size=given.size, steps=given.steps
    )
    print(f"style of {', '.join(plate.facts['style_from'])}; content of", end=" ")
    print(plate.facts["content_from"])
    plate.save(given.out)
    return plate


if __name__ == "__main__":
    main()
