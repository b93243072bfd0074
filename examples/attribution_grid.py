"""Ask where a layer speaks for one class rather than another, and which channels do.

python -m examples.attribution_grid
python -m examples.attribution_grid photo.jpg --layer mixed4d --target tabby --model net.pb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import attrvis
from attrvis import images, plots
from attrvis.attribution import Attribution
from attrvis.objectives import channel, logit
from examples.photographed import network, options


def main(argv: Sequence[str] | None = None) -> Attribution:
    """Attribute the difference of two classes to a layer, and draw its strongest channels."""
    given = options(__doc__, "attribution_grid.png", argv, photo="coffee")
    net, layer = network(given), given.layer[0]
    photo, _ = images.fit(images.read(given.photo), net.image_size, "crop")
    first, second = (one.index for one in net.predict(photo[None], top=2)[0])
    target = first if given.target is None else net.class_index(given.target)
    # Gradients through smoothed pools tell where, not which pixel of a window won.
    smooth = net.with_rule("smoothed_maxpool")
    other = second if second != target else first
    wanted = logit(target) - logit(other)
    found = attrvis.attribute(smooth, photo, "gradient-times-input", target=wanted, layer=layer)
    names = f"{net.label(target)} rather than {net.label(other)}"
    sums = found.channels()[0]
    units = [int(u) for u in (*np.argsort(-sums)[:3], *np.argsort(sums)[:3])]
    drawn = attrvis.render(net, [channel(layer, unit) for unit in units], steps=given.steps)
    icons = [(p, f"{u}: {sums[u]:+.2f}") for p, u in zip(drawn.on_grey(), units, strict=True)]
    where = [(photo, "photo"), (plots.overlay(photo, found.heatmap()[0]), names)]
    images.write_png(given.out, plots.sheet([*where, *icons], columns=4))
    print(f"{names}: channels {units[:3]} for, {units[3:]} against; see {given.out}")
    return found


if __name__ == "__main__":
    main()
