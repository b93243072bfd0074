"""Colours, frames, boxes and tints."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.recipes.marks import boxed, distinct_colours, framed, tinted


@pytest.mark.parametrize("count", [1, 6, 7, 8, 24])
def test_colours_are_all_different(count):
    colours = distinct_colours(count)
    assert colours.shape == (count, 3)
    assert colours.min() >= 0 and colours.max() <= 1
    apart = np.abs(colours[:, None] - colours[None]).max(-1) + np.eye(count)
    assert apart.min() > 0.05


def test_a_frame_surrounds_the_picture():
    made = framed(np.zeros((24, 30, 3)), np.array([1.0, 0, 0]))
    assert made.shape == (26, 32, 3)
    assert not made[1:-1, 1:-1].any()
    assert (made[0] == [1, 0, 0]).all() and (made[:, -1] == [1, 0, 0]).all()


def test_a_box_is_where_it_should_be():
    made = boxed(np.full((256, 256, 3), 0.5), (0.25, 0.5, 0.5, 0.75))
    changed = (made != 0.5).any(-1)
    assert made[64, 140].tolist() == [1, 1, 1]
    assert not changed[96, 160] and not changed[:60].any() and not changed[:, :120].any()


def test_a_box_at_the_border_stays_inside():
    assert boxed(np.zeros((20, 30, 3)), (0, 0, 1, 1)).shape == (260, 390, 3)


def test_a_tint_is_where_its_map_is_and_shares_where_several_are():
    maps = np.zeros((2, 8, 8))
    maps[0, :, :4] = maps[1, 4:] = 1
    red_blue = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    made = tinted(np.full((8, 8, 3), 0.5), maps, red_blue)
    assert made[0, 0, 0] > made[0, 0, 2] + 0.3 and made[7, 7, 2] > made[7, 7, 0] + 0.3
    assert made[7, 0, 0] == pytest.approx(made[7, 0, 2]) and np.ptp(made[0, 7]) < 1e-6
