"""Wrap a unit all around a sphere: its texture is drawn from random sides, four a step.

python -m examples.texture_3d
python -m examples.texture_3d mixed4d:42 --side 128 --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images, plots
from attrvis.rendering import Rendering
from examples.sphere import Views, view


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Draw the texture, and show it and the sphere from three sides."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("unit", nargs="?", default="mixed4b:3")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--side", type=int, default=64, help="of a view; default: %(default)s")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("texture_3d.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    size, views = (2 * given.side, 4 * given.side), [Views(given.side)]
    drawn = attrvis.render(net, given.unit, size=size, transforms=views, steps=given.steps)
    texture = drawn.images[0]
    around = [(view(texture, turn), f"turned by {turn:g}") for turn in (0.0, 2.1, 4.2)]
    images.write_png(given.out, plots.sheet([(texture, "texture"), *around], columns=4))
    print(f"{drawn.names[0]}: {drawn.values[0]:.3f} from all sides; see {given.out}")
    return drawn


if __name__ == "__main__":
    main()
