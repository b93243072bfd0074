"""The diverging colours: white at zero, equally strong on both sides, safe for colour blindness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attrvis.errors import BadValue
from attrvis.plots import diverging, heatmap, overlay

STEPS = np.linspace(0, 1, 101)
FLOATS = st.floats(-1e300, 1e300, allow_nan=False)


def _lightness(rgb: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


def test_zero_is_pure_white_and_the_signs_have_their_colours() -> None:
    np.testing.assert_array_equal(diverging(np.zeros((2, 3))), 1)
    red, blue = diverging(np.array([1.0, -1.0]))
    assert red[0] > 2 * red[2] and blue[2] > 2 * blue[0]
    np.testing.assert_array_equal(diverging(np.array([7.0, -7.0])), [red, blue])


def test_both_sides_darken_steadily_and_alike() -> None:
    up, down = _lightness(diverging(STEPS)), _lightness(diverging(-STEPS))
    assert (np.diff(up) < 0).all() and (np.diff(down) < 0).all()
    assert np.abs(up - down).max() < 4
    assert np.abs(np.diff(up, 2)).max() < 0.5 and np.abs(np.diff(down, 2)).max() < 0.5


SIGHTS = {  # Machado, Oliveira and Fernandes 2009, full strength, on linear RGB
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


@pytest.mark.parametrize("sight", SIGHTS)
def test_signs_stay_apart_for_the_colour_blind(sight: str) -> None:
    for size in (0.25, 0.5, 1.0):
        rgb = diverging(np.array([size, -size])).astype(float)
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen = np.clip(linear @ np.transpose(SIGHTS[sight]), 0, 1) ** (1 / 2.2)
        assert np.abs(seen[0] - seen[1]).max() > 0.12


def test_heatmap_is_symmetric_about_zero() -> None:
    made = heatmap(np.array([[1.0, 0.0, -2.0]]))
    np.testing.assert_array_equal(made[0, 1], 1)
    np.testing.assert_allclose(made[0, 0], diverging(np.array(0.5)), atol=0.02)
    np.testing.assert_allclose(made[0, 2], diverging(np.array(-1.0)))
    np.testing.assert_allclose(
        heatmap(np.array([[1.0]]), scale=4.0)[0, 0], diverging(np.array(0.25))
    )


@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=FLOATS)
)
def test_any_finite_map_can_be_drawn(values: np.ndarray) -> None:
    photo = np.full((9, 7, 3), 0.5)
    for made in (heatmap(values), overlay(photo, values)):
        assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1
        assert made.dtype == np.float32


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 1e-320, 1e300])
def test_constant_maps(value: float) -> None:
    made = heatmap(np.full((4, 4), value))
    wanted = diverging(np.sign(np.array(value)))
    np.testing.assert_allclose(made, np.broadcast_to(wanted, made.shape), atol=1e-6)


def test_overlay_shows_the_photo_where_the_map_is_zero() -> None:
    photo = np.random.default_rng(0).random((40, 60, 3))
    values = np.zeros((40, 60))
    values[:, :20] = 1
    made = overlay(photo, values)
    assert np.ptp(made[:, 30:], axis=2).max() < 1e-6  # grey
    assert (
        np.corrcoef(made[:, 30:, 0].ravel(), (photo @ [0.2126, 0.7152, 0.0722])[:, 30:].ravel())[
            0, 1
        ]
        > 0.999
    )
    assert (made[:, :20, 0] - made[:, :20, 2]).mean() > 0.15
    plain = overlay(photo, values, strength=0.0)
    np.testing.assert_allclose(plain[:, 30:], made[:, 30:])
    assert overlay(photo, values[:4, :6]).shape == photo.shape


def test_wrong_input_is_named() -> None:
    photo = np.zeros((4, 4, 3))
    for call in (
        lambda: heatmap(np.zeros((2, 2, 2))),
        lambda: heatmap(np.zeros((0, 2))),
        lambda: heatmap(np.array([[np.nan]])),
        lambda: heatmap(np.zeros((2, 2)), scale=0.0),
        lambda: heatmap(np.zeros((2, 2)), scale=float("nan")),
        lambda: heatmap(np.array([["a"]])),
        lambda: overlay(photo[0], np.zeros((2, 2))),
        lambda: overlay(photo + 2, np.zeros((2, 2))),
        lambda: overlay(photo * np.nan, np.zeros((2, 2))),
        lambda: overlay(photo, np.zeros((2, 2)), strength=2.0),
    ):
        with pytest.raises(BadValue):
            call()
