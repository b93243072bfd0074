"""Path methods: closed forms, exact sums, and the libraries' own definitions."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

import attrvis
from attrvis.attribution import TABLE
from attrvis.attribution.paths.blur_ig import BlurIG, blur_matrix
from attrvis.attribution.paths.guided_ig import GuidedIG
from attrvis.attribution.paths.idgi import IDGI
from attrvis.attribution.paths.integrated_gradients import IntegratedGradients
from attrvis.attribution.paths.lpi import LPI
from attrvis.attribution.paths.random_references import (
    IGSG,
    IGSQ,
    ExpectedGradients,
    GradientSHAP,
    IGUniform,
)
from attrvis.attribution.paths.through import IGThrough
from attrvis.attribution.paths.xrai import XRAI, fast, full, segments
from attrvis.errors import BadValue, UnknownName
from tests import toys

ASKED = {"target": [0, 3, 1]}


@pytest.fixture(scope="module")
def square():
    """The score is the sum of squares: IG from zero is x^2."""

    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


X = toys.noise(2, 4, 4, 1, seed=6)


@pytest.mark.parametrize("rule", ["midpoint", "trapezoid", "gauss-legendre", "adaptive"])
def test_squares_are_exact(square, rule):
    made = IntegratedGradients(8, rule)(square, X, target=0)
    np.testing.assert_allclose(made.values, X**2, atol=1e-6)
    assert made.relative_gap.max() < 1e-5


@pytest.mark.parametrize(
    ("rule", "order"),
    [("left", 1), ("right", 1), ("midpoint", 2), ("trapezoid", 2), ("gauss-legendre", 6)],
)
def test_gaps_shrink_at_each_rules_order(smooth, rule, order):
    x = toys.two((1.0, 0.8))
    gaps = [
        float(IntegratedGradients(n, rule, tolerance=9)(smooth, x, target=0).relative_gap[0])
        # A trapezoid of n nodes has n - 1 parts.
        for n in ((5, 9) if rule == "trapezoid" else (4, 8))
    ]
    if rule == "gauss-legendre":
        assert gaps[0] < 1e-5
    else:
        assert np.log2(gaps[0] / gaps[1]) == pytest.approx(order, abs=0.25)


def test_expected_gradients_of_squares(square):
    """E[(x - R) 2z] over even places between is x^2 - E[R^2]; Captum's kin give x^2 - E[R]^2."""
    references = toys.noise(6, 4, 4, 1, seed=1)
    wanted = X**2 - (references**2).mean(0)
    made = ExpectedGradients(references, samples=120, draws=20)(square, X, target=0).values
    np.testing.assert_allclose(made, wanted, atol=0.03)
    assert np.abs(X**2 - references.mean(0) ** 2 - made).max() > 0.08


def test_gradient_shap_without_noise_is_expected_gradients(twig, photos):
    one = ExpectedGradients(samples=4, draws=1)(twig, photos, **ASKED).values
    other = GradientSHAP(samples=4, noise=0.0)(twig, photos, **ASKED).values
    np.testing.assert_allclose(other, one, atol=1e-5 * np.abs(one).max())


def test_even_references_of_squares(square):
    """Over even references in [0, 1]: x^2 - 1/3."""
    made = IGUniform(references=200, steps=1)(square, X, target=0).values
    np.testing.assert_allclose(made, X**2 - 1 / 3, atol=0.1)


def test_noisy_references_are_noisy_copies(square):
    """The lines begin around the image: of squares, x^2 - E[R^2] is about -s^2 where R stays."""
    x = np.full((1, 4, 4, 1), 0.5, np.float32)
    x[0, 0, 0] = 0.4
    x[0, 0, 1] = 0.6
    made = IGSG(references=400, steps=1, noise=0.5)(square, x, target=0).values
    np.testing.assert_allclose(made[0, 1:], -0.01, atol=0.025)
    assert (IGSQ(references=4)(square, x, target=0).values[0] != made[0]).any()


def test_the_two_meanings_of_sg(twig, photos):
    """Noise in the reference or in what is explained; without noise the latter is IG."""
    plain = IntegratedGradients(16)(twig, photos, **ASKED).values
    quiet = TABLE["sg-ig"](samples=2, noise=0.0)(twig, photos, **ASKED).values
    np.testing.assert_allclose(quiet, plain, atol=1e-5 * np.abs(plain).max())
    square = TABLE["sq-ig"](samples=2, noise=0.0)(twig, photos, **ASKED).values
    np.testing.assert_allclose(square, plain**2, atol=1e-5 * np.abs(plain).max() ** 2)
    assert np.abs(IGSG(noise=0.0)(twig, photos, **ASKED).values).max() < 1e-6


def test_a_broken_line_adds_up(twig, photos):
    made = IGThrough(("zero", "constant:0.7", "blurred:0.2"), 128)(twig, photos, **ASKED)
    assert made.relative_gap.max() < 0.03
    straight = IGThrough(("zero",), 16)(twig, photos, **ASKED).values
    plain = IntegratedGradients(16)(twig, photos, **ASKED).values
    np.testing.assert_allclose(straight, plain, atol=1e-5 * np.abs(plain).max())


def test_idgi_adds_up_exactly(twig, photos):
    made = IDGI(steps=5)(twig, photos, **ASKED)
    assert made.relative_gap.max() < 1e-5
    assert (made.evaluations, made.forwards) == (15, 18 + 6)
    # Where the change grows, no number gets less than nothing.
    assert (made.values * np.sign(made.change)[:, None, None, None] >= -1e-3).mean() > 0.9


@pytest.mark.parametrize("sigma", [0.6, 1.5, 3.0])
def test_blurs_are_those_of_scipy(sigma):
    image = toys.noise(11, 7, seed=2)
    mine = blur_matrix(11, sigma) @ image @ blur_matrix(7, sigma).T
    theirs = gaussian_filter(image, sigma, mode="constant")
    np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_blur_ig_adds_up(twig, photos):
    gaps = [BlurIG(n, tolerance=9)(twig, photos, **ASKED).relative_gap.max() for n in (10, 160)]
    assert gaps[1] < 0.02 and gaps[1] < gaps[0]
    with pytest.raises(BadValue, match="positions"):
        BlurIG()(twig, photos, target=0, layer="pool")


def test_guided_ig_on_the_straight_line_is_a_left_sum(twig, photos):
    left = IntegratedGradients(12, "left", tolerance=9)(twig, photos, **ASKED).values
    made = GuidedIG(12, max_dist=0.0)(twig, photos, **ASKED)
    np.testing.assert_allclose(made.values, left, atol=1e-5 * np.abs(left).max())
    assert made.evaluations == 36


def test_guided_ig_ends_at_the_image(twig, photos):
    """However far it may stray, the path's moves add up to the way: of x itself, to x."""

    def build(x):
        return tf.identity(tf.reduce_sum(x, [1, 2, 3])[:, None], name="scores")

    net = toys.network(build, 8, 8, 3, logits="scores")
    for far in (0.05, 1.0):
        made = GuidedIG(7, max_dist=far)(net, photos, target=0).values
        np.testing.assert_allclose(made, photos, atol=1e-5)
    made = GuidedIG(200, max_dist=0.05)(twig, photos[:1], target=0)
    change = (twig.run(photos[:1])["logits"].numpy() - twig.run(0 * photos[:1])["logits"].numpy())[
        0, 0
    ]
    assert made.values.sum() == pytest.approx(change, rel=0.1)


def test_regions_keep_the_sum():
    values = np.random.default_rng(0).normal(size=(20, 30))
    corner = np.zeros((20, 30), bool)
    corner[:8, :10] = True
    values[:8, :10] += 5
    regions = [corner, ~corner, np.roll(corner, 3, axis=1)]
    for gather in (full, fast):
        made = gather(values, regions, 4)
        assert made.sum() == pytest.approx(values.sum())
        assert np.ptp(made[:8, :10]) == 0 and made[0, 0] > made[-1, -1]
    # A region that would add too few pixels is left out.
    assert full(values, [corner, regions[2]], 50)[0, 12] == pytest.approx(values[~corner].mean())


def test_xrai_on_a_photo():
    net = attrvis.load("embedded")
    photo = attrvis.images.bundled("coffee")
    made = attrvis.attribute(net, photo, XRAI(steps=16), target="espresso")
    assert made.values.shape == (1, 64, 64, 1)
    inner = attrvis.attribution.method_of("averaged-baselines", {"method": IntegratedGradients(16)})
    raw = attrvis.attribute(net, photo, inner, target="espresso").values.max(-1)
    assert made.values.sum() == pytest.approx(raw.sum(), rel=1e-4)
    # Few regions, each flat.
    assert len(np.unique(made.values)) < 200
    assert len(segments(made.photos[0])) > 6


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: IntegratedGradients(2, "adaptive"), BadValue, "at least 3 steps"),
        (lambda: IntegratedGradients(8, "adaptive", tolerance=0.0), BadValue, "above 0"),
        (lambda: IntegratedGradients(8, "simpson"), UnknownName, "midpoint"),
        (lambda: IGUniform(references=0), BadValue, "reference"),
        (lambda: IGSG(noise=-1.0), BadValue, "noise"),
        (lambda: ExpectedGradients(samples=0), BadValue, "sample"),
        (lambda: GradientSHAP(noise=float("nan")), BadValue, "noise"),
        (lambda: IGThrough(()), BadValue, "baseline"),
        (lambda: IDGI(steps=0), BadValue, "step"),
        (lambda: BlurIG(max_sigma=0.0), BadValue, "blur"),
        (lambda: BlurIG(max_sigma=np.inf), BadValue, "finite blur"),
        (lambda: XRAI(least=-1), BadValue, "a number from 0"),
        (lambda: LPI("photos"), BadValue, "local_references"),
        (lambda: GuidedIG(fraction=0.0), BadValue, "fraction"),
        (lambda: XRAI(speed="slow"), UnknownName, "'fast'|full"),
        (lambda: XRAI("salience"), UnknownName, "saliency"),
    ],
)
def test_numbers_outside_their_range(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_references_of_another_shape(twig, photos):
    with pytest.raises(BadValue, match="like the images"):
        ExpectedGradients(np.zeros((2, 4, 4, 3)))(twig, photos, target=0)
    with pytest.raises(BadValue, match=r"like the images, .*, not 'photos'"):
        ExpectedGradients("photos")(twig, photos, target=0)
    with pytest.raises(BadValue, match="NaN"):
        ExpectedGradients(np.full((2, 8, 8, 3), np.nan))(twig, photos, target=0)
