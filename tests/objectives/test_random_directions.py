"""Random directions: of length 1, evenly around, one a seed, the same alone or beside others."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.errors import BadValue
from attrvis.objectives import direction, random_direction, random_directions
from tests import toys

X = toys.noise(3, 4, 5, 6)


@pytest.mark.parametrize("power", [0.0, 2.0])
def test_it_is_the_direction_of_its_vector(power):
    vectors = random_directions(6, [4, 9, 0])
    several = random_direction("x", [4, 9, 0], power)({"x": X})
    np.testing.assert_allclose(several, direction("x", vectors, power)({"x": X}), rtol=1e-5)
    for i, seed in enumerate([4, 9, 0]):
        alone = random_direction("x", seed, power)({"x": X})
        np.testing.assert_allclose(alone[i], several[i], rtol=1e-5)


def test_no_direction_is_preferred():
    vectors = random_directions(5, np.arange(4000))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert abs(vectors.mean(axis=0)).max() < 0.03
    np.testing.assert_allclose(vectors.T @ vectors / 4000, np.eye(5) / 5, atol=0.02)


def test_its_name_tells_the_seed():
    assert str(random_direction("mixed4d", 7)) == "random_direction(mixed4d, 7)"
    assert str(random_direction("a", [1, 2], 2)) == "random_direction(a, [2 seeds], power 2)"


@pytest.mark.parametrize("seed", [-1, 0.5, None, [], [[1]], "3", 2**40])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(BadValue, match="A seed is a whole number"):
        random_direction("x", seed)


def test_a_space_has_a_channel():
    with pytest.raises(BadValue, match="1 channel or more"):
        random_directions(0, [1])
