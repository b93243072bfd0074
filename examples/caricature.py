"""Caricatures of a photo: what each layer sees in it, exaggerated, a row a layer.

python -m examples.caricature
python -m examples.caricature photo.jpg --layer mixed3b mixed4d --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.recipes import Plate, caricature
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Redraw the photo, freely and close to it."""
    given = options(__doc__, "caricature", argv, layers=("mixed3b", "mixed4c"))
    plate = caricature(network(given), given.photo, given.layer, power=[0, 2], steps=given.steps)
    for row in plate.facts["pictures"]:
        print(f"{row['layer']}, {row['name']}: cosine {row['cosine']:.2f} with the photo")
    return saved(plate, given.out)


if __name__ == "__main__":
    main()
