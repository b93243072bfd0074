"""Draw a unit onto one side of a globe: its texture is optimised, a fixed uv lays it over.

python -m examples.globe
python -m examples.globe mixed4d:42 --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

import attrvis
from attrvis import images, param
from attrvis.rendering import Rendering
from examples.sphere import looked_up, sphere


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Draw, cut the disc out, and save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("unit", nargs="?", default="mixed4b:3")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--size", type=int, default=128, help="of the view; default: %(default)s")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("globe.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    normals, seen = sphere(given.size)
    uv = looked_up(normals, tf.constant([0.0]), tf.constant([0.3]))[0]
    texture = param.Texture(param.FourierImage(3), uv, size=(given.size, 2 * given.size))
    drawn = attrvis.render(net, given.unit, image=texture, size=given.size, steps=given.steps)
    images.write_png(given.out, drawn.images[0] * seen + 1 - seen)
    print(f"{drawn.names[0]}: {drawn.values[0]:.3f}; see {given.out}")
    return drawn


if __name__ == "__main__":
    main()
