"""Between which values colours run: about zero, or of one sign between two percentiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attrvis.errors import BadValue
from attrvis.plots import Range, diverging, heatmap, overlay, range_of, scale_of
from attrvis.plots.ranges import as_range

FLOATS = st.floats(-1e6, 1e6, allow_nan=False)


def test_scale_of_known_answers() -> None:
    assert scale_of(np.zeros((3, 3))) == 1
    assert scale_of(np.array([0.0, -4.0]), share=1) == 4
    assert scale_of(np.array([0.0] * 999 + [5.0])) == 5  # a lonely value still has a scale
    many = np.concatenate([np.linspace(-1, 1, 9999), [1e6]])
    assert scale_of(many) < 1.01
    for bad in (np.array([]), np.array([np.nan]), np.array([np.inf])):
        for choose in (scale_of, range_of):
            with pytest.raises(BadValue):
                choose(bad)
    with pytest.raises(BadValue):
        scale_of(np.ones(3), share=0)


@pytest.mark.parametrize(
    ("values", "low", "high", "white"),
    [
        ([-2.0, 0.0, 1.0], -2, 2, 0),
        ([9.0, 10.0, 11.0], 9, 11, 9),
        ([-9.0, -10.0, -11.0], -11, -9, -9),
        ([0.0, 3.0], 0, 3, 0),
        ([0.0, -3.0], -3, 0, 0),
        ([0.0, 0.0], -1, 1, 0),
        ([5.0, 5.0], 0, 5, 0),
        ([-5.0, -5.0], -5, 0, 0),
        ([5.0, 5.0001], 0, 5.0001, 0),  # what is left of sums in float32 is no picture
    ],
)
def test_a_range_is_chosen_by_the_signs(values, low, high, white) -> None:
    made = range_of(np.array(values), share=1)
    assert (made.low, made.high, made.white) == (low, high, white)
    assert made.to_json() == {"from": low, "to": high, "white": white}


def test_a_few_extreme_values_do_not_rule_a_map_of_one_sign() -> None:
    values = np.concatenate([np.linspace(9, 11, 998), [0.1, 500]])
    made = range_of(values)
    assert 8.9 < made.low < 9.1 and 10.9 < made.high < 11.1
    shares = made.shares(np.array([0.1, 500]))
    assert shares.tolist() == [0, 1]


def test_a_map_far_from_zero_has_all_the_colours() -> None:
    values = 100 + np.linspace(0, 1, 64).reshape(8, 8)
    for sign in (1.0, -1.0):
        made = heatmap(sign * values)
        np.testing.assert_allclose(made[0, 0], 1, atol=1e-6)
        np.testing.assert_allclose(made[-1, -1], diverging(np.array(sign)), atol=1e-6)
    over = overlay(np.full((8, 8, 3), 0.5), values)
    assert np.ptp(over[0, 0]) < 0.01 and np.ptp(over[-1, -1]) > 0.2
    # A range that was asked for is kept, and a number is about zero.
    assert np.abs(heatmap(values, 100.0) - diverging(np.array(1.0))).max() < 1e-6
    assert np.abs(heatmap(values, Range(100.0, 200.0)) - 1).max() < 0.03


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=6), elements=FLOATS))
def test_shares_never_fall_as_values_rise(values: np.ndarray) -> None:
    for given_values in (values, np.abs(values), -np.abs(values)):
        made = range_of(given_values)
        shares = made.shares(np.sort(given_values, axis=None))
        assert (np.diff(shares) >= 0).all() and np.abs(shares).max() <= 1
        assert made.shares(np.array(made.white)) == 0
        one_sign = not made.signed
        assert not one_sign or (shares * np.sign(made.low + made.high) >= 0).all()


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Range(-0.0123456, 0.0123456), "to ±0.0123"),
        (Range(9.0, 10.5), "from +9 to +10.5"),
        (Range(10.41234, 10.41567), "from +10.4123 to +10.4157"),
        (Range(-3.0, 0.0), "from \u22123 to 0"),
        (Range(-3.0, -1e-7), "from \u22123 to \u22121e\u22127"),
    ],
)
def test_a_range_is_told_with_the_digits_that_it_needs(span, text) -> None:
    assert str(span) == text


@pytest.mark.parametrize(
    "ends", [(1.0, 1.0), (2.0, 1.0), (-1.0, 2.0), (0.0, np.inf), (np.nan, 1.0)]
)
def test_a_range_that_is_none(ends) -> None:
    with pytest.raises(BadValue, match="between two numbers of one sign"):
        Range(*ends)


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_a_scale_is_a_positive_number(scale) -> None:
    assert as_range(2) == Range(-2.0, 2.0)
    with pytest.raises(BadValue, match="positive number"):
        as_range(scale)
