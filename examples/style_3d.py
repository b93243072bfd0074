"""Paint a sphere in the style of a photo: its views take the style, its texture stays near.

python -m examples.style_3d
python -m examples.style_3d earth.png bark.jpg --weight 5 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images, objectives, param, plots
from attrvis.recipes.gaps import style_gap
from attrvis.recipes.stages import style_layers
from attrvis.rendering import Rendering
from examples.sphere import Views, view


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Start from the texture, paint, and show before and after."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texture", nargs="?", type=Path, default=images.bundled("chelsea"))
    parser.add_argument("style", nargs="?", type=Path, default=images.bundled("coffee"))
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--weight", type=float, default=0.5, help="of staying near")
    parser.add_argument("--side", type=int, default=64, help="of a view; default: %(default)s")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("style_3d.png"))
    given = parser.parse_args(argv)
    net, side = attrvis.load(given.model, preprocess=given.preprocess), given.side
    before = images.resize(images.read(given.texture), (2 * side, 4 * side))
    style = images.resize(images.read(given.style), (side, side))
    near = given.weight * objectives.input_difference(before[None], of="image")
    wanted = style_gap(net, style, style_layers(net), -1.0) - near
    start = param.StartFrom(param.FourierImage(3), before[None])
    look = {"image": start, "size": before.shape[:2], "transforms": Views(side), "rule": None}
    drawn = attrvis.render(net, wanted, steps=given.steps, **look)
    shown = [(view(before, 3.0), "before"), (style, "style"), (view(drawn.images[0], 3.0), "after")]
    images.write_png(given.out, plots.sheet(shown, columns=3))
    return drawn


if __name__ == "__main__":
    main()
