"""Channel filtering: the crossing channel stays (defect 10) and nothing is changed (defect 11)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from attrvis.attribution import keep_channels, strongest_channels
from attrvis.errors import BadValue, UnknownName

FOUR = np.array([2.0, 5.0, 1.0, 3.0])


@pytest.mark.parametrize(
    ("share", "kept"),
    [
        (0.01, [1]),
        (0.4, [1]),
        (5 / 11, [1]),
        (0.5, [1, 3]),
        (8 / 11, [1, 3]),
        (0.8, [1, 3, 0]),
        (0.95, [1, 3, 0, 2]),
        (1.0, [1, 3, 0, 2]),
    ],
)
def test_the_crossing_channel_is_kept(share, kept):
    for sign in (1, -1):
        assert strongest_channels(sign * FOUR, share).tolist() == kept


def test_measures():
    maps = np.zeros((2, 2, 3))
    maps[0, 0] = [5, 0, -1]
    maps[:, :, 1] = 2
    assert strongest_channels(maps, 0.6).tolist() == [0]
    assert strongest_channels(maps, 0.6, "sum").tolist() == [1, 0]
    assert strongest_channels(maps, 1.0, "sum").tolist() == [1, 0, 2]


def test_nothing_is_changed():
    maps = np.random.default_rng(0).normal(size=(3, 3, 6))
    before = maps.copy()
    kept = keep_channels(maps, strongest_channels(maps, 0.5))
    np.testing.assert_array_equal(maps, before)
    kept[...] = 9
    np.testing.assert_array_equal(maps, before)


arrays = npst.arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6)),
    elements=st.integers(-8, 8).map(float),
)


@given(arrays, st.sampled_from([0.05, 0.3, 0.5, 0.95, 1.0]), st.sampled_from(["max", "sum"]))
def test_the_fewest_channels_that_carry_the_share(maps, share, measure):
    channels = strongest_channels(maps, share, measure)
    size = np.abs(maps).reshape(-1, maps.shape[-1])
    weight = size.max(0) if measure == "max" else size.sum(0)
    assert len(set(channels.tolist())) == len(channels)
    assert (np.diff(weight[channels]) <= 0).all()
    if not weight.any():
        assert len(channels) == 0
        return
    carried = np.cumsum(weight[channels])
    assert carried[-1] >= share * weight.sum() * (1 - 1e-6)
    assert len(channels) == 1 or carried[-2] < share * weight.sum() * (1 + 1e-6)
    kept = keep_channels(maps, channels)
    others = np.setdiff1d(np.arange(maps.shape[-1]), channels)
    np.testing.assert_array_equal(kept[..., channels], maps[..., channels])
    assert not kept[..., others].any()


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_shares_that_cannot_be(share):
    with pytest.raises(BadValue, match="share"):
        strongest_channels(FOUR, share)


def test_other_input_is_refused():
    with pytest.raises(UnknownName, match="measure"):
        strongest_channels(FOUR, 0.5, "median")
    for shape in ((2, 2), (1, 2, 2, 3), ()):
        with pytest.raises(BadValue, match="One image"):
            strongest_channels(np.ones(shape), 0.5)
    with pytest.raises(BadValue, match="finite"):
        strongest_channels(np.array([1.0, np.nan]), 0.5)
