"""Tiled occlusion: known sums, every number covered alike, and the image stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import Occlusion, TiledOcclusion
from attrvis.attribution.perturbation.windows import painted
from attrvis.errors import BadValue, UnknownName
from tests import toys
from tests.attribution.perturbation import nets

TWELVE = np.arange(1, 13)


@pytest.fixture(scope="module")
def twelve():
    return nets.summing(12)


def at_grid(net, method, numbers, **more):
    return method(net, nets.row(*np.ravel(numbers)), target=0, layer="grid", **more).values[0]


@pytest.mark.parametrize(
    ("window", "shifts", "expected"),
    [
        (4, 1, np.repeat([10, 26, 42], 4)),
        (4, 2, [6.5, 6.5, 14, 14, 22, 22, 30, 30, 38, 38, 32.5, 32.5]),
        (4, 4, [5, 8.25, 12, 16, 20, 24, 28, 32, 36, 36.75, 34, 27.5]),
        (6, 3, np.repeat([34 / 3, 64 / 3, 33, 45, 48, 122 / 3], 2)),
    ],
)
def test_sums_over_tiles_of_a_row(twelve, window, shifts, expected):
    made = at_grid(twelve, TiledOcclusion(window, shifts), TWELVE)
    np.testing.assert_allclose(made, expected, rtol=1e-6)
    total = at_grid(twelve, TiledOcclusion(window, shifts, normalize="sum"), TWELVE)
    np.testing.assert_allclose(total, shifts * np.asarray(expected), rtol=1e-6)


def test_sums_over_tiles_of_a_square():
    made = at_grid(nets.summing(4, 4, 1), TiledOcclusion(2, 2), np.arange(16))
    expected = [[3.75, 7, 10, 9], [13, 20, 24, 20], [25, 36, 40, 32], [24.75, 35, 38, 30]]
    np.testing.assert_allclose(made[..., 0], expected, rtol=1e-6)


def test_area_takes_the_dim_borders_away(twelve):
    made = at_grid(twelve, TiledOcclusion(4, 4, normalize="area"), np.ones(12))
    np.testing.assert_allclose(made, 1, rtol=1e-6)


def test_four_axes():
    shape = (3, 4, 2, 2)
    numbers = toys.noise(*shape).astype(np.float64)
    made = at_grid(nets.summing(*shape), TiledOcclusion((2, 2, 2, 2), (1, 2, 2, 1)), numbers)
    expected = np.zeros(shape)
    for g1 in range(2):
        for g2 in range(2):
            groups = np.stack(
                [
                    (np.arange(3) // 2)[:, None, None, None] * np.ones(shape),
                    ((np.arange(4) + g1) // 2)[None, :, None, None] * np.ones(shape),
                    ((np.arange(2) + g2) // 2)[None, None, :, None] * np.ones(shape),
                ]
            )
            for cell in np.unique(groups.reshape(3, -1), axis=1).T:
                inside = (groups == cell[:, None, None, None, None]).all(0)
                expected[inside] += numbers[inside].sum() / 4
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_one_shift_is_occlusion_of_its_own_stride(twig, photos):
    ours = TiledOcclusion(3, 1)(twig, photos, target=0)
    theirs = Occlusion(3, 3)(twig, photos, target=0)
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-6)
    assert ours.forwards == theirs.forwards == 3 * 10


def test_far_from_the_border_it_is_occlusion_by_steps(twig, photos):
    ours = TiledOcclusion(4, 2)(twig, photos, target=[0, 1, 2]).values
    theirs = Occlusion(4, 2)(twig, photos, target=[0, 1, 2]).values
    inner = (slice(None), slice(2, 6), slice(2, 6))
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ours[inner], theirs[inner], atol=1e-5 * scale)
    assert np.abs(ours - theirs).max() > 1e-3 * scale


def test_the_image_stays_where_it_is():
    """A network that looks at one number: only tiles that hold it may lose anything."""

    def build(x):
        flat = tf.reshape(x, [-1, 12])
        return tf.stack([flat[:, 5], flat[:, 0]], axis=1, name="scores")

    net = toys.network(build, 1, 12, 1, logits="scores")
    made = TiledOcclusion((1, 4), (1, 2))(net, nets.row(*TWELVE), target=0).values.ravel()
    np.testing.assert_allclose(made, [0, 0, 3, 3, 6, 6, 3, 3, 0, 0, 0, 0], atol=1e-6)


def test_nothing_is_lost_to_a_baseline_of_ones(twelve):
    with pytest.warns(match="zero everywhere"):
        made = at_grid(twelve, TiledOcclusion(4, 2, "constant:1"), np.ones(12))
    assert not made.any()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 17), st.integers(1, 5), st.integers(1, 4))
def test_every_number_is_covered_once_by_each_tiling(length, cell, shifts):
    window = cell * shifts
    if window > length:
        with pytest.raises(BadValue, match="larger than"):
            TiledOcclusion(window, shifts).windows([length])
        return
    laid = TiledOcclusion(window, shifts).windows([length])
    covered = painted(laid, np.ones([1, len(laid.starts)]), [length])
    np.testing.assert_array_equal(covered, np.full_like(covered, shifts))
    assert laid.volumes.max() <= window and laid.volumes.min() >= 1


def test_default_tiles():
    laid = TiledOcclusion().windows([224, 224, 3])
    assert laid.volumes.max() == 28 * 28 * 3
    for shape in ([1, 12, 1], [7, 7, 4], [6]):
        assert len(TiledOcclusion().windows(shape).starts) > 1


def test_bad_tiles(twig, photos):
    with pytest.raises(BadValue, match="cannot be shifted 2 times"):
        TiledOcclusion(3, 2)(twig, photos, target=0)
    with pytest.raises(BadValue, match="larger than layer 'join'"):
        TiledOcclusion(10)(twig, photos, target=0, layer="join")
    with pytest.raises(BadValue, match="number of shifts"):
        TiledOcclusion(4, 0)(twig, photos, target=0)
    with pytest.raises(UnknownName, match="'area'"):
        TiledOcclusion(normalize="arena")
