"""Draw one channel with ever better care: bare pixels, penalties, transforms, Fourier space.

python -m examples.regularization
python -m examples.regularization mixed4d:42 --strength 30 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.images import write_png
from attrvis.networks.rules import RULES
from attrvis.objectives import blur_each_step, l1, parse, total_variation
from attrvis.plots import sheet
from attrvis.rendering import Rendering


def main(argv: Sequence[str] | None = None) -> dict[str, Rendering]:
    """Draw each way, and lay the pictures out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("unit", nargs="?", default="mixed4b:3")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--strength", type=float, default=1.0, help="of the penalties")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("regularization.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    unit = parse(given.unit)
    strength = given.strength
    # For the whole run: a penalty is a gradient too, so that a silent unit would not be noticed.
    rule = RULES["redirected_relu"]
    bare = {"image": "pixels", "transforms": "identity", "coarse": (), "rule": rule}
    ways = {
        "bare pixels": (unit, bare),
        "less contrast": (unit - strength * 5e-4 * l1(constant=0.5), bare),
        "smoother": (unit - strength * 5e-4 * total_variation(), bare),
        "blurred each step": (unit - strength * 0.02 * blur_each_step(), bare),
        "transforms": (unit, {**bare, "transforms": "standard"}),
        "Fourier space": (unit, {**bare, "image": "fourier"}),
        "both": (unit, {}),
    }
    drawn = {
        name: attrvis.render(net, wanted, steps=given.steps, **how)
        for name, (wanted, how) in ways.items()
    }
    panels = [(one.on_grey()[0], name) for name, one in drawn.items()]
    write_png(given.out, sheet(panels, size=200, columns=4))
    return drawn


if __name__ == "__main__":
    main()
