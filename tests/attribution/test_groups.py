"""Groups of channels that act at the same places."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import channel_groups
from attrvis.errors import BadValue, UnknownName


def planted(seed=0, counts=(3, 2, 4)):
    """Make channels that act in one corner each; group k of `counts[k]` of them has strength k."""
    rng = np.random.default_rng(seed)
    owner = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    corners = [(slice(0, 4), slice(0, 4)), (slice(4, 8), slice(0, 4)), (slice(0, 4), slice(4, 8))]
    maps = np.zeros((8, 8, len(owner)))
    for c, k in enumerate(owner):
        maps[(*corners[k], c)] = rng.uniform(1, 2, (4, 4)) * (k + 1)
    return maps, owner


@pytest.mark.parametrize("method", ["nmf", "factor-analysis"])
def test_planted_groups_are_found_strongest_first(method):
    maps, owner = planted()
    groups = channel_groups(maps, 3, method)
    expected = [np.flatnonzero(owner == k).tolist() for k in range(3)]
    found = [sorted(g.tolist()) for g in groups]
    assert sorted(found) == sorted(expected)
    mass = [maps[..., g].sum() for g in groups]
    assert mass == sorted(mass, reverse=True)


@settings(max_examples=15)
@given(st.integers(1, 5), st.integers(0, 99), st.sampled_from(["nmf", "factor-analysis"]))
def test_each_positive_channel_is_in_one_group(count, seed, method):
    maps = np.random.default_rng(seed).normal(size=(4, 5, 7))
    maps[..., 2] = -1
    maps[..., 5] = 0
    groups = channel_groups(maps, count, method)
    assert 1 <= len(groups) <= count
    every = np.concatenate(groups)
    assert sorted(every.tolist()) == [0, 1, 3, 4, 6]


def test_the_same_seed_gives_the_same_groups():
    maps = np.random.default_rng(3).uniform(size=(5, 5, 12))
    first, second = (channel_groups(maps, 3, seed=1) for _ in range(2))
    assert [g.tolist() for g in first] == [g.tolist() for g in second]


def test_one_group_is_all():
    maps, _ = planted()
    assert channel_groups(maps, 1)[0].tolist() == list(range(9))


def test_more_groups_than_channels_or_places():
    assert len(channel_groups(np.eye(2)[:, :, None].repeat(2, 2), 9)) <= 2
    assert len(channel_groups(np.ones((1, 1, 4)), 3)) == 1


def test_it_is_quiet_and_changes_nothing():
    maps, _ = planted()
    before = maps.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        channel_groups(maps, 3)
    np.testing.assert_array_equal(maps, before)


def test_other_input_is_refused():
    maps, _ = planted()
    with pytest.raises(UnknownName, match="factorisation"):
        channel_groups(maps, 2, "pca")
    for values, count in ((maps, 0), (maps[0], 2), (maps[None], 2)):
        with pytest.raises(BadValue, match="Groups need"):
            channel_groups(values, count)
    for values in (np.zeros((3, 3, 2)), -np.ones((3, 3, 2))):
        with pytest.raises(BadValue, match="nothing positive"):
            channel_groups(values, 2)
    with pytest.raises(BadValue, match="finite"):
        channel_groups(np.full((3, 3, 2), np.nan), 2)
