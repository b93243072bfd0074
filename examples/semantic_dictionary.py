"""A semantic dictionary: the strongest channels at places of a photo, and what they speak for.

python -m examples.semantic_dictionary
python -m examples.semantic_dictionary photo.jpg --layer mixed4d --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.recipes import Plate, semantic_dictionary
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Look up the places where the layer fires most."""
    given = options(__doc__, "dictionary", argv, photo="coffee")
    plate = semantic_dictionary(network(given), given.photo, given.layer[0], steps=given.steps)
    for place in plate.facts["positions"]:
        best = place["channels"][0]
        said = best["for"][0][0] if best["for"] else "nothing"
        print(f"at {place['row']},{place['column']}: channel {best['channel']}, for {said}")
    return saved(plate, given.out)


if __name__ == "__main__":
    main()
