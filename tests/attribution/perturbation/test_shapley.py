"""Shapley values: against brute force over orders, and estimates against the exact ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from attrvis.attribution import KernelSHAP, ShapleySampling, ShapleyValues
from attrvis.attribution.perturbation.kernel_shap import constrained, shapley_design
from attrvis.attribution.perturbation.shapley import coalitions, shapley_weights
from attrvis.errors import BadValue, UnknownName
from tests import toys
from tests.attribution.perturbation import nets


def brute(score, count):
    """Average what each feature adds over all orders in which features come."""
    found = np.zeros(count)
    orders = list(itertools.permutations(range(count)))
    for order in orders:
        inside = np.zeros(count, int)
        before = score(inside)
        for feature in order:
            inside[feature] = 1
            found[feature] += score(inside) - before
            before = score(inside)
    return found / len(orders)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_weights_against_brute_force(count):
    table = np.random.default_rng(count).normal(size=2**count)
    expected = brute(lambda inside: table[int(inside @ 2 ** np.arange(count))], count)
    np.testing.assert_allclose(shapley_weights(count) @ table, expected, atol=1e-12)
    np.testing.assert_array_equal(coalitions(count) @ 2 ** np.arange(count), np.arange(2**count))


@pytest.fixture(scope="module")
def brute_force(twig, photos):
    """Give the values of four quarters of the first photo, against a grey of 0.3."""
    quarter = np.add.outer(2 * (np.arange(8) // 4), np.arange(8) // 4)

    def score(inside):
        seen = np.where(inside[quarter][..., None], photos[0], np.float32(0.3))
        return float(twig.run(seen[None])["logits"][0, 3])

    return brute(score, 4)


def quarters(values):
    """Sum up each quarter of the first map."""
    return values[0].reshape(2, 4, 2, 4, -1).sum((1, 3, 4)).ravel()


@pytest.mark.parametrize(
    ("method", "tolerance", "forwards"),
    [
        (ShapleyValues("grid:2", baseline="constant:0.3"), 1e-5, 16),
        (KernelSHAP("grid:2", baseline="constant:0.3", samples=14), 1e-5, 16),
        (ShapleySampling("grid:2", baseline="constant:0.3", orders=200), 0.1, 2 + 200 * 3),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_a_network_against_brute_force(twig, photos, brute_force, method, tolerance, forwards):
    made = method(twig, photos, target=3)
    scale = np.abs(brute_force).max()
    np.testing.assert_allclose(quarters(made.values), brute_force, atol=tolerance * scale)
    assert made.forwards == 3 * forwards and made.evaluations == 0
    assert made.relative_gap.max() < 1e-4 and made.status == "ok"
    assert np.ptp(made.values[0, :4, :4]) == 0


def test_captums_network_of_layers():
    net, image = nets.multi_layer(), nets.row(20, 50, 30)
    made = ShapleyValues("units")(net, image, target=0)
    np.testing.assert_allclose(
        made.values.ravel(), [230 / 3, 590 / 3, 350 / 3], rtol=1e-5
    )  # 76.667, 196.667, 116.667
    whole = ShapleyValues("units", normalize="count")(net, image, target=0)
    assert whole.change is None
    np.testing.assert_allclose(whole.values, made.values, rtol=1e-6)


@pytest.mark.parametrize("method", [ShapleyValues("units"), KernelSHAP("units"),
                                    ShapleySampling("units", orders=64)])  # fmt: skip
def test_a_product_is_halved(method):
    made = method(nets.oracle(), nets.row(3, 2), target=1)
    expected = [3, 3] if method.name != "shapley-sampling" else made.values.ravel()
    np.testing.assert_allclose(made.values.ravel(), expected, atol=1e-5)
    assert made.values.sum() == pytest.approx(6, abs=1e-5)
    assert abs(made.values.ravel()[0] - 3) < 1.5


@pytest.mark.parametrize(
    ("numbers", "features", "wanted"),
    [
        ((2, -2), "units", (0, -2)),
        ((4, 2), "units", (1, 1)),
        # Rows (-1, 4) and (-2, 1), each taken away whole.
        ((-1, 4, -2, 1), np.array([[0, 0, 1, 1]]), (-0.5, -0.5, -1.5, -1.5)),
    ],
)
def test_deep_explains_smallest_number(numbers, features, wanted):
    made = ShapleyValues(features, normalize="count")(
        nets.smallest(len(numbers)), nets.row(*numbers), target=0
    )
    np.testing.assert_allclose(made.values.ravel(), wanted, atol=1e-6)


@pytest.mark.parametrize("method", [ShapleySampling("units", orders=1),
                                    KernelSHAP("units", samples=60)])  # fmt: skip
def test_few_samples_are_exact_where_features_only_add_up(method):
    numbers = np.arange(-4.0, 6)
    made = method(nets.summing(10), nets.row(*numbers), target=1, layer="grid")
    np.testing.assert_allclose(made.values[0], 2 * numbers, atol=1e-4)


@pytest.mark.parametrize("samples", [32, 60, 400])
def test_the_sum_is_the_change_whatever_the_samples(twig, photos, samples):
    made = KernelSHAP("grid:4", samples=samples)(twig, photos, target=[0, 1, 2])
    np.testing.assert_allclose(made.values.sum((1, 2, 3)), made.change, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        made.change,
        twig.run(photos)["logits"].numpy()[range(3), range(3)]
        - twig.run(0 * photos)["logits"].numpy()[range(3), range(3)],
        atol=1e-4,
    )


def test_more_samples_come_closer(twig, photos):
    exact = ShapleyValues("grid:3")(twig, photos[:1], target=0).values
    scale = np.abs(exact).max()
    for make, counts in (
        (lambda n: KernelSHAP("grid:3", samples=n), (24, 256, 510)),
        (lambda n: ShapleySampling("grid:3", orders=n), (2, 40, 640)),
    ):
        gaps = [np.abs(make(n)(twig, photos[:1], target=0).values - exact).max() for n in counts]
        assert gaps[2] < gaps[0] and gaps[2] < 0.1 * scale
    assert np.abs(KernelSHAP("grid:3", samples=510)(twig, photos[:1], target=0).values
                  - exact).max() < 1e-5 * scale  # fmt: skip


def test_the_seed_draws_the_orders(twig, photos):
    method = ShapleySampling("grid:3", orders=2)
    one, two = (method(twig, photos[:1], target=0, seed=seed).values for seed in (1, 2))
    assert np.abs(one - two).max() > 0


@pytest.mark.parametrize("count", [2, 3, 4])
def test_all_coalitions_weigh_as_the_kernel_does(count):
    inside, weights = shapley_design(count, 100, np.random.default_rng(0))
    assert len(inside) == 2**count - 2
    from math import comb

    for row, weight in zip(inside, weights, strict=True):
        k = int(row.sum())
        expected = (count - 1) / (comb(count, k) * k * (count - k))
        assert weight * (count - 1) == pytest.approx(expected)


def test_coalitions_are_drawn_in_pairs_of_the_kernels_sizes():
    inside, weights = shapley_design(12, 4000, np.random.default_rng(1))
    half = len(inside) // 2
    assert len(inside) == 4000 and (inside[:half] + inside[half:] == 1).all()
    sizes = np.bincount(inside.sum(1), minlength=13)[1:12] / 4000
    share = 1 / (np.arange(1, 12) * np.arange(11, 0, -1))
    np.testing.assert_allclose(sizes, share / share.sum(), atol=0.02)
    np.testing.assert_allclose(inside.mean(0), 0.5, atol=1e-12)
    assert (weights == 1).all()


def test_the_constrained_fit_by_lagrange():
    rng = np.random.default_rng(3)
    inside, weights = rng.integers(0, 2, [30, 5]), rng.random(30) + 0.1
    gains, total = rng.normal(size=30), 1.7
    # Stationary for the constraint: the equations of the method of multipliers.
    left = np.zeros([6, 6])
    left[:5, :5] = 2 * inside.T @ (weights[:, None] * inside)
    left[5, :5] = left[:5, 5] = 1
    right = np.append(2 * inside.T @ (weights * gains), total)
    expected = np.linalg.solve(left, right)[:5]
    np.testing.assert_allclose(constrained(inside, weights, gains, total), expected, atol=1e-10)


def test_what_cannot_be(twig, photos):
    with pytest.raises(BadValue, match=r"coalitions of 64 features .* 'kernel-shap'"):
        ShapleyValues("grid:8")(twig, photos, target=0)
    with pytest.raises(BadValue, match="samples for 64 features"):
        KernelSHAP("grid:8", samples=50)(twig, photos, target=0)
    for make in (lambda: KernelSHAP(samples=1), lambda: ShapleySampling(orders=0)):
        with pytest.raises(BadValue, match="whole number of"):
            make()
    with pytest.raises(UnknownName, match="'area'"):
        ShapleyValues(normalize="sum")


def test_one_feature_gets_it_all(twig):
    photo = toys.noise(1, 8, 8, 3)
    for make in (ShapleyValues, ShapleySampling, KernelSHAP):
        made = make("grid:1")(twig, photo, target=1)
        assert made.values.sum() == pytest.approx(made.change[0], rel=1e-4)
