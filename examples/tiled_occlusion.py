"""Occlusion in fine cells at the price of coarse ones: tilings shifted against each other.

python -m examples.tiled_occlusion
python -m examples.tiled_occlusion photo.jpg --target tabby --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

from collections.abc import Sequence

import attrvis
from attrvis import plots
from attrvis.recipes import Plate
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Take windows away in one tiling, then in four and sixteen; cells are parts of windows."""
    given = options(__doc__, "tiled", argv, photo="coffee")
    net = network(given)
    window = net.image_size[0] // 4
    panels, values, costs = [], {}, {}
    for shifts in (1, 2, 4):
        found = attrvis.attribute(
            net, given.photo, "tiled-occlusion", target=given.target,
            window=window, shifts=shifts, baseline="blurred:0.1",
        )  # fmt: skip
        heat, cell = found.heatmap()[0], window // shifts
        panels.append(
            (plots.overlay(found.photos[0], heat), f"cells of {cell}\n{found.forwards} forwards")
        )
        values[f"shifts-{shifts}"], costs[shifts] = heat, found.forwards
        print(f"{shifts} x {shifts} tilings: cells of {cell} pixels, {found.forwards} forwards")
    facts = {"recipe": "tiled occlusion", "forwards": costs}
    return saved(Plate.of_panels(panels, columns=3, facts=facts, values=values), given.out)


if __name__ == "__main__":
    main()
