"""Which pictures excite a unit most: here parts of the bundled photos, or those of a folder.

python -m examples.dataset_examples
python -m examples.dataset_examples --folder photos --units mixed4d:42 --model net.pb
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import attrvis
from attrvis import images
from attrvis.recipes import Plate, dataset_examples


def cutouts(side: int = 96, step: int = 48) -> Iterator[np.ndarray]:
    """Cut squares out of the bundled photos; any iterable of photos will do."""
    for name in ("chelsea", "coffee"):
        photo = images.read(images.bundled(name))
        for y in range(0, photo.shape[0] - side + 1, step):
            for x in range(0, photo.shape[1] - side + 1, step):
                yield photo[y : y + side, x : x + side]


def main(argv: Sequence[str] | None = None) -> Plate:
    """Look through the pictures once, keeping the best few of each unit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="of photos; default: cut out of two photos")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--units", nargs="+", default=["mixed4c:17", "mixed3b:5"])
    parser.add_argument("--steps", type=int, default=192, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("examples-of-units"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = dataset_examples(net, given.folder or cutouts(), given.units, steps=given.steps)
    plate.save(given.out)
    print(f"{plate.facts['photos']} pictures seen; see {given.out / 'picture.png'}")
    return plate


if __name__ == "__main__":
    main()
