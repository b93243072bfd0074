"""RISE: masks as the paper makes them, the mean that they estimate, and what it costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution import RISE, Scene
from attrvis.attribution.perturbation.rise import soft_masks
from attrvis.attribution.rows import Rows
from attrvis.errors import BadValue, UnknownName
from attrvis.objectives import logit
from tests import toys
from tests.attribution.perturbation import nets


def masks_of(keys, shape, cells, keep):
    value = tf.zeros([len(keys), *shape])
    rows = Rows(
        {"value": value}, {"key": tf.constant(keys)}, {"keep": tf.constant(keep)}, tf.identity
    )
    return soft_masks(rows, cells).numpy()


def enlarged(grid, side_y, side_x, starts):
    """Enlarge a grid to one cell more than the image and cut the image out of it, by loops."""
    cells = grid.shape[0]
    made = np.zeros([side_y, side_x])
    cell = math.ceil(side_y / cells), math.ceil(side_x / cells)
    scale = [cells / ((cells + 1) * size) for size in cell]
    for y in range(side_y):
        for x in range(side_x):
            place = [
                min(max((k + start + 0.5) * s - 0.5, 0), cells - 1)
                for k, start, s in zip((y, x), starts, scale, strict=True)
            ]
            low = [int(p) for p in place]
            for i in (0, 1):
                for j in (0, 1):
                    at = min(low[0] + i, cells - 1), min(low[1] + j, cells - 1)
                    share = [
                        p - a if b else 1 - (p - a)
                        for p, a, b in zip(place, low, (i, j), strict=True)
                    ]
                    made[y, x] += grid[at] * share[0] * share[1]
    return made


def test_masks_by_loops():
    keys = np.array([[1, 2], [3, 4], [-5, 6]], np.int32)
    made = masks_of(keys, (11, 8, 3), 4, 0.4)
    drawn = seeds.uniform(tf.constant(keys), [4 * 4 + 2]).numpy()
    assert made.shape == (3, 11, 8)
    for mask, numbers in zip(made, drawn, strict=True):
        grid = (numbers[:16] < 0.4).reshape(4, 4).astype(float)
        starts = [int(numbers[16 + k] * cell) for k, cell in enumerate((3, 2))]
        np.testing.assert_allclose(mask, enlarged(grid, 11, 8, starts), atol=1e-5)


@pytest.mark.parametrize("shape", [(6, 5, 3), (7, 2), (9,), (3, 4, 2, 2), (2, 2, 1)])
def test_masks_over_any_axes_have_the_share_that_is_kept(shape):
    keys = seeds.image_keys(0, 600).numpy()
    made = masks_of(keys, shape, 3, 0.3)
    assert made.shape == (600, *(shape[:-1] or shape))
    assert made.min() >= 0 and made.max() <= 1 + 1e-6
    np.testing.assert_allclose(made.mean(0), 0.3, atol=0.09)
    assert abs(made.mean() - 0.3) < 0.02


def test_the_mean_of_a_sum_is_known():
    """E[score | unit kept] of a sum is the unit itself and the share of all others."""
    numbers = np.array([3.0, -1, 4, 0, 2])
    made = RISE(masks=4000)(nets.summing(5), nets.row(*numbers), target=0, layer="grid")
    expected = numbers + 0.5 * (numbers.sum() - numbers)
    np.testing.assert_allclose(made.values[0], expected, atol=0.35)
    other = RISE(masks=4000, keep=0.2, baseline="constant:1")(
        nets.summing(5), nets.row(*numbers), target=0, layer="grid"
    )
    rest = 0.2 * (numbers.sum() - numbers) + 0.8 * 4
    np.testing.assert_allclose(other.values[0], numbers + rest, atol=0.5)


@pytest.mark.parametrize("layer", ["input", "left"])
def test_the_weighted_sum_by_a_loop(twig, photos, layer):
    method = RISE(masks=9, cells=3, keep=0.6, baseline="blurred:0.2")
    made = method(twig, photos[:2], target=[1, 2], layer=layer, seed=5)
    scene = Scene.of(twig, tf.constant(photos[:2]), layer, logit([1, 2]), 5)
    value, ground = scene.values.numpy(), made.baseline
    masks = masks_of(scene.keys(9, "rise"), value.shape[1:], 3, 0.6)
    for i in range(2):
        total = 0
        for mask in masks:
            seen = ground[i] + mask[..., None] * (value[i] - ground[i])
            given = (seen[None], {}) if layer == "input" else (
                photos[i : i + 1], {"edit": {layer: seen[None]}})  # fmt: skip
            total = total + float(twig.run(given[0], **given[1])["logits"][0, i + 1]) * mask
        expected = total / (9 * 0.6)
        np.testing.assert_allclose(made.values[i, ..., 0], expected, rtol=1e-4, atol=1e-5)
    assert (made.forwards, made.evaluations) == (18, 0) and made.values.shape[-1] == 1


def test_batches_change_nothing_and_progress_is_told(twig, photos):
    told = []
    whole = RISE(masks=10, cells=3)(twig, photos, target=0)
    parts = RISE(masks=10, cells=3, batch_size=4)(
        twig, photos, target=0, progress=lambda *given: told.append(given[:3])
    )
    scale = np.abs(whole.values).max()
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-5 * scale)
    assert told[-1] == ("rise", 30, 30) and len(told) == 8


def test_equal_methods_share_a_trace(twig, photos):
    RISE(masks=5, cells=3)(twig, photos[:1], target=0)
    count = nets.traces(twig)
    RISE(masks=8, cells=3, keep=0.2, baseline="blurred:0.1")(twig, photos, target=1)
    assert nets.traces(twig) == count


def test_it_finds_the_place_that_matters():
    def build(x):
        return tf.stack([tf.reduce_sum(x[:, 4:8, 10:14], [1, 2, 3])] * 2, axis=1, name="scores")

    net = toys.network(build, 16, 16, 1, logits="scores")
    made = RISE(masks=600, cells=4)(net, np.ones([1, 16, 16, 1], np.float32), target=0).values
    row, column = np.unravel_index(made[0, ..., 0].argmax(), (16, 16))
    assert 3 <= row <= 8 and 9 <= column <= 14
    inside = made[0, 4:8, 10:14].mean()
    assert inside > made[0, :, :6].mean() * 1.2 and inside > made[0, 12:].mean() * 1.2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"masks": 0}, "masks from 1"),
        ({"cells": 0}, "cells from 1"),
        ({"cells": 2.5}, "whole number"),
        ({"keep": 0.0}, "between 0 and 1"),
        ({"keep": 1.0}, "between 0 and 1"),
    ],
)
def test_numbers_that_cannot_be(given, says):
    with pytest.raises(BadValue, match=says):
        RISE(**given)


def test_unknown_baselines():
    with pytest.raises(UnknownName, match="'blurred'"):
        RISE(baseline="blured")
