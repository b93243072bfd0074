"""Feature inversion: a layer that loses nothing gives the photo back, one that loses does not."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import inversion
from tests.toys import network

MIX = np.array([[0.0, 1.0, 0.1], [-1.0, 0.1, 0.0], [0.0, -0.2, 1.0]], np.float32)


def two_layers(images):
    maps = tf.nn.conv2d(images, tf.constant(MIX[None, None]), 1, "SAME", name="kept")
    red = tf.identity(images[..., :1], name="red")
    tf.concat([tf.reduce_mean(maps, [1, 2]), tf.reduce_mean(red, [1, 2])], 1, name="scores")


@pytest.fixture(scope="module")
def net():
    return network(two_layers, 24, 24, logits="scores")


@pytest.fixture(scope="module")
def photo():
    rows, columns = np.mgrid[0:24, 0:24] / 23
    return np.stack([0.2 + 0.6 * rows, 0.7 - 0.4 * columns, 0.3 + 0.4 * rows * columns], -1).astype(
        np.float32
    )


def test_an_invertible_layer_gives_the_photo_back(net, photo):
    plate = inversion(net, photo, ["kept", "red"], smooth=0, fit="stretch", steps=250)
    whole, red = plate.values["rgba"][..., :3]
    assert np.abs(whole - photo).mean() < 0.05 < 0.1 < np.abs(photo - 0.5).mean()
    # Of what the layer does not see nothing comes back.
    assert np.abs(red - photo)[..., 0].mean() < 0.03
    assert np.abs(red - photo)[..., 1:].mean() > 0.1
    assert all(row["distance"] < 0.01 for row in plate.facts["pictures"])


def test_smoothness_is_weighed(net, photo):
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 0.2, photo.shape), 0, 1)
    rough, smooth = (
        inversion(net, noisy, "kept", smooth=w, fit="stretch", steps=60).values["rgba"][0, ..., :3]
        for w in (0, 2)
    )
    assert np.abs(np.diff(smooth, axis=0)).mean() < 0.7 * np.abs(np.diff(rough, axis=0)).mean()


def test_the_weight_means_the_same_at_every_size(net, photo):
    from attrvis import images

    made = {}
    for side in (24, 48):
        large = images.resize(photo, (side, side), resample="bicubic")
        plate = inversion(net, large, "kept", smooth=1, size=side, fit="stretch", steps=1)
        made[side] = plate.facts["settings"]["objectives"][0]
    weights = [float(text.split(" - ")[1].split(" * ")[0]) for text in made.values()]
    assert weights[0] == pytest.approx(2 * weights[1], rel=1e-3)


def test_what_cannot_be_inverted(net, photo):
    with pytest.raises(BadValue, match="from 0"):
        inversion(net, photo, "kept", smooth=-1)
    with pytest.raises(BadValue, match="zero"):
        inversion(net, 0 * photo, "kept")
    with pytest.raises(UnknownName, match="kept"):
        inversion(net, photo, "kepd")
