"""Draw the weights with which a unit sees an earlier layer, beside what its channels look for.

python -m examples.circuits
python -m examples.circuits mixed4a mixed4b --unit 42 --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, circuits


def main(argv: Sequence[str] | None = None) -> Plate:
    """Load a network, read or expand the weights, draw the strongest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("earlier", nargs="?", default="conv2", help="default: %(default)s")
    parser.add_argument("later", nargs="?", default="mixed3a", help="default: %(default)s")
    parser.add_argument("--unit", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--steps", type=int, default=128, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("circuits"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    look = {"count": given.count, "steps": given.steps}
    plate = circuits(net, given.earlier, given.later, given.unit, **look)
    plate.save(given.out)
    for one in plate.facts["channels"]:
        print(f"{given.earlier}:{one['channel']}  sum {one['sum']:+.3f}")
    return plate


if __name__ == "__main__":
    main()
