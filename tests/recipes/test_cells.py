"""What a layer sees in a photo, place by place."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import activation_grid
from attrvis.recipes.cells import averaged_map, tiled
from tests import toys


@pytest.fixture(scope="module")
def net():
    """Give light and its absence, in cells of 4 pixels."""

    def build(x):
        light = tf.reduce_mean(x, -1, keepdims=True)
        both = tf.nn.relu(tf.concat([light - 0.5, 0.5 - light], -1))
        maps = tf.nn.avg_pool2d(both, 4, 4, "VALID", name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, 16, 16, logits="scores")


@pytest.fixture(scope="module")
def photo():
    """Give white above, black below, and grey in one cell."""
    made = np.ones((16, 16, 3), np.float32)
    made[8:] = 0
    made[:4, :4] = 0.5
    made[:4, 4:8] = 0.75
    return made


@pytest.fixture(scope="module")
def plate(net, photo):
    return activation_grid(
        net, photo, "maps", groups=2, size=16, steps=40, sized=True, transforms="identity"
    )


def test_each_picture_shows_what_its_place_sees(plate):
    light = plate.values["rgba"][..., :3].mean((2, 3, 4))
    assert light.shape == (4, 4)
    bright = np.concatenate([light[0, 1:], light[1]])
    assert bright.min() > light[2:].max() + 0.04
    assert plate.facts["places"] == [4, 4] and plate.facts["groups"] == 2


def test_places_share_the_parts_of_their_groups(plate):
    shares = plate.values["groups"]
    dark = int(shares[3, 3].argmax())
    np.testing.assert_allclose(shares[2:, :, dark], 1, atol=1e-3)
    np.testing.assert_allclose(shares[1, :, 1 - dark], 1, atol=1e-3)
    assert shares[0, 0].sum() == 0
    assert plate.values["channels"][dark].argmax() == 1


def test_the_area_tells_the_strength_and_a_silent_place_is_left_out(plate):
    assert plate.values["magnitudes"][0, :3].tolist() == [0, 0.25, 0.5]
    grid = plate.parts["grid"].reshape(4, 16, 4, 16, 3).transpose(0, 2, 1, 3, 4)
    filled = (grid < 0.999).any(-1).sum((2, 3))
    assert filled[0, 0] == 0
    assert filled[0, 1] == pytest.approx(128, abs=16)
    assert filled[3, 3] == 256
    np.testing.assert_allclose(plate.parts["strength"][0, :3, 0], [0, 0.5, 1])


def test_all_are_of_one_size_unless_asked(net, photo):
    made = activation_grid(net, photo, "maps", size=8, steps=2, transforms="identity")
    grid = made.parts["grid"].reshape(4, 8, 4, 8, 3).transpose(0, 2, 1, 3, 4)
    assert ((grid < 0.999).any(-1).all((2, 3))).sum() == 15


def test_large_maps_are_averaged(net, photo):
    found = averaged_map(net, photo, "maps", 2)
    whole = averaged_map(net, photo, "maps", 9)
    assert found.shape == (2, 2, 2) and whole.shape == (4, 4, 2)
    np.testing.assert_allclose(found, whole.reshape(2, 2, 2, 2, 2).mean((1, 3)), atol=1e-6)
    made = activation_grid(net, photo, "maps", cells=2, size=8, steps=1)
    assert made.facts["places"] == [2, 2]


def test_a_photo_from_a_file_and_the_default_size():
    net = attrvis.load("embedded")
    made = activation_grid(net, images.bundled(), "mixed3a", steps=1, cells=2)
    assert made.values["rgba"].shape == (2, 2, 32, 32, 4)
    assert made.parts["photo"].shape == (64, 64, 3)


def test_tiles_lie_in_the_middle_of_their_cells():
    made = tiled(np.zeros((1, 3, 8, 8, 3)), np.array([[1.0, 0.25, 1e-9]]))[..., 0]
    assert (made[:, :8] == 0).all()
    assert (made[2:6, 10:14] == 0).all() and made[:, 8:16].sum() == 64 - 16
    assert made[:, 16:].sum() == 64 - 4


def test_wrong_numbers_names_and_layers(net, photo):
    for more in ({"groups": 0}, {"cells": 0}):
        with pytest.raises(BadValue, match="or more"):
            activation_grid(net, photo, "maps", **more)
    with pytest.raises(UnknownName, match="maps"):
        activation_grid(net, photo, "mops")
    with pytest.raises(BadValue, match="no positions"):
        activation_grid(net, photo, "scores")
    with pytest.raises(BadValue, match="excites nothing"):
        activation_grid(net, np.full((16, 16, 3), 0.5, np.float32), "maps")
