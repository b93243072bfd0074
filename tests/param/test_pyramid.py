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
    assert pool.shape == (16, 224, 224, 6, 3)
    assert pool.std(axis=(0, 1, 2, 4)) == pytest.approx(np.array(SPREADS), rel=0.08)
    assert pool.mean(axis=(0, 1, 2, 4)) == pytest.approx(np.full(6, 0.5), abs=1e-4)


def pieces(background, pool, size, step):
    """Take the six levels of one step apart: [6, h, w, 3]."""
    own = seeds.stream(KEY, "NoisePyramid", step)
    index = places(own, len(pool["pool"]), *size).numpy()[0, ..., 0]
    return pool["pool"].numpy().reshape(-1, 6, 3)[index].transpose(2, 0, 1, 3)


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
    index = places(seeds.image_keys(0, 40), 3, *size).numpy()[..., 0]
    area, taken, ways, corners = size[0] * size[1], set(), set(), set()
    for own in index:
        item = own.min() // area
        taken.add(item)
        pixels = own - item * area
        corners.add(pixels[0, 0])
        assert np.array_equal(np.sort(pixels.ravel()), np.arange(area))
        y, x = np.divmod(pixels, size[1])
        down, right = np.diff(y, axis=0) % size[0], np.diff(x, axis=1) % size[1]
        assert not np.ptp(y, axis=1).any() and not np.ptp(x, axis=0).any()
        assert len(np.unique(down)) == 1 and down[0, 0] in (1, size[0] - 1)
        assert len(np.unique(right)) == 1 and right[0, 0] in (1, size[1] - 1)
        ways.add((down[0, 0] == 1, right[0, 0] == 1))
    assert taken == {0, 1, 2} and len(ways) == 4 and len(corners) > 15


def test_levels_and_steps_are_independent():
    background, size = NoisePyramid(), (64, 64)
    pool = background.prepare(KEY, *size)
    drawn = np.stack([pieces(background, pool, size, step) for step in range(60)])
    fields = drawn - drawn.mean(axis=(2, 3), keepdims=True)
    fields /= fields.std(axis=(2, 3, 4), keepdims=True)
    across = (fields[:, 2] * fields[:, 3]).mean(axis=(1, 2, 3))
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
        levels = background.prepare(KEY, 96, 96)["pool"].numpy()[0].transpose(2, 0, 1, 3)
    else:
        levels = np.stack([seen(background, level / 5, (96, 96)) for level in range(5)])
    fine = levels - np.roll(levels, 2, axis=1)  # large shapes are few, so they may look alike
    correlation = np.corrcoef(fine.reshape(len(levels), -1)) - np.eye(len(levels))
    assert np.abs(correlation).max() < 0.1


def test_the_pool_has_every_sign():
    pool = draw_pool(8, LEVELS[:3], 7, 9, seed=1).numpy()
    assert pool.shape == (8, 7, 9, 3, 3)
    assert pool.mean(axis=0) == pytest.approx(np.full(pool.shape[1:], 0.5), abs=1e-6)
    even, odd = pool[..., ::2, :] - 0.5, pool[..., 1:2, :] - 0.5
    assert (even * odd).mean(axis=0) == pytest.approx(np.zeros_like(even[0]), abs=1e-7)
    assert np.abs(even * even[:, :, :, ::-1]).mean() > 1e-4
    assert np.array_equal(pool, draw_pool(8, LEVELS[:3], 7, 9, seed=1))
    assert not np.array_equal(pool, draw_pool(8, LEVELS[:3], 7, 9, seed=2))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_pool_of_any_size(count):
    pool = draw_pool(count, LEVELS[:1], 7, 9, seed=1).numpy()
    assert pool.shape == (count, 7, 9, 1, 3)
    assert len({item.tobytes() for item in pool}) == count
    assert count == 1 or pool[-(-count // 2)] == pytest.approx(1 - pool[0], abs=1e-6)


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
