"""Quadratures: their weights, their exactness, and their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.attribution.quadrature import NAMES, quadrature
from attrvis.errors import BadValue, UnknownName

# The highest degree of a polynomial that n points integrate exactly.
EXACT = {
    "gauss-legendre": lambda n: 2 * n - 1,
    "midpoint": lambda n: 1,
    "trapezoid": lambda n: 1,
    "left": lambda n: 0,
    "right": lambda n: 0,
}


@pytest.mark.parametrize("name", NAMES)
@given(points=st.integers(2, 60))
def test_weights_and_nodes(name, points):
    nodes, weights = quadrature(name, points)
    assert nodes.shape == weights.shape == (points,)
    assert weights.sum() == pytest.approx(1, abs=1e-12) and (weights > 0).all()
    assert (np.diff(nodes) > 0).all() and nodes[0] >= 0 and nodes[-1] <= 1
    assert nodes.dtype == weights.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("points", [2, 3, 5, 12])
def test_polynomials_up_to_the_degree_are_exact_and_no_further(name, points):
    nodes, weights = quadrature(name, points)

    def error(degree):
        return abs((weights * nodes**degree).sum() - 1 / (degree + 1))

    highest = EXACT[name](points)
    assert all(error(d) < 1e-12 for d in range(highest + 1))
    if points < 12:
        assert error(highest + 1) > 1e-9


def test_nodes_by_hand():
    np.testing.assert_allclose(quadrature("left", 4)[0], [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(quadrature("right", 4)[0], [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(quadrature("midpoint", 2)[0], [0.25, 0.75])
    nodes, weights = quadrature("trapezoid", 3)
    np.testing.assert_allclose(nodes, [0, 0.5, 1])
    np.testing.assert_allclose(weights, [0.25, 0.5, 0.25])
    nodes, weights = quadrature("gauss-legendre", 2)
    np.testing.assert_allclose(nodes, 0.5 + np.array([-1, 1]) / (2 * np.sqrt(3)))
    np.testing.assert_allclose(weights, [0.5, 0.5])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("left", 0.21875),
        ("right", 0.46875),
        ("midpoint", 0.328125),
        # Captum's weights sum to three quarters, and give 0.26389.
        ("trapezoid", 0.263889 / 0.75),
        ("gauss-legendre", 1 / 3),
    ],
)
def test_captums_squares_by_four_points(name, wanted):
    nodes, weights = quadrature(name, 4)
    assert (weights * nodes**2).sum() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_one_point_is_enough_except_for_the_trapezoid(name):
    if name == "trapezoid":
        with pytest.raises(BadValue, match="takes 2 to"):
            quadrature(name, 1)
    else:
        assert quadrature(name, 1)[1].tolist() == [1.0]
    with pytest.raises(BadValue):
        quadrature(name, 0)


def test_unknown_rules():
    with pytest.raises(UnknownName, match="'gauss-legendre'"):
        quadrature("gauss", 3)


def test_thousands_of_points_are_quick_and_a_billion_are_refused():
    nodes, weights = quadrature("gauss-legendre", 3000)
    assert abs((weights * np.cos(nodes)).sum() - np.sin(1)) < 1e-12
    for name, most in (("gauss-legendre", "10,000"), ("midpoint", "1,000,000")):
        with pytest.raises(BadValue, match=f"1 to {most} points, not 1,000,000,000"):
            quadrature(name, 10**9)
