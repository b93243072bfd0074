"""The adaptive quadrature: where it looks, how it weighs, and whether it tells its error truly."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution.paths.adaptive import _Path
from attrvis.attribution.paths.integrated_gradients import IntegratedGradients
from tests import toys

ASKED = {"target": [0, 3, 1]}


@pytest.fixture(scope="module")
def kinked():
    """A score that turns within a hundredth of the line."""

    def build(x):
        s = tf.reduce_sum(x, [1, 2, 3])
        kink = tf.nn.sigmoid(400 * (s - 0.7)) + 0.1 * s
        return tf.stack([kink, s], axis=1, name="scores")

    return toys.network(build, 2, 2, 1, logits="scores")


def test_spends_gradients_where_they_are_needed(kinked):
    net = kinked
    x = np.stack([np.full((2, 2, 1), 0.25), np.full((2, 2, 1), 0.1)]).astype(np.float32)
    made = IntegratedGradients(256, "adaptive", tolerance=0.02)(net, x, target=0)
    taken = made.settings["steps_taken"]
    assert made.relative_gap.max() < 0.02 and made.evaluations == sum(taken)
    # The second photo's line is straight: it takes no more than the start.
    assert taken[1] == 5 and 5 < taken[0] < 40
    with pytest.warns(attrvis.errors.AttrVisWarning, match="misses"):
        uniform = IntegratedGradients(taken[0], "midpoint", tolerance=0.02)(net, x[:1], target=0)
    assert uniform.relative_gap[0] > 0.02


def test_stops_when_the_steps_are_spent(kinked):
    x = np.full((2, 2, 2, 1), 0.25, np.float32)
    with pytest.warns(attrvis.errors.AttrVisWarning, match="misses"):
        made = IntegratedGradients(6, "adaptive", tolerance=0.001)(kinked, x, target=0)
    assert made.settings["steps_taken"] == [6, 6] and made.status == "incomplete"


def test_weights_close_the_gap_and_change_little():
    """By hand: nodes 0, 1/2 and 1, slopes 0, 1 and 4; trapezoids say 3/2, the target 7/4.

    The slopes' variance under the trapezoids' weights 1/4, 1/2, 1/4 is 9/4, so weights are tilted
    by (slope - 3/2) (1/4) / (9/4): to 5/24, 17/36 and 23/72.
    """
    path = _Path(np.ones(1, np.float32))
    for place, slope, score in ((0.0, 0.0, 0.0), (0.5, 1.0, 0.25), (1.0, 4.0, 1.75)):
        path.add(place, slope, score, np.full(1, slope, np.float32))
    np.testing.assert_allclose(path.weights(), [5 / 24, 17 / 36, 23 / 72])
    assert path.mean() == pytest.approx(1.75)
    # Of the first part's change a mixture of its ends explains all, of the second's, too.
    assert path.missed() == pytest.approx(0)
    np.testing.assert_allclose(path.errors(), [0.5 / 12**0.5, 1.5 / 12**0.5])


def test_weights_are_never_negative():
    path = _Path(np.ones(1, np.float32))
    for place, slope, score in ((0.0, 0.0, 0.0), (0.5, 1.0, 2.0), (1.0, 4.0, 9.0)):
        path.add(place, slope, score, np.full(1, slope, np.float32))
    weights = path.weights()
    assert weights.min() == pytest.approx(0) and weights.sum() == pytest.approx(1)
    # The first part changes by 2 where its ends say 0 to 1/2, the second by 7 for 1/2 to 2.
    np.testing.assert_allclose(path.gaps(), [1.5, 5.0])


def test_nodes_may_come_in_any_order():
    places = [0.0, 0.25, 0.5, 0.75, 1.0]
    gradients = toys.noise(5, 3, seed=2)
    paths = [_Path(np.float32([1, 2, 3])) for _ in range(2)]
    for path, order in zip(paths, (range(5), (4, 0, 2, 3, 1)), strict=True):
        for i in order:
            path.add(places[i], float(i), float(i * i), gradients[i])
    np.testing.assert_allclose(paths[1].total, paths[0].total, atol=1e-6)
    np.testing.assert_allclose(paths[1].turns, paths[0].turns)
    rule = np.float32([0.125, 0.25, 0.25, 0.25, 0.125])
    np.testing.assert_allclose(paths[0].total, rule @ gradients * [1, 2, 3], atol=1e-6)


@pytest.mark.data
def test_it_tells_how_exact_its_values_are(data):
    """Against many points: within a factor of two, and as exact as three times the tolerance."""
    net = attrvis.load(
        data / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb", preprocess="caffe-rgb"
    )
    paths = sorted((data / "images/imagenet-val60/images").iterdir())[:2]
    photo = np.stack([images.fit(images.read(path), (224, 224))[0] for path in paths])
    exact = IntegratedGradients(256, "midpoint")(net, photo, layer="mixed4d").values
    for tolerance in (0.005, 0.02):
        made = IntegratedGradients(256, "adaptive", tolerance=tolerance)(
            net, photo, layer="mixed4d"
        )
        off = [
            np.linalg.norm(a - b) / np.linalg.norm(b)
            for a, b in zip(made.values, exact, strict=True)
        ]
        told = np.asarray(made.settings["estimated_error"])
        assert np.all(told < 3 * tolerance) and np.all(np.abs(np.log2(told / off)) < 1)
        assert made.relative_gap.max() < 1e-4


def test_images_do_not_see_each_other(twig, photos):
    method = IntegratedGradients(64, "adaptive", tolerance=0.01)
    together = method(twig, photos, **ASKED).values
    alone = method(twig, photos[1:2], target=3).values
    np.testing.assert_allclose(alone[0], together[1], atol=1e-5 * np.abs(alone).max())
