"""Resize, fit and random crops: against SciPy, and where they look."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import Crop, Fit, GaussianNoise, Pad, RandomCrops, Resize, Rotate, compose

KEYS = seeds.image_keys(0, 2)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def ramps(height: int, width: int) -> tf.Tensor:
    """Make an image that holds at each pixel where it lies, y and x."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return tf.constant(np.stack([y, x], axis=-1)[None])


@pytest.mark.parametrize("size", [(8, 8), (40, 13), (17, 21)])
def test_resize_is_scipys(size):
    image = noise(1, 17, 21, 1)
    zoom = np.array(size) / image.shape[1:3]
    expected = ndimage.zoom(image[0, :, :, 0], zoom, order=1)
    found = Resize(size)(tf.constant(image), KEYS[:1]).numpy()[0, :, :, 0]
    assert found == pytest.approx(expected, abs=1e-4)


def test_resize_goes_back_to_the_size_before():
    chain = compose(Pad(3), Resize())
    assert chain.size(9, 14) == (9, 14)
    assert chain(tf.constant(noise(2, 9, 14, 3)), KEYS).shape == [2, 9, 14, 3]


@pytest.mark.parametrize(
    ("shape", "size", "rows", "columns"),
    [
        ((11, 21), 6, (0, 10), (5, 15)),
        ((21, 11), (11, 6), (0, 20), (0.5, 9.5 + 0.5)),
        ((9, 9), 9, (0, 8), (0, 8)),
    ],
)
def test_fit_keeps_proportions_and_the_middle(shape, size, rows, columns):
    found = Fit(size)(ramps(*shape), KEYS[:1]).numpy()[0]
    across, down = found[0, 1, 1] - found[0, 0, 1], found[1, 0, 0] - found[0, 0, 0]
    assert across == pytest.approx(down, rel=1e-4)
    assert found[..., 0].mean() == pytest.approx((shape[0] - 1) / 2, rel=1e-4)
    assert found[..., 1].mean() == pytest.approx((shape[1] - 1) / 2, rel=1e-4)
    assert (found[0, 0, 0], found[-1, 0, 0]) == pytest.approx(rows, abs=1e-3)
    if size != (11, 6):
        assert (found[0, 0, 1], found[0, -1, 1]) == pytest.approx(columns, abs=1e-3)


def test_fit_takes_all_it_can_of_a_single_row():
    assert Fit((1, 3))(ramps(5, 9), KEYS[:1]).numpy()[0, :, :, 0].tolist() == [[2.0, 2.0, 2.0]]
    assert Fit(4)(ramps(1, 1), KEYS[:1]).shape == [1, 4, 4, 2]


def test_a_single_pixel_is_the_middle():
    assert Resize(1)(ramps(5, 9), KEYS[:1]).numpy().ravel().tolist() == [2.0, 4.0]
    crop = RandomCrops(1, 1, 0.5, 0.5, spread=0.0)
    assert crop(ramps(5, 9), KEYS[:1]).numpy().ravel() == pytest.approx([2.0, 4.0], abs=1e-4)


def crops(count: int, **settings) -> np.ndarray:
    """Tell where crops of 5 pixels sample a picture of 101 by 201, [count, 5, 5, 2]."""
    return RandomCrops(5, count, **settings)(ramps(101, 201), KEYS[:1], 3).numpy()


def test_crops_are_squares_of_the_told_shares():
    found = crops(400, low=0.2, high=0.4)
    height = found[:, -1, 0, 0] - found[:, 0, 0, 0]
    width = found[:, 0, -1, 1] - found[:, 0, 0, 1]
    assert height == pytest.approx(width, abs=1e-2)
    assert height.min() >= 20 - 1e-2 and height.max() <= 40 + 1e-2
    assert height.mean() == pytest.approx(30, abs=1) and height.std() == pytest.approx(5.8, abs=0.5)


def test_crops_lie_around_the_middle_and_inside():
    found = crops(600, low=0.1, high=0.1)
    centres = found[:, 2, 2] / [100, 200]
    assert centres.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    assert centres.std(axis=0) == pytest.approx([0.15, 0.15], abs=0.015)
    assert abs(np.corrcoef(centres.T)[0, 1]) < 0.12
    wide = crops(200, low=0.5, high=0.9, spread=3.0)
    assert wide.min() >= 0 and wide[..., 0].max() <= 100 and wide[..., 1].max() <= 200
    assert wide[..., 0].max() > 99.9 and wide[..., 0].min() < 0.1


def test_a_whole_crop_is_the_whole_image():
    image = tf.constant(noise(1, 12, 12, 3))
    found = RandomCrops(12, 2, 1.0, 1.0)(image, KEYS[:1]).numpy()
    assert found == pytest.approx(np.repeat(image.numpy(), 2, axis=0), abs=1e-4)


def test_crops_of_an_image_are_side_by_side():
    images = tf.concat([tf.zeros([1, 9, 9, 1]), tf.ones([1, 9, 9, 1])], axis=0)
    found = RandomCrops(4, count=3)(images, KEYS).numpy()
    assert found[:3].max() == 0 and found[3:].min() == pytest.approx(1, abs=1e-5)


def test_what_follows_draws_for_each_crop():
    chain = compose(RandomCrops(8, 3, 1.0, 1.0), GaussianNoise(0.1))
    found = chain(tf.zeros([2, 8, 8, 1]), KEYS, 1).numpy()
    flat = found.reshape(6, -1)
    assert np.abs(np.corrcoef(flat) - np.eye(6)).max() < 0.5
    alone = chain(tf.zeros([1, 8, 8, 1]), KEYS[1:], 1).numpy()
    assert np.array_equal(found[3:], alone)


def test_crops_fuse_with_their_neighbours():
    chain = compose(Pad(4), Rotate(20.0), RandomCrops(6, 2), Rotate(30.0), RandomCrops(4, 3))
    image = tf.constant(noise(2, 20, 20, 3))
    found = chain(image, KEYS, 1)
    assert chain.copies == 6 and found.shape == [12, 4, 4, 3]
    assert chain.output_shape((2, 20, 20, 3)) == (12, 4, 4, 3)
    assert np.array_equal(found[6:], chain(image[1:], KEYS[1:], 1))
    assert chain.validity(20, 20, KEYS, 1).shape == [12, 4, 4, 1]


def test_fused_crops_look_where_single_steps_look():
    # A margin and a crop that takes it off again leave the windows where they were.
    image = tf.constant(noise(1, 24, 24, 2))
    plain = RandomCrops(8, 4, 0.4, 0.6)(image, KEYS[:1], 2).numpy()
    around = compose(Pad(5), Crop(), RandomCrops(8, 4, 0.4, 0.6))(image, KEYS[:1], 2).numpy()
    assert around == pytest.approx(plain, abs=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Resize(0),
        lambda: Resize((3, 0)),
        lambda: Fit(-1),
        lambda: RandomCrops(0),
        lambda: RandomCrops(count=0),
        lambda: RandomCrops(count=1.5),
        lambda: RandomCrops(low=0.5, high=0.2),
        lambda: RandomCrops(low=0.0, high=0.2),
        lambda: RandomCrops(high=1.2),
        lambda: RandomCrops(spread=-1.0),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()
