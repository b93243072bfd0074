"""Integrated gradients from noisy references, before and after re-calibration.

python -m examples.recalibration
python -m examples.recalibration photo.jpg --target tabby --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import attrvis
from attrvis import plots
from attrvis.attribution.paths.random_references import IGSG, IGUniform
from attrvis.attribution.paths.recalibrated import Recalibrated
from attrvis.recipes import Plate
from examples.photographed import network, options, saved


def main(argv: Sequence[str] | None = None) -> Plate:
    """Compare a method with itself, where only valid contributions count."""
    given = options(__doc__, "recalibrated", argv, photo="coffee")
    net, panels, values, negative = network(given), [], {}, {}
    methods = {}
    for inner in (IGUniform(10, 5), IGSG(10, 5)):
        methods[inner.name] = inner
        methods |= {f"{inner.name} {rule}": Recalibrated(inner, rule)
                    for rule in ("valid_ref", "valid_ip")}  # fmt: skip
    for name, method in methods.items():
        found = attrvis.attribute(net, given.photo, method, target=given.target, score="contrast")
        heat = found.heatmap()[0]
        negative[name] = float((found.values < 0).mean())
        caption = f"{name}\n{negative[name]:.0%} negative, {found.evaluations} gradients"
        panels.append((plots.overlay(found.photos[0], heat), caption))
        values[name.replace(" ", "-")] = heat
        top = np.sort(np.abs(heat), axis=None)[-heat.size // 10 :].sum() / np.abs(heat).sum()
        print(f"{name}: {negative[name]:.0%} negative, the top tenth holds {top:.0%}")
    facts = {"recipe": "recalibration", "negative": negative}
    return saved(Plate.of_panels(panels, columns=3, facts=facts, values=values), given.out)


if __name__ == "__main__":
    main()
