"""The quick ways of sampling give what the general one gives, and their gradients are exact."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.transforms import Affine, Crop, Flip, Jitter, Pad, RandomCrops, Resize, compose, warp
from attrvis.transforms.sampling import shifted, windows


def noise(*shape: int, seed: int = 0) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def both(function, images: tf.Tensor, upstream: tf.Tensor):
    with tf.GradientTape() as tape:
        tape.watch(images)
        output = function(images)
    return output.numpy(), tape.gradient(output, images, output_gradients=upstream).numpy()


@pytest.mark.parametrize("fill", [0.0, 0.5])
@pytest.mark.parametrize(
    ("shape", "size"), [((9, 12), (9, 12)), ((7, 5), (11, 4)), ((12, 9), (3, 20)), ((1, 6), (1, 4))]
)
def test_whole_shifts_are_the_general_way_bit_for_bit(shape, size, fill):
    images, upstream = noise(5, *shape, 3), noise(5, *size, 3, seed=1)
    where = Affine(
        c=tf.constant([0.0, 3.0, -4.0, 30.0, -30.0]), f=tf.constant([2.0, 0.0, -3.0, -1.0, 40.0])
    )
    quick, back = both(lambda x: shifted(x, where, size, fill), images, upstream)
    slow, slope = both(lambda x: warp(x, where, size, fill), images, upstream)
    exact, _ = both(lambda x: warp(x, where, size, fill, True), images, upstream)
    assert np.array_equal(quick, slow) and np.array_equal(quick, exact)
    assert np.array_equal(back, slope)


def test_mirrored_shifts_are_the_general_way():
    images, upstream = noise(4, 6, 9, 2), noise(4, 7, 8, 2, seed=1)
    signs = tf.constant([1.0, -1.0, 1.0, -1.0])
    where = Affine(
        a=signs, c=tf.constant([1.0, 9.0, -2.0, 5.0]), e=-signs, f=tf.constant([4.0] * 4)
    )
    quick, back = both(lambda x: shifted(x, where, (7, 8)), images, upstream)
    slow, slope = both(lambda x: warp(x, where, (7, 8)), images, upstream)
    assert np.array_equal(quick, slow) and np.array_equal(back, slope)
    assert np.abs(quick).max() > 1


@pytest.mark.parametrize("size", [(24, 24), (17, 30)])
def test_a_chain_of_shifts_is_the_same_either_way(size):
    steps = (Pad(4), Jitter(3), Flip(), Jitter(2), Flip("y"), Crop())
    images, keys = noise(3, *size, 4), seeds.image_keys(0, 3)
    for step in range(4):
        quick, back = both(lambda x, s=step: compose(*steps)(x, keys, s), images, images)
        slow, slope = both(
            lambda x, s=step: compose(*steps, exact=True)(x, keys, s), images, images
        )
        assert np.array_equal(quick, slow)
        assert back == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("shape", [(20, 31), (64, 64), (5, 1)])
@pytest.mark.parametrize("size", [(8, 8), (40, 13), (1, 1)])
def test_windows_are_the_general_way(shape, size):
    images, upstream = noise(2, *shape, 3), noise(6, *size, 3, seed=1)
    keys, chain = seeds.image_keys(0, 2), RandomCrops(size, count=3, low=0.3, high=0.8)
    quick, back = both(lambda x: chain(x, keys, 1), images, upstream)
    slow, slope = both(lambda x: compose(chain, exact=True)(x, keys, 1), images, upstream)
    assert quick == pytest.approx(slow, abs=5e-4)
    assert back == pytest.approx(slope, abs=5e-4 * max(1.0, float(np.abs(slope).max())))


@pytest.mark.parametrize("side", [7, 224, 1280])
def test_the_last_pixel_is_never_lost(side):
    ones = tf.ones([1, side, side, 1])
    for size in (3, 97, side, 2 * side if side < 300 else 224):
        assert Resize(size)(ones, seeds.image_keys(0)).numpy().min() > 0.999


def test_a_window_has_a_gradient_of_its_own_mass():
    images, upstream = noise(1, 40, 40, 1), tf.ones([1, 16, 16, 1])
    where = Affine(a=0.5, c=3.2, e=1.7, f=6.1)
    _, back = both(lambda x: windows(x, where, (16, 16)), images, upstream)
    assert back.sum() == pytest.approx(256, rel=1e-4)
    assert not back[0, :6].any() and not back[0, :, 13:].any()
