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


def path_of(slopes, scores, gradients=None, order=(0, 2, 1)):
    """Take nodes at 0, 1 and halves in the order given."""
    path = _Path(np.ones(1, np.float32))
    places = np.linspace(0, 1, len(slopes))
    for i in order:
        gradient = np.full(1, slopes[i], np.float32) if gradients is None else gradients[i]
        path.add(places[i], slopes[i], scores[i], gradient)
    return path


def test_weights_close_the_gap_and_change_little():
    """By hand: nodes 0, 1/2 and 1, slopes 0, 1 and 4; trapezoids say 3/2, the target 7/4.

    The slopes' variance under the trapezoids' weights 1/4, 1/2, 1/4 is 9/4, so weights are tilted
    by (slope - 3/2) (1/4) / (9/4): to 5/24, 17/36 and 23/72.
    """
    path = path_of([0.0, 1.0, 4.0], [0.0, 0.25, 1.75])
    np.testing.assert_allclose(path.weights(), [5 / 24, 17 / 36, 23 / 72])
    assert path.mean() == pytest.approx(1.75) and path.total == pytest.approx(1.5)
    # A mixture of its ends explains what each part changes by.
    assert path.missed() == pytest.approx(0)
    # Halving moved the sum from 2 to 3/2; the second half turns three times as much.
    wanted = 0.5 / 3**0.5 / 10**0.5
    np.testing.assert_allclose(path.errors, [wanted, 3 * wanted])
    # Closing the gap moved it on by 1/4.
    assert path.error() == pytest.approx((0.25 / 3 + 1 / 16) ** 0.5 / 1.5)


def test_weights_are_never_negative():
    path = path_of([0.0, 1.0, 4.0], [0.0, 2.0, 9.0])
    weights = path.weights()
    assert weights.min() == pytest.approx(0) and weights.sum() == pytest.approx(1)
    # The first part changes by 2 where its ends say 0 to 1/2, the second by 7 for 1/2 to 2.
    np.testing.assert_allclose(path.gaps(), [1.5, 5.0])


def test_a_part_that_does_not_turn_errs_by_nothing():
    order, scores = (0, 4, 2, 1, 3), [0.0, 0.125, 0.5, 1.5, 3.5]
    straight = path_of([0.0, 1.0, 2.0, 5.0, 8.0], scores, order=order)
    np.testing.assert_allclose(straight.errors[2:], 0, atol=1e-7)
    bent = path_of([0.0, 1.0, 2.0, 9.0, 8.0], [0.0, 0.125, 0.5, 1.875, 4.0], order=order)
    assert bent.splits(1) == [0.625]


def test_halves_add_up_to_trapezoids_in_any_order():
    gradients = toys.noise(5, 3, seed=2)
    rule = np.float32([0.125, 0.25, 0.25, 0.25, 0.125])
    for order in ((0, 4, 2, 1, 3), (0, 4, 2, 3, 1)):
        path = path_of(np.arange(5.0), np.arange(5.0) ** 2, gradients, order)
        np.testing.assert_allclose(path.total, rule @ gradients, atol=1e-6)
        assert path.places == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("parts", [8, 32])
def test_errors_of_a_random_walk_are_told(parts):
    """Of many walks that are known at n places, the root of the mean square is told to a tenth."""
    fine, walks = 1024, 4000
    walk = np.cumsum(toys.noise(fine + 1, walks, seed=5) - 0.5, axis=0).astype(np.float32)
    path = _Path(np.ones(walks, np.float32))
    order = [0, parts] + [
        k
        for level in 2 ** np.arange(1, int(np.log2(parts)) + 1)
        for k in range(parts // level, parts, 2 * parts // level)
    ]
    for k in order:
        path.add(k / parts, 0.0, 0.0, walk[k * fine // parts])
    exact = (walk[:-1] + walk[1:]).mean(0) / 2
    off = np.linalg.norm(path.total - exact)
    assert np.linalg.norm(path.errors) == pytest.approx(off, rel=0.1)


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
