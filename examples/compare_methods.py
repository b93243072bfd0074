"""Compare attribution methods on one photo, and say which agree.

python -m examples.compare_methods
python -m examples.compare_methods photo.jpg --methods saliency grad-cam rise --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis.recipes import Plate, compare_methods
from examples.photographed import network, options, saved

METHODS = ("saliency", "smooth-grad", "integrated-gradients", "deep-lift", "grad-cam", "occlusion")


def main(argv: Sequence[str] | None = None) -> Plate:
    """Lay the maps side by side and correlate them, at the coarsest map's size."""
    given = options(__doc__, "compared", argv, photo="coffee", methods=METHODS)
    plate = compare_methods(network(given), given.photo, given.methods, target=given.target)
    maps = {name: heat for name, heat in plate.values.items() if np.ptp(heat) > 0}
    side = min(heat.shape[0] for heat in maps.values())
    small = {name: np.abs(pooled(heat, side)).ravel() for name, heat in maps.items()}
    first, *others = small
    for other in others:
        alike = np.corrcoef(small[first], small[other])[0, 1]
        print(f"{first} and {other}: correlation {alike:.2f}")
    return saved(plate, given.out)


def pooled(heat: np.ndarray, side: int) -> Any:
    """Sum a map over cells, so that maps of different layers can be compared."""
    cells = heat[: heat.shape[0] // side * side, : heat.shape[1] // side * side]
    return cells.reshape(side, -1, side, cells.shape[1] // side).sum((1, 3))


if __name__ == "__main__":
    main()
