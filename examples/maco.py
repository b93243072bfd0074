"""Draw a class large, with the spectrum of photos and free phases.

python -m examples.maco
python -m examples.maco "logit:tabby" --model net.pb --preprocess caffe-rgb --labels words.txt
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, maco


def main(argv: Sequence[str] | None = None) -> Plate:
    """Draw, and say how much of the picture matters."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("objectives", nargs="*", default=["mixed5a:7"])
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--size", type=int, help="side of the pictures in pixels")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("maco"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    plate = maco(net, given.objectives, size=given.size, steps=given.steps)
    for name, rgba in zip(plate.facts["objectives"], plate.parts.values(), strict=True):
        print(f"{name}: {rgba[..., 3].mean():.0%} of the picture is opaque; see {given.out}")
    plate.save(given.out)
    return plate


if __name__ == "__main__":
    main()
