"""The noise pyramid: its levels, its choice by alpha, and a pool that looks freshly drawn."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param import NoisePyramid
from attrvis.param.pool import draw_pool, places
from attrvis.param.pyramid import LEVELS

KEY = seeds.image_keys(0)
SPREADS = (0.29, 0.22, 0.15, 0.10, 0.065, 0.045)


def seen(background, alpha, size=(224, 224), step=0, key=KEY, pool=None):
    """Show the noise behind a black image of one alpha, divided by how much is seen of it."""
    rgb, opacity = tf.zeros([1, *size, 3]), tf.fill([1, *size, 1], alpha)
    shown = background.compose(rgb, opacity, key, step, pool).numpy()[0]
    return shown / (1 - alpha)


@pytest.mark.parametrize("pool", [0, 12])
@pytest.mark.parametrize("level", range(5))
def test_each_level_has_its_strength(level, pool):
    background = NoisePyramid(pool=pool)
    ready = background.prepare(KEY, 224, 224)
    noise = np.stack([seen(background, level / 5, step=s, pool=ready) for s in range(8)])
    assert noise.mean() == pytest.approx(0.5, abs=0.3 * SPREADS[level])
    assert noise.std() == pytest.approx(SPREADS[level], rel=0.13)


def test_the_last_level_of_the_pool_too():
    pool = NoisePyramid().prepare(KEY, 224, 224)["pool"].numpy()
    assert pool.shape == (12, 6, 224, 224, 3)
    assert pool.std(axis=(0, 2, 3, 4)) == pytest.approx(np.array(SPREADS), rel=0.08)
    assert pool.mean(axis=(0, 2, 3, 4)) == pytest.approx(np.full(6, 0.5), abs=1e-4)


def pieces(background, pool, size, step):
    """Take the six levels of one step apart."""
    own = seeds.stream(KEY, "NoisePyramid", step)
    index = places(own, pool["pool"].shape).numpy()[0]
    return pool["pool"].numpy().reshape(-1, 3)[index]


@pytest.mark.parametrize("size", [(16, 16), (12, 15)])
def test_alpha_mixes_the_two_levels_next_to_it(size):
    background = NoisePyramid(pool=3)
    pool = background.prepare(KEY, *size)
    levels = pieces(background, pool, size, 4)
    alpha = np.random.default_rng(0).random([1, *size, 1]).astype(np.float32)
    alpha.ravel()[:4] = [0, 1, 0.2, 0.8]
    rgb = np.random.default_rng(1).random([1, *size, 3]).astype(np.float32)
    place = alpha[0] * 5
    low = np.clip(np.floor(place), 0, 4).astype(int)
    rows, columns = np.indices(size)
    strong = levels[low[..., 0], rows, columns]
    weak = levels[low[..., 0] + 1, rows, columns]
    noise = strong + (place - low) * (weak - strong)
    expected = noise * (1 - alpha[0]) + rgb[0] * alpha[0]
    shown = background.compose(tf.constant(rgb), tf.constant(alpha), KEY, 4, pool).numpy()[0]
    assert shown == pytest.approx(expected, abs=1e-5)


def test_any_number_of_levels_is_indexed_in_range():
    for count in (2, 3, 9):
        background = NoisePyramid(levels=LEVELS[:1] * count, pool=2)
        alpha = tf.reshape(tf.linspace(0.0, 1.0, 64), [1, 8, 8, 1])
        shown = background.compose(tf.ones([1, 8, 8, 3]), alpha, KEY, 0).numpy()
        assert np.isfinite(shown).all() and shown[0, -1, -1] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("size", [(8, 8), (6, 9)])
def test_a_place_is_the_image_moved_around(size):
    index = places(seeds.image_keys(0, 40), (3, 2, *size)).numpy()
    area, taken, ways, turned = size[0] * size[1], set(), set(), 0
    for image, level in np.ndindex(40, 2):
        own = index[image, level]
        item = own.min() // area
        assert item % 2 == level
        taken.add(item // 2)
        pixels = own - item * area
        assert np.array_equal(np.sort(pixels.ravel()), np.arange(area))
        y, x = np.divmod(pixels, size[1])
        if np.ptp(x[:, 0]) > 0:  # walking down changes the column: transposed
            y, x, turned = y.T, x.T, turned + 1
        down, right = np.diff(y, axis=0) % size[0], np.diff(x, axis=1) % size[1]
        assert not np.ptp(y, axis=1).any() and not np.ptp(x, axis=0).any()
        assert len(np.unique(down)) == 1 and down[0, 0] in (1, size[0] - 1)
        assert len(np.unique(right)) == 1 and right[0, 0] in (1, size[1] - 1)
        ways.add((down[0, 0] == 1, right[0, 0] == 1))
    assert taken == {0, 1, 2} and len(ways) == 4
    assert (20 < turned < 60) if size[0] == size[1] else turned == 0


def test_levels_and_steps_are_independent():
    background, size = NoisePyramid(), (64, 64)
    pool = background.prepare(KEY, *size)
    drawn = np.stack([pieces(background, pool, size, step) for step in range(60)])
    fields = drawn - drawn.mean(axis=(2, 3), keepdims=True)
    fields /= fields.std(axis=(2, 3, 4), keepdims=True)
    across = (fields[:, 0] * fields[:, 3]).mean(axis=(1, 2, 3))
    later = (fields[1:, 0] * fields[:-1, 0]).mean(axis=(1, 2, 3))
    for correlation in (across, later):
        assert abs(correlation.mean()) < 3.5 * correlation.std() / len(correlation) ** 0.5
        assert np.abs(correlation).max() < 0.9
    # A pixel's own values are those of the noise at large: each place sees all of it.
    spread = drawn[:, 2].std(axis=0).mean()
    assert spread == pytest.approx(drawn[:, 2].std(), rel=0.15)


@pytest.mark.parametrize("pool", [0, 4])
def test_the_levels_are_drawn_apart(pool):
    background = NoisePyramid(pool=pool, fresh=False)
    if pool:
        levels = background.prepare(KEY, 96, 96)["pool"].numpy()[0]
    else:
        levels = np.stack([seen(background, level / 5, (96, 96)) for level in range(5)])
    fine = levels - np.roll(levels, 2, axis=1)  # large shapes are few, so they may look alike
    correlation = np.corrcoef(fine.reshape(len(levels), -1)) - np.eye(len(levels))
    assert np.abs(correlation).max() < 0.1


def test_the_pool_is_half_negatives():
    pool = draw_pool(5, LEVELS[:2], 7, 9, seed=1).numpy()
    assert pool.shape == (5, 2, 7, 9, 3)
    assert pool[3:] == pytest.approx(1 - pool[:2], abs=1e-6)
    assert np.array_equal(pool, draw_pool(5, LEVELS[:2], 7, 9, seed=1))
    assert not np.array_equal(pool, draw_pool(5, LEVELS[:2], 7, 9, seed=2))


def test_prepared_or_not_is_the_same():
    background = NoisePyramid(pool=3)
    ready = background.prepare(KEY, 8, 10)
    first = seen(background, 0.3, (8, 10), 1, pool=ready)
    assert np.array_equal(first, seen(background, 0.3, (8, 10), 1))
    inside = tf.function(
        lambda step: background.compose(
            tf.zeros([1, 8, 10, 3]), tf.fill([1, 8, 10, 1], 0.3), KEY, step
        ),
        autograph=False,
    )
    assert inside(tf.constant(1)).numpy()[0] / 0.7 == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize(
    "options", [{"levels": LEVELS[:1]}, {"pool": -1}, {"levels": ((-1, 1),) * 2}]
)
def test_bad_settings_are_refused(options):
    with pytest.raises(BadValue):
        NoisePyramid(**options)
