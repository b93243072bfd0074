"""Draw one channel with ever better care: bare pixels, penalties, transforms, Fourier space.

python -m examples.regularization
python -m examples.regularization mixed4d:42 --strength 30 --model net.pb --preprocess tf
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images, objectives, plots
from attrvis.networks.rules import RULES
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
    unit, strength = objectives.parse(given.unit), given.strength
    bare = {"image": "pixels", "transforms": "identity", "rule": RULES["redirected_relu"]}
    ways = {
        "bare pixels": (unit, bare),
        "less contrast": (unit - strength * 5e-4 * objectives.l1(constant=0.5), bare),
        "smoother": (unit - strength * 5e-4 * objectives.total_variation(), bare),
        "blurred each step": (unit - strength * 0.02 * objectives.blur_each_step(), bare),
        "transforms": (unit, {**bare, "transforms": "standard"}),
        "Fourier space": (unit, {**bare, "image": "fourier"}),
        "both": (unit, {}),
    }
    drawn = {n: attrvis.render(net, q, steps=given.steps, **how) for n, (q, how) in ways.items()}
    panels = [(one.on_grey()[0], name) for name, one in drawn.items()]
    images.write_png(given.out, plots.sheet(panels, size=200, columns=4))
    return drawn


if __name__ == "__main__":
    main()
