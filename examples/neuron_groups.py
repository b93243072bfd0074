"""Groups of neurons that fire together in a photo: what they look for, where, and for what.

python -m examples.neuron_groups
python -m examples.neuron_groups photo.jpg --layer mixed4d --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

from attrvis.recipes import Plate, neuron_groups
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Split the layer's activations into four groups and draw them."""
    given = options(__doc__, "groups", argv, photo="coffee")
    plate = neuron_groups(network(given), given.photo, given.layer[0], 4, steps=given.steps)
    label = plate.facts["classes"][0]["label"]
    for number, group in enumerate(plate.facts["groups"], 1):
        print(
            f"group {number}: {group['share']:.0%} of the activation, {group['effects'][0]:+.2f} "
            f"for {label}"
        )
    return saved(plate, given.out)


if __name__ == "__main__":
    main()
