"""The semantic dictionary, read against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import semantic_dictionary
from attrvis.recipes.dictionary import strongest_places
from tests.toys import network, noise

MIX = np.random.default_rng(2).uniform(0.1, 1, (3, 6)).astype(np.float32)
SCORES = np.random.default_rng(3).normal(size=(6, 5)).astype(np.float32)
LABELS = ["tench, Tinca", "tabby, cat", "lynx", "vase", "teapot"]
QUICK = {"steps": 2, "fit": "stretch"}


def mixed(images):
    maps = tf.nn.conv2d(images, tf.constant(MIX[None, None]), 1, "SAME", name="maps")
    tf.matmul(tf.reduce_mean(maps, [1, 2]), tf.constant(SCORES), name="scores")


@pytest.fixture(scope="module")
def net():
    return network(mixed, 8, 8, labels=LABELS)


@pytest.fixture(scope="module")
def photo():
    return noise(8, 8, 3, seed=4)


def test_channels_activations_and_classes_have_closed_forms(net, photo):
    plate = semantic_dictionary(net, photo, "maps", [(2, 5), (7, 0)], count=3, classes=2, **QUICK)
    maps = photo @ MIX
    assert plate.facts["gradients"] == "plain"  # there is no max pool
    for place, (y, x) in zip(plate.facts["positions"], [(2, 5), (7, 0)], strict=True):
        assert (place["row"], place["column"]) == (y, x)
        order = np.argsort(-maps[y, x])[:3]
        assert [entry["channel"] for entry in place["channels"]] == order.tolist()
        for entry in place["channels"]:
            c = entry["channel"]
            assert entry["activation"] == pytest.approx(maps[y, x, c], abs=1e-3)
            effect = maps[y, x, c] * SCORES[c] / 64
            best = np.argsort(-effect)[:2]
            assert [label for label, _ in entry["for"]] == [
                LABELS[k].split(",")[0] for k in best if effect[k] > 0
            ]
            assert [v for _, v in entry["for"]] == pytest.approx(
                [effect[k] for k in best if effect[k] > 0], abs=1e-3
            )
            assert all(value < 0 for _, value in entry["against"])
    assert plate.values["effects"].shape == (6, 5)


def test_a_channel_that_comes_twice_is_drawn_once(net, photo):
    plate = semantic_dictionary(net, photo, "maps", [(0, 0), (0, 1)], count=6, **QUICK)
    assert len(plate.parts) == 1 + 6
    assert len(plate.facts["settings"]["objectives"]) == 6
    assert plate.values["neurons"].shape == (12, 3)


def test_without_positions_the_strongest_are_taken(net, photo):
    plate = semantic_dictionary(net, photo, "maps", count=1, classes=0, **QUICK)
    wanted = strongest_places(photo @ MIX, 4)
    assert [(p["row"], p["column"]) for p in plate.facts["positions"]] == wanted
    assert plate.values["effects"].shape == (4, 0)


def test_smooth_gradients_see_through_a_max_pool():
    def pooled(images):
        maps = tf.identity(images, name="maps")
        top = tf.nn.max_pool2d(maps, 2, 2, "VALID")
        tf.matmul(tf.reduce_sum(top, [1, 2]), tf.ones([3, 2]), name="scores")

    net, photo = network(pooled), np.full((4, 4, 3), 0.4, np.float32)
    photo[0, 0] = 0.8  # the winner of its pool; its neighbour at 0, 1 loses
    found = {}
    for smooth in (False, True):
        plate = semantic_dictionary(
            net, photo, "maps", [(0, 0), (0, 1)], count=1, smooth=smooth, **QUICK
        )
        found[plate.facts["gradients"]] = plate.values["effects"][:, 0]
    np.testing.assert_allclose(found["plain"], [0.8, 0], atol=1e-6)
    np.testing.assert_allclose(found["smoothed_maxpool"], [0.2, 0.1], atol=1e-6)


def test_strongest_places_do_not_touch():
    found = strongest_places(np.random.default_rng(0).uniform(size=(7, 7, 3)), 5)
    assert len(found) == len(set(found)) == 5
    assert all(max(abs(a[0] - b[0]), abs(a[1] - b[1])) > 1 for a in found for b in found if a != b)
    assert strongest_places(np.ones((2, 2, 1)), 4) == [(0, 0)]


@pytest.mark.parametrize("at", [[(8, 0)], [(0, -1)], [(1.5, 0)], [(1,)], []])
def test_positions_that_are_not_there(net, photo, at):
    with pytest.raises(BadValue, match="position"):
        semantic_dictionary(net, photo, "maps", at, **QUICK)


def test_other_things_that_cannot_be_read(net, photo):
    with pytest.raises(UnknownName, match="maps"):
        semantic_dictionary(net, photo, "mops", **QUICK)
    with pytest.raises(BadValue, match="rows and columns"):
        semantic_dictionary(net, photo, "scores", **QUICK)
    for wrong in ({"count": 0}, {"classes": -1}):
        with pytest.raises(BadValue, match="one channel or more"):
            semantic_dictionary(net, photo, "maps", **wrong, **QUICK)
