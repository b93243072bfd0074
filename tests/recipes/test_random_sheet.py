"""Sheets of random directions."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.objectives import random_directions
from attrvis.recipes import random_sheet


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_each_picture_goes_in_its_own_direction(net):
    plate = random_sheet(net, "mixed4a", count=3, seed=5, size=32, steps=24)
    vectors = plate.values["directions"]
    np.testing.assert_array_equal(vectors, random_directions(vectors.shape[1], [5, 6, 7]))
    pictures = np.stack([plate.parts[f"mixed4a-random-{i}"] for i in (5, 6, 7)])[..., :3]
    grey = np.full_like(pictures[:1], 0.5)
    trunk = net.trunk(["mixed4a"], (32, 32))
    means = [trunk(p)["mixed4a"].numpy().mean((1, 2)) for p in (pictures, grey)]
    gained = (means[0] - means[1]) @ vectors.T
    assert (gained.argmax(axis=0) == [0, 1, 2]).all() and gained.diagonal().min() > 0.05
    assert plate.facts["seeds"] == [5, 6, 7]


def test_what_cannot_be_drawn_is_refused(net):
    with pytest.raises(UnknownName, match="mixed4a"):
        random_sheet(net, "mixd4a", steps=1)
    with pytest.raises(BadValue, match="1 direction or more"):
        random_sheet(net, "mixed4a", count=0, steps=1)
    with pytest.raises(BadValue, match="seed"):
        random_sheet(net, "mixed4a", count=1, seed=-1, steps=1)
    with pytest.raises(BadValue, match="power"):
        random_sheet(net, "mixed4a", count=1, power=-1, steps=1)
