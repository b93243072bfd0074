"""What of a photo speaks for a class: its caricature fades all that does not.

python -m examples.attribution_caricature
python -m examples.attribution_caricature photo.jpg --target vase --layer mixed4d --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.recipes import Plate, attribution_caricature
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Attribute the class to the layers, and draw what speaks for it."""
    given = options(__doc__, "attribution-caricature", argv, photo="coffee")
    plate = attribution_caricature(
        network(given), given.photo, given.layer, target=given.target, steps=given.steps
    )
    print(f"what speaks for {plate.facts['label']}")
    return saved(plate, given.out)


if __name__ == "__main__":
    main()
