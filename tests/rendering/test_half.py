"""Half precision draws pictures that excite their units as much, judged in full precision."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis

LAYER, UNITS = "mixed4a", list(range(0, 64, 4))


@pytest.mark.slow
def test_bfloat16_reaches_the_same_objective_within_two_percent():
    """In the mean over units; a single run soon goes its own way, as with another seed."""
    net = attrvis.load("embedded")

    def reached(precision: str) -> float:
        names = [f"{LAYER}:{unit}" for unit in UNITS]
        drawn = attrvis.render(net, names, precision=precision)
        means = np.asarray(net.run(drawn.images, read=[LAYER])[LAYER]).mean(axis=(1, 2))
        return float(means[np.arange(len(UNITS)), UNITS].sum())

    assert reached("bfloat16") == pytest.approx(reached("float32"), rel=0.02)
