"""Draw random directions of a layer above some of its channels: do the channels mean more?

python -m examples.random_directions
python -m examples.random_directions --layer mixed4d --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import attrvis
from attrvis import images
from attrvis.recipes import Plate, channel_sheet, random_sheet


def main(argv: Sequence[str] | None = None) -> tuple[Plate, Plate]:
    """Draw both sheets, and lay one above the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--layer", default="mixed4b", help="default: %(default)s")
    parser.add_argument("--count", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=256, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("random_directions.png"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    look = {"count": given.count, "columns": given.count, "steps": given.steps}
    plates = random_sheet(net, given.layer, **look), channel_sheet(net, given.layer, **look)
    images.write_png(given.out, np.concatenate([plate.picture for plate in plates]))
    return plates


if __name__ == "__main__":
    main()
