"""Signals as curves: where the ink is, and which colour moments have."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.attribution.visualisers import Curves
from attrvis.errors import BadValue, UnknownName
from attrvis.plots import diverging

STEP = np.repeat([0.0, 1.0], 10).reshape(1, 20, 1)


def test_bands_have_the_colours_of_their_moments():
    values = np.repeat([2.0, -1.0], 10).reshape(1, 20, 1)
    made = Curves(scale=2.0, width=200)(values, STEP)[0]
    assert made.shape == (96, 200, 3)
    # The corners are free of ink: the curve is below at the left and above at the right.
    ground = 0.3 + 0.7 * diverging(np.array([1.0, -0.5]))
    np.testing.assert_allclose(made[:40, 10], np.tile(ground[0], (40, 1)), atol=1e-6)
    np.testing.assert_allclose(made[60:, 190], np.tile(ground[1], (36, 1)), atol=1e-6)


def test_the_curve_is_drawn_where_the_signal_is():
    made = Curves(width=200)(np.zeros_like(STEP), STEP)[0].mean(axis=-1)
    dark = [np.flatnonzero(made[:, column] < 0.5).mean() for column in (10, 190)]
    assert dark == [96 - 1 - 8, 8]
    np.testing.assert_allclose(made.min(), 0.1, atol=1e-6)
    assert made[:, 10].max() == 1


def test_every_channel_has_a_panel_or_all_share_one():
    values = np.zeros((2, 20, 3))
    signals = np.random.default_rng(0).normal(size=(2, 20, 3)) * 100
    assert Curves()(values, signals).shape == (2, 288, 480, 3)
    assert Curves("combined")(values, signals).shape == (2, 96, 480, 3)
    for style in ("individual", "combined", "coloured"):
        made = Curves(style)(values, signals)
        assert made.min() >= 0 and made.max() <= 1
        np.testing.assert_array_equal(made[1:], Curves(style)(values[1:], signals[1:]))


def test_combined_bands_show_the_sum():
    values = np.stack([np.ones(20), -np.ones(20)], axis=-1)[None]
    signals = np.concatenate([STEP, STEP], axis=-1)
    made = Curves("combined", scale=1.0)(values, signals)
    np.testing.assert_allclose(made, Curves("combined", scale=1.0)(values * 0, signals))


def test_a_coloured_curve_has_the_colour_of_its_own_moments():
    values = np.repeat([1.0, -1.0], 10).reshape(1, 20, 1)
    made = Curves("coloured", scale=1.0, width=200)(values, STEP)[0]
    red, blue = diverging(np.array([1.0, -1.0]))
    np.testing.assert_allclose(made[96 - 1 - 8, 10], red, atol=1e-5)
    np.testing.assert_allclose(made[8, 190], blue, atol=1e-5)
    np.testing.assert_allclose(made[:40, 10], 1)


def test_a_flat_signal_and_a_single_moment_are_drawn():
    for style in ("individual", "combined", "coloured"):
        assert np.isfinite(Curves(style)(np.ones((1, 9, 2)), np.ones((1, 9, 2)))).all()
        assert np.isfinite(Curves(style)(np.ones((1, 1, 1)), np.ones((1, 1, 1)))).all()


def test_bad_input_is_named():
    with pytest.raises(UnknownName, match="combined"):
        Curves("combine")
    for wrong in (lambda: Curves(width=3), lambda: Curves(scale=0)):
        with pytest.raises(BadValue):
            wrong()
    with pytest.raises(BadValue, match="photos="):
        Curves()(np.zeros((1, 9, 2)))
    with pytest.raises(BadValue, match="same shape"):
        Curves()(np.zeros((1, 9, 2)), np.zeros((1, 8, 2)))
    with pytest.raises(BadValue, match="NaN"):
        Curves()(np.zeros((1, 9, 2)), np.full((1, 9, 2), np.nan))
