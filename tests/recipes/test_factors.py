"""Groups by non-negative matrix factorisation, and attributions shared among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import BadValue
from attrvis.recipes.factors import factorised, shared


def parts(seed=0):
    """Make activations of two groups that share neither places nor channels."""
    where, what = np.zeros((4, 5, 2)), np.zeros((2, 7))
    draw = np.random.default_rng(seed)
    where[:2, :, 0], where[2:, :, 1] = draw.uniform(1, 2, (2, 5)), draw.uniform(5, 9, (2, 5))
    what[0, :3], what[1, 4:] = draw.uniform(1, 2, 3), draw.uniform(1, 2, 3)
    return where, what


def test_two_separate_groups_are_found_exactly_the_stronger_first():
    where, what = parts()
    found, directions = factorised(np.einsum("hwn,nc->hwc", where, what), 2)
    for k, own in enumerate((1, 0)):
        length = np.linalg.norm(what[own])
        np.testing.assert_allclose(directions[k], what[own] / length, atol=1e-3)
        np.testing.assert_allclose(found[..., k], where[..., own] * length, rtol=1e-2, atol=1e-2)


def test_directions_have_length_one_and_the_product_is_the_activation():
    maps = np.random.default_rng(1).uniform(size=(3, 3, 2))
    where, what = factorised(maps, 2)
    np.testing.assert_allclose(np.linalg.norm(what, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.einsum("hwn,nc->hwc", where, what), maps, atol=0.02)


def test_what_is_negative_is_silent_and_dead_channels_stay_out():
    where, what = parts()
    maps = np.einsum("hwn,nc->hwc", where, what)
    lowered = np.where(maps > 0, maps, -3.0)
    assert np.array_equal(factorised(lowered, 2)[1], factorised(maps, 2)[1])
    assert not factorised(maps, 2)[1][:, 3].any()


def test_there_are_never_more_groups_than_there_can_be():
    maps = np.zeros((2, 2, 9))
    maps[..., :2] = np.random.default_rng(0).uniform(1, 2, (2, 2, 2))
    assert len(factorised(maps, 50)[1]) <= 2


def test_the_same_seed_gives_the_same_groups():
    maps = np.random.default_rng(3).uniform(size=(4, 4, 12))
    assert all(
        np.array_equal(a, b) for a, b in zip(*(factorised(maps, 3) for _ in "ab"), strict=True)
    )


@pytest.mark.parametrize("count", [0, -1])
def test_no_group(count):
    with pytest.raises(BadValue, match="at least one group"):
        factorised(np.ones((2, 2, 2)), count)


def test_nothing_active():
    with pytest.raises(BadValue, match="active"):
        factorised(-np.ones((2, 2, 2)), 2)


@given(st.integers(0, 1000))
def test_shares_and_rest_are_the_whole(seed):
    draw = np.random.default_rng(seed)
    where, what = draw.uniform(size=(3, 2, 4)), draw.uniform(size=(4, 5))
    where[draw.uniform(size=where.shape) < 0.4] = 0
    what[draw.uniform(size=what.shape) < 0.4] = 0
    values = draw.normal(size=(3, 2, 5))
    groups, rest = shared(values, where, what)
    assert groups.sum() + rest == pytest.approx(values.sum(), abs=1e-6)


def test_a_neuron_of_one_group_counts_for_that_alone():
    where, what = parts()
    values = np.zeros((4, 5, 7))
    values[0, 0, 0], values[3, 3, 6], values[0, 0, 6] = 2, -5, 11
    groups, rest = shared(values, where, what)
    np.testing.assert_allclose(groups, [2, -5], rtol=1e-6)
    assert rest == 11
