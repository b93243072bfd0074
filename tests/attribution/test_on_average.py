"""Methods that draw are symmetric on average: what one draw tells apart, many do not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from attrvis.attribution import TABLE
from attrvis.errors import AttrVisWarning
from tests.attribution.axioms import RANDOM, Drawn, photos
from tests.attribution.test_axioms import QUICK

DRAWS = 24


@pytest.fixture(scope="module")
def mirrored():
    """A network that sees no difference between left and right."""
    return Drawn().draw(3, mirrored=True)


@pytest.fixture(scope="module")
def even():
    """A photo that is its own mirror image."""
    half = photos(3, 1)
    return (half + half[:, :, ::-1]) / 2


@pytest.mark.parametrize("name", sorted(RANDOM))
def test_left_and_right_are_explained_alike_on_average(name, mirrored, even):
    """How far the mean of many draws is from its mirror image, in units of its own scatter.

    Of draws without a preference that is 1 on average, of a preference as large as the scatter it
    is the number of draws.
    """
    method = TABLE[name](**QUICK.get(name, {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        each = [method(mirrored, even, target=1, seed=seed).values[0] for seed in range(DRAWS)]
    apart = np.stack([one - one[:, ::-1] for one in each]).astype(np.float64)
    scatter, mean = apart.var(0, ddof=1).sum(), (apart.mean(0) ** 2).sum()
    if name == "agi":
        # What it draws are classes, and those have no sides.
        assert np.abs(apart).max() < 1e-5 * np.abs(each).max()
    else:
        assert scatter > 0 and DRAWS * mean / scatter < 3
