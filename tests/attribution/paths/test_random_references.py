"""References and places that are drawn: how many, how wide, how often, and by which seed."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import Scene, bind_target
from attrvis.attribution.paths.random_references import (
    IGSG,
    IGSQ,
    ExpectedGradients,
    GradientSHAP,
    drawn_references,
)
from attrvis.attribution.paths.references import noisy_images, uniform_images
from tests import toys


@pytest.fixture(scope="module")
def square():
    """The score is the sum of squares."""

    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


def scene_of(net, photos, seed=0):
    images = tf.constant(photos)
    return Scene.of(net, images, "input", bind_target(net, images, 0), seed)


def photos():
    """Make two photos, one of a fifth of the other's range; both have a 0.5 at their corner."""
    made = np.linspace(0, 1, 16).reshape(1, 4, 4, 1)
    both = np.concatenate([made, 0.4 + 0.2 * made]).astype(np.float32)
    both[:, 0, 0] = 0.5
    both[0, 0, 1], both[1, 0, 1] = 0.0, 0.4
    return both


def test_noisy_copies_scatter_by_each_images_own_range(square):
    copies = np.stack([one.numpy() for one in noisy_images(scene_of(square, photos()), 150, 0.1)])
    spread = copies[:, :, 0, 0, 0].std(0)
    np.testing.assert_allclose(spread, [0.1, 0.02], rtol=0.15)
    np.testing.assert_allclose(copies[:, :, 0, 0, 0].mean(0), 0.5, atol=0.02)
    assert copies.min() == 0 and copies.max() == 1
    beyond = photos() * 3 - 1  # these lie beyond the range of pictures themselves
    copies = next(noisy_images(scene_of(square, beyond), 1, 0.1)).numpy()
    assert copies.min() >= beyond.min() and copies.max() <= beyond.max()


def test_even_pictures_are_drawn_anew_and_by_the_seed(square):
    def drawn(seed):
        return np.stack(
            [one.numpy() for one in uniform_images(scene_of(square, photos(), seed), 3)]
        )

    made = drawn(0)
    np.testing.assert_array_equal(made[:, 0], made[:, 1])  # the same for every image
    assert np.abs(made[0] - made[1]).max() > 0.1 and np.abs(made - drawn(1)).max() > 0.1
    assert made.min() >= 0 and made.max() <= 1 and abs(made.mean() - 0.5) < 0.1


def test_none_is_drawn_twice_before_each_was_drawn_once(square):
    references = np.arange(5, dtype=np.float32)[:, None, None, None] * np.ones((1, 4, 4, 1))
    orders = set()
    for seed in range(6):
        drawn = drawn_references(scene_of(square, photos(), seed), references, 12)
        order = [int(one.numpy()[0, 0, 0, 0]) for one in drawn]
        assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5)) and len(order) == 12
        orders.add(tuple(order))
    assert len(orders) > 3


def test_places_are_random_on_each_line(square):
    method = ExpectedGradients(samples=200, draws=3)
    lines = list(method.lines(scene_of(square, photos())))
    nodes = np.stack([line.nodes for line in lines])
    assert nodes.shape == (200, 3) and (np.diff(nodes, axis=1) >= 0).all()
    assert len(np.unique(nodes)) > 590 and nodes.min() >= 0 and nodes.max() <= 1
    np.testing.assert_allclose(np.histogram(nodes, 4, (0, 1))[0] / 600, 0.25, atol=0.05)
    np.testing.assert_allclose([line.weights for line in lines], 1 / 3)
    assert sum(line.share for line in lines) == pytest.approx(1)
    other = next(iter(method.lines(scene_of(square, photos(), 1))))
    assert np.abs(other.nodes - nodes[0]).max() > 0.01


def test_gradient_shap_explains_noisy_copies(square):
    """Of squares E[(x + e)^2 - R^2]: the noise's variance is in it, that of the own range."""
    references = toys.noise(5, 4, 4, 1, seed=1)
    method = GradientSHAP(references, samples=300, noise=0.4)
    made = method(square, photos(), target=0).values
    wanted = photos() ** 2 - (references**2).mean(0)
    off = (made - wanted).mean((1, 2, 3))
    np.testing.assert_allclose(off, [0.4**2, 0.08**2], atol=0.03)
    # Each number by itself, since every sample has noise of its own.
    assert np.abs(made[0] - wanted[0] - 0.4**2).max() < 0.25


def test_a_squared_line_takes_its_sign_from_the_way(square):
    """Mean slopes of squares are x + R; the way is x - R."""
    scene = scene_of(square, photos(), 3)
    starts = np.stack([line.start.numpy() for line in IGSG(3, 2).lines(scene)])
    way, mean = photos() - starts, photos() + starts
    for method, wanted in ((IGSG(3, 2), way * mean), (IGSQ(3, 2), way * mean**2)):
        made = method(square, photos(), target=0, seed=3).values
        np.testing.assert_allclose(made, wanted.mean(0), atol=1e-6)
