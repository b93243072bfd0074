"""From a prediction to a neuron inside, and from that neuron to the pixels that it looked at.

python -m examples.internal_neurons
python -m examples.internal_neurons photo.jpg --layer mixed4d --target tabby --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import attrvis
from attrvis import plots
from attrvis.recipes import Plate
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Find the neurons that carry the class, then ask each of them the same question."""
    given = options(__doc__, "neurons", argv, photo="coffee", layers=("mixed4c",))
    net, layer = network(given), given.layer[0]
    # Which neurons of the layer carry the prediction: the line runs in the layer, so shares add up.
    carried = attrvis.attribute(
        net, given.photo, "integrated-gradients", layer=layer, target=given.target
    )
    print(f"{carried.targets[0]} at {layer}: gap {carried.relative_gap[0]:.2%}")
    values, photo = carried.values[0], carried.photos[0]
    panels = [(plots.overlay(photo, values.sum(-1)), f"{carried.targets[0]}\nat {layer}")]
    neurons = {}
    for flat in np.argsort(-values, axis=None)[:5]:
        y, x, unit = map(int, np.unravel_index(flat, values.shape))
        name = f"{layer}:{unit}@{y},{x}"
        # What in the photo made this neuron fire: the same method, with the neuron as target.
        seen = attrvis.attribute(net, given.photo, "integrated-gradients", steps=128, target=name)
        neurons[name] = seen.heatmap()[0]
        share = values[y, x, unit] / carried.change[0]
        print(f"{name} carries {share:.1%}; its own gap {seen.relative_gap[0]:.2%}")
        panels.append((plots.overlay(photo, neurons[name]), f"{name}\ncarries {share:.1%}"))
    facts = {"recipe": "internal neurons", "neurons": list(neurons), "layer": layer}
    held = {f"neuron-{i}": heat for i, heat in enumerate(neurons.values())}
    return saved(Plate.of_panels(panels, columns=3, facts=facts, values=held), given.out)


if __name__ == "__main__":
    main()
