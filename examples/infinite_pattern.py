"""Fit a pattern without end to a photo's style: a function of the place, seen at any zoom.

python -m examples.infinite_pattern
python -m examples.infinite_pattern bark.jpg --resolution 1024 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images
from attrvis.optimisers import Adam
from attrvis.recipes.gaps import style_gap
from attrvis.recipes.stages import style_layers
from attrvis.rendering import Rendering


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Fit the function's weights, and evaluate them at more places."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("style", nargs="?", type=Path, default=images.bundled("coffee"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--size", type=int, default=64, help="of drawing; default: %(default)s")
    parser.add_argument("--resolution", type=int, default=512, help="of the finished pattern")
    parser.add_argument("--steps", type=int, default=512)
    parser.add_argument("--out", type=Path, default=Path("infinite_pattern.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    photo = images.resize(images.read(given.style), (given.size, given.size))
    wanted = style_gap(net, photo, style_layers(net), -1.0)
    look = {"image": "cppn", "transforms": "identity", "optimizer": Adam(rate=0.01, end=0.5)}
    drawn = attrvis.render(net, wanted, size=given.size, steps=given.steps, **look)
    images.write_png(given.out, drawn.at(given.resolution).images[0])
    first, last = drawn.history["objective"][[0, -1], 0]
    print(f"{-first:.2f} away from the style at first, {-last:.2f} at last; see {given.out}")
    return drawn


if __name__ == "__main__":
    main()
