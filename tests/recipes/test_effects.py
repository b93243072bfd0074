"""Gradient times activation of every class, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import ModelError, UnknownName
from attrvis.recipes.effects import class_effects
from tests.toys import network, noise

WEIGHTS = np.random.default_rng(5).normal(size=(3, 40)).astype(np.float32)


def linear(images):
    maps = tf.identity(2.0 * images, name="maps")
    tf.matmul(tf.reduce_mean(maps, [1, 2]), tf.constant(WEIGHTS), name="scores")


@pytest.fixture(scope="module")
def net():
    return network(linear)


def test_a_linear_network_has_a_closed_form(net):
    photo, neurons = noise(4, 4, 3), [(0, 1, 2), (3, 3, 0), (2, 0, 1)]
    found = class_effects(net, photo, "maps", neurons)
    # 40 classes in chunks of 32: the last chunk reaches back and must not shift anything.
    wanted = np.stack([2 * photo[y, x, c] / 16 * WEIGHTS[c] for y, x, c in neurons])
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_all_neurons_of_a_linear_network_add_up_to_the_logits(net):
    photo = noise(4, 4, 3, seed=1)
    neurons = [tuple(map(int, n)) for n in np.ndindex(4, 4, 3)]
    whole = class_effects(net, photo, "maps", neurons).sum(axis=0)
    logits = net.run(tf.constant(photo[None]))["logits"][0]
    np.testing.assert_allclose(whole, logits, rtol=1e-4, atol=1e-5)


def test_it_reports_and_ends(net):
    told = []
    class_effects(net, noise(4, 4, 3), "maps", [(0, 0, 0)], lambda *said: told.append(said[:3]))
    assert told == [("classes", 32, 40), ("classes", 40, 40)]


def test_what_bypasses_the_layer_is_kept():
    def residual(images):
        maps = tf.nn.relu(images - 0.5, name="maps")
        both = tf.multiply(maps, images, name="both")
        tf.matmul(tf.reduce_sum(both, [1, 2]), tf.constant(WEIGHTS[:, :2]), name="scores")

    photo = noise(4, 4, 3)
    photo[1, 1] = 0.9
    found = class_effects(network(residual), photo, "maps", [(1, 1, 0)])
    np.testing.assert_allclose(found[0], 0.4 * 0.9 * WEIGHTS[0, :2], rtol=1e-5)


def test_a_layer_that_does_not_matter_or_exist(net):
    with pytest.raises(UnknownName, match="maps"):
        class_effects(net, noise(4, 4, 3), "map", [(0, 0, 0)])

    def side(images):
        tf.identity(images, name="beside")
        tf.matmul(tf.reduce_mean(images, [1, 2]), tf.constant(WEIGHTS), name="scores")

    with pytest.raises(ModelError, match="beside"):
        class_effects(network(side, logits="scores"), noise(4, 4, 3), "beside", [(0, 0, 0)])
