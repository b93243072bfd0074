"""Map what a layer says about many photos, and label each cell with a class.

python -m examples.atlas
python -m examples.atlas photos/ --model net.pb --preprocess caffe-rgb --layer mixed4c
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis.recipes import Plate, atlas
from examples.cut_outs import cut_outs


def main(argv: Sequence[str] | None = None) -> Plate:
    """Load a network, stream the photos through it, draw the atlas."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", nargs="?", help="a folder; default: cut-outs of bundled photos")
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--layer", default="mixed4c", help="default: %(default)s")
    parser.add_argument("--grid", type=int, default=6, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=600, help="cut-outs; default: %(default)s")
    parser.add_argument("--layout", default="auto", help="umap, tsne, pca or auto")
    parser.add_argument("--steps", type=int, default=128, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("atlas"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    photos = given.photos or cut_outs(given.count)
    look = {"grid": given.grid, "layout": given.layout, "steps": given.steps}
    plate = atlas(net, photos, given.layer, per_photo=2, classes=True, **look)
    plate.save(given.out)
    print(f"{len(plate.parts)} cells of {plate.facts['samples']} activations; see {given.out}")
    return plate


if __name__ == "__main__":
    main()
