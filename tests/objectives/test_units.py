"""Channels and neurons, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives import channel, neuron

MAPS = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
FLAT = MAPS[:, 0, 0]


def test_a_channel_is_its_mean():
    np.testing.assert_allclose(channel("x", 3)({"x": MAPS}), MAPS[..., 3].mean((1, 2)))
    np.testing.assert_allclose(channel("x", [3, 1])({"x": MAPS}),
                               [MAPS[0, ..., 3].mean(), MAPS[1, ..., 1].mean()])  # fmt: skip
    np.testing.assert_allclose(channel("x", 2)({"x": FLAT}), FLAT[:, 2])


def test_a_neuron_is_one_place():
    np.testing.assert_allclose(neuron("x", 3, 2, 1)({"x": MAPS}), MAPS[:, 2, 1, 3])
    np.testing.assert_allclose(neuron("x", 3)({"x": MAPS}), MAPS[:, 1, 2, 3])
    np.testing.assert_allclose(neuron("x", 3, y=0)({"x": MAPS}), MAPS[:, 0, 2, 3])
    np.testing.assert_allclose(neuron("x", 3, x=0)({"x": MAPS}), MAPS[:, 1, 0, 3])
    found = neuron("x", [3, 0], 0, 0)({"x": MAPS})
    np.testing.assert_allclose(found, [MAPS[0, 0, 0, 3], MAPS[1, 0, 0, 0]])


def test_they_say_what_they_are():
    assert str(channel("mixed4d", 42)) == "mixed4d:42"
    assert str(channel("mixed4d", [1, 2])) == "mixed4d:[1,2]"
    assert str(neuron("mixed4d", 4, 7, 3)) == "mixed4d:4@7,3"
    assert str(neuron("mixed4d", 4)) != str(channel("mixed4d", 4))
    assert "None" not in str(neuron("mixed4d", 4, y=2))


def test_a_neuron_may_be_elsewhere_in_each_image():
    found = neuron("x", [3, 0], [2, 1], [1, 3])({"x": MAPS})
    np.testing.assert_allclose(found, [MAPS[0, 2, 1, 3], MAPS[1, 1, 3, 0]])
    found = neuron("x", 4, y=[2, 0])({"x": MAPS})
    np.testing.assert_allclose(found, [MAPS[0, 2, 2, 4], MAPS[1, 0, 2, 4]])
    assert str(neuron("x", 3, [2, 1], 0)) == "x:3@[2,1],0"
    with pytest.raises(BadValue, match="as many rows as columns"):
        neuron("x", 3, [2, 1], [0, 1, 2])
    with pytest.raises(BadValue, match="no row 3 here"):
        neuron("x", 3, [0, 3], 0)({"x": MAPS})


def test_tokens_and_single_units():
    np.testing.assert_allclose(neuron("x", 3, 1)({"x": MAPS[:, 0]}), MAPS[:, 0, 1, 3])
    np.testing.assert_allclose(neuron("x", 3)({"x": FLAT}), FLAT[:, 3])
    np.testing.assert_allclose(channel("x", 3)({"x": MAPS[:, 0]}), MAPS[:, 0, :, 3].mean(1))
    with pytest.raises(BadValue, match="no column 2 here"):
        neuron("x", 3, 1, 2)({"x": MAPS[:, 0]})
    with pytest.raises(BadValue, match=r"'x' has shape \(2,\)"):
        channel("x", 0)({"x": FLAT[:, 0]})
    with pytest.raises(BadValue, match=r"'x' has shape \(2, 1, 3, 4, 5\)"):
        neuron("x", 0)({"x": MAPS[:, None]})


@pytest.mark.parametrize("unit", [[], 2**31, -1, 0.5, "3", None, [1, -1], [[1]], True])
def test_units_count_from_zero(unit):
    for make in (channel, neuron):
        with pytest.raises(BadValue, match="unit"):
            make("x", unit)


def test_positions_count_from_zero():
    for y, x in ((-1, 0), (0, -1), (None, -3)):
        with pytest.raises(BadValue, match="position"):
            neuron("x", 0, y, x)


@pytest.mark.parametrize("make", [channel, neuron])
@pytest.mark.parametrize("unit", [5, [0, 5]])
def test_a_unit_that_the_layer_does_not_have_is_refused(make, unit):
    with pytest.raises(BadValue, match="no unit 5"):
        make("x", unit)({"x": tf.constant(MAPS)})


@pytest.mark.parametrize(("y", "x"), [(3, 0), (0, 4)])
def test_a_place_that_the_layer_does_not_have_is_refused(y, x):
    with pytest.raises(BadValue, match=r"no (row|column) [34] here"):
        neuron("x", 0, y, x)({"x": tf.constant(MAPS)})
