"""How near a picture comes to a photo, in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.recipes.likeness import cosine, distance


def test_the_cosine_is_the_mean_over_positions_that_show_something():
    reference = np.array([[[[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]]]])
    values = np.array([[[[6.0, 8.0], [9.0, 9.0], [0.0, 2.0]]]])
    assert cosine(values, reference) == pytest.approx(0.5)
    assert cosine(-reference, reference) == pytest.approx(-1)
    assert cosine(values, 0 * reference) == 0


@given(st.integers(0, 500), st.floats(0.01, 100))
def test_the_cosine_does_not_depend_on_length_but_the_distance_does(seed, scale):
    first, second = np.random.default_rng(seed).normal(size=(2, 1, 3, 2, 5))
    assert cosine(scale * first, second) == pytest.approx(cosine(first, second))
    assert distance(scale * second, second) == pytest.approx((scale - 1) ** 2)


def test_the_distance_is_that_of_the_objective():
    from attrvis.objectives import activation_l2

    first, second = np.random.default_rng(1).normal(size=(2, 1, 3, 2, 5)).astype(np.float32)
    wanted = float(activation_l2("x", second)({"x": first})[0])
    assert distance(first, second) == pytest.approx(wanted, rel=1e-5)
