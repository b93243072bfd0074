"""Map what of a layer speaks for one class rather than for another.

python -m examples.class_atlas
python -m examples.class_atlas photos/ --target tabby --against "Persian cat"
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, class_atlas
from examples.cut_outs import cut_outs


def main(argv: Sequence[str] | None = None) -> Plate:
    """Load a network, keep what speaks for the classes, draw it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", nargs="?", help="a folder; default: cut-outs of bundled photos")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--layer", default="mixed5b", help="default: %(default)s")
    parser.add_argument("--target", default="espresso", help="default: %(default)s")
    parser.add_argument("--against", help="another class; default: none")
    parser.add_argument("--grid", type=int, default=6, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=200, help="cut-outs; default: %(default)s")
    parser.add_argument("--layout", default="auto", help="umap, tsne, pca or auto")
    parser.add_argument("--steps", type=int, default=128, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("class-atlas"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    photos = given.photos or cut_outs(given.count)
    look = {"grid": given.grid, "layout": given.layout, "steps": given.steps}
    plate = class_atlas(net, photos, given.layer, given.target, against=given.against, **look)
    plate.save(given.out)
    print(f"{plate.facts['samples']} activations speak for {given.target}; see {given.out}")
    return plate


if __name__ == "__main__":
    main()
