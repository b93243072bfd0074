"""Patches that turn a prediction."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.errors import BadValue, ImageError, UnknownName
from attrvis.recipes import Plate, patches
from attrvis.recipes.pasting import pasted
from tests.toys import network

SIDE = 20


@pytest.fixture(scope="module")
def net():
    """Logits are the mean red, green and blue, but only the upper half counts, fourfold."""

    def build(x):
        tf.matmul(tf.reduce_mean(x[:, : SIDE // 2], [1, 2]), 4 * np.eye(3, dtype="f4"), name="end")

    return network(build, SIDE, SIDE, labels=["red", "green", "blue"])


def photo(red=0.6, green=0.5, blue=0.1):
    return np.broadcast_to(np.array([red, green, blue], np.float32), (SIDE, SIDE, 3))


GREEN = np.broadcast_to(np.array([0, 1, 0], np.float32), (8, 8, 3))


def test_a_patch_is_pasted_where_it_should_be():
    made = pasted(photo(), GREEN, 5, 3, 10)
    assert np.allclose(made[3:8, 10:15], [0, 1, 0], atol=1e-6)
    made[3:8, 10:15] = photo()[0, 0]
    assert np.array_equal(made, photo())


def test_the_logits_move_as_they_must(net):
    plate = patches(net, photo(), "green", patch=GREEN, shares=[0.5, 0.2], places=3)
    trials, moves = plate.values["trials"], plate.values["moves"]
    assert trials.shape == (18, 4) and sorted(set(trials[:, 1].tolist())) == [4, 10]
    for (_, side, top, _), (own, target) in zip(trials, moves, strict=True):
        share = side * max(0, min(SIDE // 2, top + side) - top) / (SIDE * SIDE / 2)
        assert own == pytest.approx(-4 * 0.6 * share, abs=1e-4)
        assert target == pytest.approx(4 * 0.5 * share, abs=1e-4)
    lead = moves[:, 1] - moves[:, 0]
    assert np.array_equal(plate.values["turned"], lead > 0.4 + 1e-6)
    assert plate.facts["turned"] and [s["side"] for s in plate.facts["sizes"]] == [4, 10]
    small, large = plate.facts["sizes"]
    assert large["turned"] and large["best"][2] == 0
    assert large["moved_target"] == pytest.approx(1.0, abs=1e-3)
    assert large["turned_share_of_places"] == pytest.approx(2 / 3, abs=0.01)
    assert small["says"].startswith("red") and large["says"].startswith("green")
    assert np.allclose(plate.parts["patched-10"][:10, :10].mean((0, 1)), [0, 1, 0], atol=1e-5)


def test_of_an_atlas_the_best_icons_are_tried(net, tmp_path):
    greys = [np.full((8, 8, 3), grey, np.float32) for grey in np.linspace(0, 1, 5)]
    icons = np.stack([*greys, GREEN])
    plate = Plate(photo(), values={"icons": icons})
    found = patches(net, photo(), "green", patch=plate, shares=[0.5], places=1)
    assert np.allclose(found.parts["patch"], GREEN, atol=1e-5)
    assert len(found.values["trials"]) == 3
    plate.save(tmp_path / "atlas")
    again = patches(net, photo(), "green", patch=tmp_path / "atlas", shares=[0.5], places=1)
    assert np.array_equal(found.picture, again.picture)
    with pytest.raises(BadValue, match="no icons"):
        patches(net, photo(), "green", patch=Plate(photo()))


def test_a_patch_is_drawn(net):
    plate = patches(net, photo(), "green", shares=[0.4, 0.5], places=1, steps=40, seed=3)
    assert plate.values["patch-0"].shape == (8, 8, 3)
    assert plate.values["patch-1"].shape == (10, 10, 3)
    for name in ("patch-0", "patch-1"):
        red, green, _ = plate.values[name].mean((0, 1))
        assert green > red + 0.05
    assert (plate.values["moves"] @ [-1, 1] > 0.2).all()
    again = patches(net, photo(), "green", shares=[0.4, 0.5], places=1, steps=40, seed=3)
    assert np.array_equal(plate.picture, again.picture)


def test_a_drawn_patch_moves_the_embedded_network():
    net = attrvis.load("embedded")
    plate = patches(net, images.bundled(), "lemon", shares=[0.5], places=1, steps=16)
    assert plate.facts["own"]["label"] == "espresso"
    assert plate.facts["sizes"][0]["moved_target"] > 0.5 > plate.facts["sizes"][0]["moved_own"]
    assert set(plate.parts) == {"photo", "patch", "patched-32"}


def test_wrong_patches(net, tmp_path):
    with pytest.raises(BadValue, match="already"):
        patches(net, photo(), "red", patch=GREEN)
    with pytest.raises(UnknownName, match="green"):
        patches(net, photo(), "gren", patch=GREEN)
    for wrong in ({"shares": []}, {"shares": [0.0]}, {"shares": [1.2]}, {"places": 0}):
        with pytest.raises(BadValue, match="places along"):
            patches(net, photo(), "green", patch=GREEN, **wrong)
    with pytest.raises(ImageError):
        patches(net, photo(), "green", patch=tmp_path)
