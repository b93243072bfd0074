"""Patterns from a small network: one set of weights, any resolution."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.param import CPPN
from attrvis.recipes import cppn_art

UNITS = ["mixed3a:4", "mixed3a:9"]


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


@pytest.fixture(scope="module")
def small(net):
    return cppn_art(net, UNITS, steps=40, rate=0.02, size=32)


def reached(net, picture: np.ndarray, unit: int) -> float:
    shown = tf.constant(picture[None])
    return float(
        tf.reduce_mean(net.trunk(["mixed3a"], picture.shape[:2])(shown)["mixed3a"][..., unit])
    )


def test_each_pattern_excites_its_unit(net, small):
    grey = np.full((32, 32, 3), 0.5, np.float32)
    for i, unit in enumerate((4, 9)):
        assert reached(net, small.parts[f"pattern-{i}"], unit) > reached(net, grey, unit) + 0.05


def test_another_resolution_is_the_same_picture(net, small):
    large = cppn_art(net, UNITS, steps=40, rate=0.02, size=32, resolution=96)
    for i in range(2):
        fine, coarse = large.parts[f"pattern-{i}"], small.parts[f"pattern-{i}"]
        # Of three pixels in a row the middle one lies where the small picture has its own.
        np.testing.assert_allclose(fine[1::3, 1::3], coarse, atol=1e-4)
    assert large.facts["resolution"] == [96, 96]


def test_the_kept_weights_make_it_again(small):
    weights = {name: tf.constant(value[1:2]) for name, value in small.values.items()}
    again = CPPN().image(weights, (32, 32))[0].numpy()
    np.testing.assert_allclose(again, small.parts["pattern-1"], atol=1e-6)


def test_a_pattern_may_have_alpha_and_other_proportions(net):
    plate = cppn_art(net, UNITS[0], cppn=CPPN(4, layers=2), resolution=(20, 40), steps=1)
    assert plate.parts["pattern-0"].shape == (20, 40, 4)


@pytest.mark.parametrize("resolution", [0, 4096, (1, 2, 3), (4096, 2048)])
def test_resolutions_that_cannot_be_are_refused_before_work(net, resolution):
    with pytest.raises(BadValue, match="2048"):
        cppn_art(net, UNITS, resolution=resolution, steps=10**6)


def test_an_unknown_layer_is_refused(net):
    with pytest.raises(UnknownName):
        cppn_art(net, "mixed9:1", steps=1)
