"""How large the part of a photo is that a neuron looks at, and which part."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.recipes.receptive import patch, patch_side
from tests.toys import network, noise


def convolved(side):
    def build(images):
        kernel = tf.ones([side, side, 3, 2]) * tf.constant([1.0, 0.0])
        maps = tf.nn.conv2d(images, kernel, 1, "SAME", name="maps")
        tf.reduce_mean(maps, [1, 2], name="scores")

    return network(build, 32, 32)


@pytest.mark.parametrize("side", [9, 13])
def test_the_whole_gradient_of_a_convolution_is_its_kernel(side):
    net = convolved(side)
    assert patch_side(net, "maps", 0, noise(1, 32, 32, 3), [(16, 15)], share=1.0) == side


def test_a_share_of_it_is_less():
    net, photos = convolved(21), noise(3, 32, 32, 3)
    whole = patch_side(net, "maps", 0, photos, [(16, 16)] * 3, share=1.0)
    # A square with half of an even gradient has a side of 21 / sqrt(2).
    half = patch_side(net, "maps", 0, photos, [(16, 16)] * 3, share=0.5)
    assert whole == 21
    assert half == pytest.approx(21 / np.sqrt(2), abs=2)


def test_a_neuron_without_a_gradient_takes_the_whole_photo():
    assert patch_side(convolved(9), "maps", 1, noise(2, 32, 32, 3), [(3, 3), (9, 9)]) == 32


def test_a_patch_lies_around_its_place_and_never_outside():
    photo = np.arange(64, dtype=float).reshape(8, 8, 1).repeat(3, -1)
    # Place (1, 2) of a 4 x 4 grid is centred on pixel row 3, column 5.
    assert patch(photo, (1, 2), (4, 4), 4)[..., 0].tolist() == photo[1:5, 3:7, 0].tolist()
    assert patch(photo, (0, 3), (4, 4), 4)[..., 0].tolist() == photo[0:4, 4:8, 0].tolist()
    assert patch(photo, (2, 2), (4, 4), 99).shape == (8, 8, 3)
