"""LIME, Sobol and HSIC: closed forms, and plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import qmc

from attrvis.attribution import HSIC, LIME, Sobol
from attrvis.attribution.perturbation.hsic import balanced, hsic
from attrvis.attribution.perturbation.lime import nearness, ridge
from attrvis.attribution.perturbation.sobol import sobol_indices, sobol_rows
from attrvis.errors import BadValue, UnknownName
from tests import toys
from tests.attribution.perturbation import nets

NUMBERS = np.array([3.0, -1, 4, 0, 2])


@pytest.fixture(scope="module")
def five():
    return nets.summing(5)


def explained(net, method, numbers=NUMBERS, **more):
    given = {"target": 0, "layer": "grid", **more}
    return method(net, nets.row(*numbers), **given)


def test_lime_without_a_ridge_is_exact_on_a_linear_network(five):
    made = explained(five, LIME(features="units", samples=40, ridge=0.0))
    np.testing.assert_allclose(made.values[0], NUMBERS, atol=1e-4)
    assert made.forwards == 40 and made.change is None
    against = LIME(features="units", samples=40, ridge=0.0, baseline="constant:1")
    np.testing.assert_allclose(explained(five, against).values[0], NUMBERS - 1, atol=1e-4)


def test_the_ridge_of_lime_shrinks(five):
    loose, tight = (
        explained(five, LIME(features="units", samples=60, ridge=r)).values[0] for r in (0.1, 100)
    )
    assert np.abs(tight).sum() < np.abs(loose).sum() < np.abs(NUMBERS).sum()


@pytest.mark.parametrize("penalty", [0.0, 0.5, 30.0])
def test_the_ridge_is_that_of_scikit_learn(penalty):
    from sklearn.linear_model import LinearRegression, Ridge

    rng = np.random.default_rng(1)
    inside, scores, weights = rng.integers(0, 2, [40, 6]), rng.normal(size=40), rng.random(40)
    model = Ridge(alpha=penalty) if penalty else LinearRegression()
    model.fit(inside, scores, sample_weight=weights)
    np.testing.assert_allclose(ridge(inside, scores, weights, penalty), model.coef_, atol=1e-9)


@pytest.mark.parametrize("width", [0.25, 0.7, 9.0])
def test_the_kernel_of_lime_counts_near_samples_most(width):
    """A product at the four corners, weighed by how far they are from the whole image."""
    corners = np.array([[1.0, 1], [1, 0], [0, 1], [0, 0]])
    far = np.array([0, 1 - np.sqrt(0.5), 1 - np.sqrt(0.5), 1])
    weights = np.exp(-(far**2) / (2 * width**2))
    design = np.column_stack([np.ones(4), corners])
    expected = np.linalg.solve(
        design.T @ (weights[:, None] * design), design.T @ (weights * [6, 0, 0, 0])
    )[1:]
    method = LIME(features="units", samples=3000, width=width, ridge=0.0)
    made = method(nets.oracle(), nets.row(3, 2), target=1).values.ravel()
    np.testing.assert_allclose(made, expected, atol=0.3)
    assert (expected[0] > 5.9) == (width < 0.3) and (expected[0] < 3.1) == (width > 1)


def test_the_distance_is_that_of_cosines():
    inside = np.array([[1, 1, 1, 1], [1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]])
    for width in (0.25, 2.0):
        for row, found in zip(inside, nearness(inside, width), strict=True):
            length = np.linalg.norm(row) * 2
            far = 1 - (row.sum() / length if length else 0)
            assert found == pytest.approx(np.exp(-(far**2) / (2 * width**2)))


def test_superpixels_by_default(twig, photos):
    made = LIME(samples=30)(twig, photos[:1], target=0)
    assert "Slic" in str(made.settings["features"]) and np.isfinite(made.values).all()


def test_sobol_of_a_sum_is_the_share_of_squares(five):
    expected = NUMBERS**2 / (NUMBERS**2).sum()
    for order in ("total", "first"):
        made = explained(five, Sobol(features="units", designs=512, order=order))
        np.testing.assert_allclose(made.values[0], expected, atol=0.03)
        assert made.forwards == 512 * 7


def test_sobol_of_a_product():
    """First 3/7 each and total 4/7, of z1 z2 with z uniform in [0, 1]."""
    for order, expected in (("total", 4 / 7), ("first", 3 / 7)):
        method = Sobol(features="units", designs=1024, order=order)
        made = method(nets.oracle(), nets.row(3, 2), target=1)
        np.testing.assert_allclose(made.values.ravel(), expected, atol=0.03)


def test_sobol_of_the_ishigami_function():
    def build(x):
        a, b, c = tf.unstack(2 * np.pi * tf.reshape(x, [-1, 3]) - np.pi, axis=1)
        score = tf.sin(a) + 7 * tf.sin(b) ** 2 + 0.1 * c**4 * tf.sin(a)
        return tf.stack([score, -score], axis=1, name="scores")

    net = toys.network(build, 1, 3, 1, logits="scores")
    for order, expected in (
        ("total", [0.5576, 0.4424, 0.2437]),
        ("first", [0.3139, 0.4424, 0.0]),
    ):
        method = Sobol(features="units", designs=2048, order=order)
        made = method(net, nets.row(1, 1, 1), target=0).values.ravel()
        np.testing.assert_allclose(made, expected, atol=0.03)


def test_sobol_rows_are_two_designs_and_their_mixtures():
    rows = sobol_rows(3, 16, np.random.default_rng(0))
    first, second, mixed = rows[:16], rows[16:32], rows[32:].reshape(3, 16, 3)
    assert rows.shape == (16 * 5, 3) and rows.min() >= 0 and rows.max() < 1
    for i in range(3):
        np.testing.assert_array_equal(mixed[i][:, i], second[:, i])
        others = [k for k in range(3) if k != i]
        np.testing.assert_array_equal(mixed[i][:, others], first[:, others])
    spread = qmc.discrepancy(np.concatenate([first, second], axis=1))
    assert spread < qmc.discrepancy(np.random.default_rng(0).random([16, 6]))
    assert not sobol_indices(np.ones(80), 16, "total").any()


def test_hsic_by_matrices():
    rng = np.random.default_rng(2)
    inside, scores = rng.integers(0, 2, [30, 4]), rng.normal(size=30)
    distance = np.abs(scores[:, None] - scores)
    middle = np.median(distance[np.triu_indices(30, 1)])
    alike = np.exp(-(distance**2) / (2 * middle**2))
    centring = np.eye(30) - 1 / 30
    for feature, found in enumerate(hsic(inside, scores)):
        equal = (inside[:, feature][:, None] == inside[:, feature]).astype(float)
        expected = np.trace(equal @ centring @ alike @ centring) / 29**2
        assert found == pytest.approx(expected, abs=1e-12)
    assert not hsic(inside, np.ones(30)).any()


def test_hsic_finds_what_the_score_depends_on(five):
    made = explained(five, HSIC(features="units", designs=600)).values[0]
    assert made.argsort().tolist()[::-1][:3] == [2, 0, 4] and made[3] < 0.05 * made[2]
    assert (made >= 0).all()


def test_half_of_the_designs_have_a_feature():
    drawn = balanced(7, 40, np.random.default_rng(1))
    assert set(np.unique(drawn)) == {0, 1} and (drawn.sum(0) == 20).all()
    assert len({tuple(column) for column in drawn.T}) == 7


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LIME(samples=1), "samples from 2"),
        (lambda: LIME(width=0), "width above 0"),
        (lambda: LIME(ridge=-1), "from 0"),
        (lambda: Sobol(designs=1), "designs from 2"),
        (lambda: Sobol(designs=48), "powers of two"),
        (lambda: HSIC(designs=1), "designs from 2"),
    ],
)
def test_numbers_that_cannot_be(make, says):
    with pytest.raises(BadValue, match=says):
        make()


def test_unknown_words():
    with pytest.raises(UnknownName, match="'first'"):
        Sobol(order="frist")
