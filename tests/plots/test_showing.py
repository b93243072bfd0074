"""Any number of channels, volumes and signals as pictures that a person can look at."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.errors import BadValue
from attrvis.plots import rgb, visible


def opaque(values):
    return np.concatenate([values, np.ones_like(values[..., :1])], axis=-1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_black_is_black_white_is_white_and_alpha_stays(channels):
    values = np.zeros((2, 3, 5, channels), np.float32)
    values[1] = 1
    shown = visible(np.concatenate([values, np.full((2, 3, 5, 1), 0.25, np.float32)], -1))
    assert shown.shape == (2, 3, 5, 4) and (shown[..., 3] == 0.25).all()
    assert (shown[0, ..., :3] == 0).all() and shown[1, ..., :3] == pytest.approx(1, abs=1e-6)


def test_grey_and_colours_are_themselves():
    values = np.random.default_rng(0).random((1, 4, 4, 3), np.float32)
    assert np.array_equal(visible(opaque(values))[..., :3], values)
    grey = visible(opaque(values[..., :1]))[..., :3]
    assert grey == pytest.approx(values[..., :1].repeat(3, -1))


def test_each_of_seven_channels_has_a_colour_of_its_own():
    shown = visible(opaque(np.eye(7, dtype=np.float32)[None, None]))[0, 0, :, :3]
    apart = np.abs(shown[:, None] - shown[None]).max(-1) + np.eye(7)
    assert apart.min() > 0.05


def test_of_a_volume_the_middle_slice_is_shown():
    values = np.random.default_rng(0).random((2, 5, 4, 3, 3), np.float32)
    assert np.array_equal(visible(opaque(values))[..., :3], values[:, 2])


def test_a_signal_is_a_dark_curve_where_its_value_is():
    values = np.linspace(0, 1, 200, dtype=np.float32)[None, :, None]
    shown = visible(opaque(np.concatenate([values, 1 - values], -1)))[0, ..., 0]
    assert shown.shape == (192, 200)
    rising, falling = shown[:96].argmin(axis=0), shown[96:].argmin(axis=0)
    assert rising[5] > 85 and rising[-5] < 10 and falling[5] < 10 and falling[-5] > 85


@pytest.mark.parametrize("shape", [(4, 4), (1, 4, 4, 1), (1, 1, 1, 1, 1, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(BadValue, match="shown"):
        visible(np.ones(shape))


def test_rgb_is_what_is_visible_without_alpha():
    values = np.random.default_rng(1).random((2, 4, 5, 6), np.float32)
    for channels in (1, 2, 6):
        images = values[..., :channels]
        assert np.array_equal(rgb(images), visible(opaque(images))[..., :3])
    assert np.array_equal(rgb(values[..., :3]), values[..., :3])
    with pytest.raises(BadValue):
        rgb(values[0, 0])
