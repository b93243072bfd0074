"""Feature inversion: what of a photo is still there, layer after layer.

python -m examples.inversion
python -m examples.inversion photo.jpg --layer conv2d2 mixed4d --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.recipes import Plate, inversion
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Draw a picture that each layer takes for the photo."""
    given = options(__doc__, "inversion", argv, layers=("conv2", "mixed3b", "mixed4c"))
    plate = inversion(network(given), given.photo, given.layer, steps=given.steps)
    for row in plate.facts["pictures"]:
        print(f"{row['layer']}: {row['distance']:.1%} of the activations' energy is missed")
    return saved(plate, given.out)


if __name__ == "__main__":
    main()
