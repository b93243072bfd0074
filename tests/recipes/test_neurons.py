"""Groups of neurons in a photo: found, drawn, and their effects added up."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import neuron_groups
from tests.toys import network, noise

WEIGHTS = np.array([[3.0, -1.0], [0.5, 0.0], [-2.0, 4.0]], np.float32)
QUICK = {"fit": "stretch", "transforms": "identity"}


def by_colour(images):
    maps = tf.nn.relu(images - 0.1, name="maps")
    tf.matmul(tf.reduce_mean(maps, [1, 2]), tf.constant(WEIGHTS), name="scores")


@pytest.fixture(scope="module")
def net():
    return network(by_colour, 16, 16, labels=["red, crimson", "blue"])


@pytest.fixture(scope="module")
def photo():
    """Make a photo that is red on the left and, weaker, blue on the right."""
    made = np.full((16, 16, 3), 0.1, np.float32)
    made[:, :8, 0], made[:, 8:, 2] = 0.9, 0.6
    return made


@pytest.fixture(scope="module")
def plate(net, photo):
    return neuron_groups(net, photo, "maps", 2, targets=[0, "blue"], steps=150, **QUICK)


def test_the_groups_are_the_colours_each_in_its_place(plate):
    where, what = plate.values["where"], plate.values["what"]
    np.testing.assert_allclose(what, [[1, 0, 0], [0, 0, 1]], atol=1e-3)
    assert where[:, :8, 0].min() > 0.79 and where[:, 8:, 0].max() < 0.01
    assert where[:, 8:, 1].min() > 0.49 and where[:, :8, 1].max() < 0.01
    assert [g["channels"] for g in plate.facts["groups"]] == [[0], [2]]
    assert [g["share"] for g in plate.facts["groups"]] == pytest.approx([8 / 13, 5 / 13], abs=1e-3)
    assert plate.facts["unexplained"] < 1e-3


def test_their_effects_on_a_linear_network_have_a_closed_form(plate):
    means = [0.8 / 2, 0.5 / 2]
    wanted = np.array([[means[0] * w for w in WEIGHTS[0]], [means[1] * w for w in WEIGHTS[2]]])
    np.testing.assert_allclose(plate.values["effects"], wanted, rtol=1e-3, atol=1e-4)
    assert [one["label"] for one in plate.facts["classes"]] == ["red", "blue"]


def test_each_picture_is_of_its_groups_colour(plate):
    for name, colour, other in (("group-1", 0, 2), ("group-2", 2, 0)):
        rgb = plate.parts[name][..., :3].mean((0, 1))
        assert rgb[colour] > rgb[other] + 0.1


def test_each_map_is_tinted_where_the_group_fires(plate):
    for name, here, there in (("where-1", 3, 12), ("where-2", 12, 3)):
        part = plate.parts[name]
        assert np.ptp(part[8, here]) > 0.2 and np.ptp(part[8, there]) < 0.02


def test_effects_and_rest_add_up_to_the_attribution(net):
    mixed = neuron_groups(net, noise(16, 16, 3), "maps", 1, targets=2, steps=1, **QUICK)
    for k, one in enumerate(mixed.facts["classes"]):
        total = mixed.values["effects"][:, k].sum() + one["rest"]
        assert total == pytest.approx(one["attribution"], abs=2e-4)
    assert mixed.facts["unexplained"] > 0.01


def test_without_classes(net, photo):
    plate = neuron_groups(net, photo, "maps", 2, targets=0, steps=1, **QUICK)
    assert plate.facts["classes"] == [] and plate.values["effects"].shape == (2, 0)


def test_what_cannot_be_grouped(net, photo):
    with pytest.raises(UnknownName, match="maps"):
        neuron_groups(net, photo, "mops", steps=1)
    with pytest.raises(BadValue, match="rows and columns"):
        neuron_groups(net, photo, "scores", steps=1)
    with pytest.raises(BadValue, match="at least one group"):
        neuron_groups(net, photo, "maps", 0, steps=1)
    with pytest.raises(BadValue, match="active"):
        neuron_groups(net, 0 * photo, "maps", steps=1)
    with pytest.raises(BadValue, match="no class or more"):
        neuron_groups(net, photo, "maps", targets=-1, steps=1)
    with pytest.raises(UnknownName, match="blue"):
        neuron_groups(net, photo, "maps", targets=["bleu"], steps=1)
