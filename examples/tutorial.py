"""Draw a neuron, a channel, its opposite, a class, a sum and a direction, all in one call.

python -m examples.tutorial
python -m examples.tutorial "mixed4a:476" "logit:tabby" --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.images import write_png
from attrvis.objectives import channel, direction, logit, neuron
from attrvis.rendering import Rendering


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Draw, save, and say what was reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("objectives", nargs="*", help="in place of the ones below")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--out", type=Path, default=Path("tutorial.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    wanted = given.objectives or [
        neuron("mixed4b", 3),
        channel("mixed4b", 3),
        -channel("mixed4b", 3),
        logit(3),
        channel("mixed4b", 3) + 0.5 * channel("mixed4b", 5),
        direction("mixed4b", [1.0] * 8 + [0.0] * 360),
        "mixed3b:17@middle",
    ]
    drawn = attrvis.render(net, wanted, steps=given.steps)
    print(*(f"{n}: {v:.3f}" for n, v in zip(drawn.names, drawn.values, strict=True)), sep="\n")
    write_png(given.out, drawn.sheet())
    return drawn


if __name__ == "__main__":
    main()
