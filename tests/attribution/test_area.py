"""The area that an attribution covers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.attribution.area import covered_area
from attrvis.errors import BadValue


def blob(side=14, radius=3.0, centre=None):
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.exp(-(x**2 + y**2) / (2 * (radius / 2) ** 2))


@pytest.mark.parametrize("value", [0.0, 1.0, 1e-30, 1e30, -3.0])
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_constant_map_gives_no_nan(value, spread):
    """Defect 13: the original divides 0 by 0 there."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert covered_area(np.full((14, 14, 3), value), spread) == 0.25


def test_two_levels_are_counted():
    for rows in (2, 4, 7):
        maps = np.zeros((14, 14))
        maps[:rows] = 3.0
        assert covered_area(maps, spread=0.0) == pytest.approx(rows / 14)


def test_a_larger_thing_covers_more():
    areas = [covered_area(blob(radius=r)) for r in (1, 2, 4, 7)]
    assert areas == sorted(areas) and areas[0] < 0.2 < areas[-1]


@given(st.integers(-6, 6), st.integers(0, 3))
def test_its_scale_and_place_do_not_matter(power, turns):
    maps = np.zeros((16, 16, 2))
    maps[3:8, 4:9] = 1.0
    plain = covered_area(maps)
    assert covered_area(np.rot90(maps, turns) * 10.0**power) == pytest.approx(plain, abs=0.01)


def test_negative_contributions_do_not_count():
    maps = np.zeros((16, 16, 2))
    maps[3:8, 4:9, 0] = 1.0
    plain = covered_area(maps)
    maps[..., 1] = -5.0
    assert covered_area(maps) == plain


def test_it_stays_within_bounds():
    one = np.zeros((64, 64))
    one[5, 5] = 1.0
    assert covered_area(one, spread=0.0) == 0.04
    assert covered_area(1 - one, spread=0.0) == 0.6
    for side in (1, 2, 3):
        assert 0.04 <= covered_area(np.random.default_rng(0).uniform(size=(side, side))) <= 0.6


@pytest.mark.parametrize("maps", [np.ones(4), np.ones((1, 4, 4, 2)), np.full((4, 4), np.nan)])
def test_other_input_is_refused(maps):
    with pytest.raises(BadValue, match="finite attribution"):
        covered_area(maps)
