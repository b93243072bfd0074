"""Which pictures excite a unit most: here parts of the bundled photos, or those of a folder.

python -m examples.dataset_examples
python -m examples.dataset_examples --folder photos --units mixed4d:42 --model net.pb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, dataset_examples
from examples.cut_outs import cut_outs


def main(argv: Sequence[str] | None = None) -> Plate:
    """Look through the pictures once, keeping the best few of each unit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="of photos; default: cut out of two photos")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--units", nargs="+", default=["mixed4c:17", "mixed3b:5"])
    parser.add_argument("--count", type=int, default=100, help="cut-outs; default: %(default)s")
    parser.add_argument("--steps", type=int, default=192, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("examples-of-units"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    photos = given.folder or cut_outs(given.count)
    plate = dataset_examples(net, photos, given.units, steps=given.steps)
    plate.save(given.out)
    print(f"{plate.facts['photos']} pictures seen; see {given.out / 'picture.png'}")
    return plate


if __name__ == "__main__":
    main()
