"""Colour goes there and back."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from attrvis.errors import BadValue
from attrvis.filters import COLOUR
from attrvis.param import FourierImage, colour, estimate_colours


def test_there_and_back():
    values = np.random.default_rng(0).standard_normal([5, 4, 3]).astype(np.float32)
    there = colour.correlate(tf.constant(values))
    assert colour.decorrelate(there).numpy() == pytest.approx(values, abs=1e-5)
    assert colour.correlate(colour.decorrelate(tf.constant(values))).numpy() == pytest.approx(
        values, abs=1e-5
    )


def test_the_first_direction_is_brightness():
    rgb = colour.correlate(tf.constant([[1.0, 0.0, 0.0]])).numpy()[0]
    assert rgb == pytest.approx([0.5628, 0.5845, 0.5845], abs=1e-4)
    opposite = colour.correlate(tf.constant([[0.0, 1.0, 0.0]])).numpy()[0]
    assert opposite == pytest.approx([0.1948, 0.0, -0.1948], abs=1e-4)


def photos(channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Make images whose channels correlate, and what they were mixed by."""
    rng = np.random.default_rng(channels)
    matrix = np.eye(channels) * 0.3 + 1.0 + 0.2 * rng.normal(size=[channels, channels])
    planes = rng.normal(size=[4, 60, 50, channels])
    return 0.5 + 0.02 * planes @ matrix.T, matrix


@pytest.mark.parametrize("channels", [1, 2, 3, 10])
def test_estimated_colours_do_not_correlate(channels):
    images, mixed = photos(channels)
    matrix = estimate_colours(images)
    assert np.linalg.norm(matrix, axis=0).max() == pytest.approx(1, abs=1e-9)
    assert np.all(np.diff(np.linalg.norm(matrix, axis=0)) <= 1e-12)
    centred = tf.constant((images - images.mean(axis=(0, 1, 2))).astype(np.float32))
    planes = colour.decorrelate(centred, matrix).numpy().reshape(-1, channels)
    spread = planes.T @ planes / len(planes)
    np.testing.assert_allclose(spread / spread[0, 0], np.eye(channels), atol=2e-3)
    # A white spectrum so mixed has the images' own covariance.
    wanted = mixed @ mixed.T
    np.testing.assert_allclose(
        (matrix @ matrix.T) / np.trace(matrix @ matrix.T), wanted / np.trace(wanted), atol=0.01
    )
    there = colour.correlate(colour.decorrelate(centred, matrix), matrix)
    np.testing.assert_allclose(there, centred, atol=1e-5)


def test_grey_images_still_have_an_inverse():
    grey = np.repeat(np.random.default_rng(0).random([2, 9, 9, 1]), 3, axis=-1)
    matrix = estimate_colours(grey)
    assert np.linalg.norm(matrix, axis=0) == pytest.approx([1, 1e-3, 1e-3], rel=1e-6)
    assert matrix[:, 0] == pytest.approx(np.full(3, 3**-0.5))
    FourierImage(3, colours=matrix)


@pytest.mark.parametrize("images", [np.ones([1, 4, 4, 3]), np.full([1, 4, 4, 3], np.nan),
                                    np.zeros([0, 4, 4, 3]), np.ones(3)])  # fmt: skip
def test_images_without_colours_are_refused(images):
    with pytest.raises(BadValue):
        estimate_colours(images)


@pytest.mark.data
def test_photos_have_the_usual_colours(data):
    files = sorted((data / "images" / "imagenet-val60" / "images").glob("*"))
    found = []
    for file in files:
        with Image.open(file) as photo:
            found.append(np.asarray(photo.convert("RGB").resize((64, 64)), np.float32) / 255)
    assert len(found) == 60
    matrix = estimate_colours(np.stack(found))
    for mine, usual in zip(matrix.T, COLOUR.T, strict=True):
        cosine = mine @ usual / np.linalg.norm(mine) / np.linalg.norm(usual)
        assert abs(cosine) > 0.95
