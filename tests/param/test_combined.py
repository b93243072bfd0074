"""Parameterisations made of others: sums, stacks, textures, grey and ranges."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param import (
    CPPN,
    FourierImage,
    Grey,
    LaplacianPyramid,
    Mask,
    PixelImage,
    Ranged,
    SharedImage,
    Stacked,
    Sum,
    Texture,
    look_up,
)
from attrvis.param.composite import part_of

KEYS = seeds.image_keys([5, 1])
SIZE = (8, 7)


def test_a_sum_is_of_logits():
    parts = (FourierImage(3, sd=1.0), PixelImage(3, sd=1.0))
    param = Sum(parts, (0.7, -0.5))
    variables = param.init(KEYS, SIZE)
    one, two = (p.logits(part_of(variables, i), SIZE).numpy() for i, p in enumerate(parts))
    expected = 1 / (1 + np.exp(-(0.7 * one - 0.5 * two)))
    np.testing.assert_allclose(param.image(variables, SIZE), expected, atol=1e-6)
    assert Sum(parts).weights == (1.0, 1.0)


def test_a_stack_puts_channels_side_by_side():
    parts = (PixelImage(3, sd=1.0), Mask(alpha=0.2))
    param = Stacked(parts)
    variables = param.init(KEYS, SIZE)
    image = param.image(variables, SIZE).numpy()
    for i, (part, share) in enumerate(zip(parts, (image[..., :3], image[..., 3:]), strict=True)):
        np.testing.assert_array_equal(share, part.image(part_of(variables, i), SIZE))
    assert param.transparent and param.channels == 4
    assert not Stacked((PixelImage(3), FourierImage(1))).transparent
    assert image[..., 3].mean() == pytest.approx(0.2, abs=0.02)


def test_alike_parts_draw_for_themselves():
    param = Stacked((PixelImage(1), PixelImage(1)))
    image = param.image(param.init(KEYS, SIZE), SIZE).numpy()
    assert np.abs(image[..., 0] - image[..., 1]).max() > 1e-3


def test_combinations_nest_and_know_what_is_shared():
    inner = Sum((SharedImage(shapes=((1, 2, 2),)), CPPN()))
    param = Stacked([inner, Mask()])
    variables = param.init(KEYS, SIZE)
    assert param.shared == {"0.0.shared0"} and "0.1.weight0" in variables
    assert param.image(variables, SIZE).shape == [2, *SIZE, 4]


def test_grey_is_equal_in_all_colours():
    for inner in (FourierImage(1, sd=1.0), FourierImage(2, sd=1.0, with_alpha=True)):
        param = Grey(inner)
        variables = param.init(KEYS, SIZE)
        image = param.image(variables, SIZE).numpy()
        one = inner.image(variables, SIZE).numpy()
        assert image.shape[-1] == param.channels == inner.channels + 2
        np.testing.assert_array_equal(image[..., :3], np.repeat(one[..., :1], 3, axis=-1))
        np.testing.assert_array_equal(image[..., 3:], one[..., 1:])
        assert param.transparent == inner.transparent


def test_a_range_is_of_colours_alone():
    inner = PixelImage(4, sd=30.0)
    param = Ranged(inner, 0.2, 0.6)
    variables = param.init(KEYS, SIZE)
    image, plain = param.image(variables, SIZE).numpy(), inner.image(variables, SIZE).numpy()
    np.testing.assert_allclose(image[..., :3], 0.2 + 0.4 * plain[..., :3], atol=1e-6)
    np.testing.assert_array_equal(image[..., 3], plain[..., 3])
    assert image[..., :3].min() == pytest.approx(0.2, abs=1e-3)


def test_looking_up_is_scipys():
    rng = np.random.default_rng(0)
    texture = rng.random([2, 6, 9, 3]).astype(np.float32)
    uv = rng.uniform(-2, 3, [2, 5, 4, 2]).astype(np.float32)
    for flip in (False, True):
        for own in (True, False):
            found = look_up(tf.constant(texture), tf.constant(uv if own else uv[0]), flip).numpy()
            for b in range(2):
                u, v = np.moveaxis(uv[b if own else 0].astype(np.float64), -1, 0)
                places = [(1 - v if flip else v) * 6 - 0.5, u * 9 - 0.5]
                for c in range(3):
                    expected = ndimage.map_coordinates(
                        texture[b, ..., c], places, order=1, mode="grid-wrap"
                    )
                    np.testing.assert_allclose(found[b, ..., c], expected, atol=1e-5)


def test_a_texture_is_learnt_where_it_is_seen():
    uv = np.full([3, 3, 2], [0.25 / 4, 0.5])  # all look between the last and the first column
    param = Texture(PixelImage(1, decorrelated=False), uv, size=(1, 4))
    variables = param.init(KEYS[:1], (3, 3))
    with tf.GradientTape() as tape:
        tape.watch(variables)
        total = tf.reduce_sum(param.image(variables, (3, 3)))
    slope = tape.gradient(total, variables)["pixels"].numpy()[0, 0, 0]
    assert slope == pytest.approx(9 * 0.25 * np.array([0.75, 0, 0, 0.25]), abs=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sum(()),
        lambda: Sum(FourierImage()),
        lambda: Sum((FourierImage(3), "mask")),
        lambda: Sum((FourierImage(3), FourierImage(1))),
        lambda: Sum((FourierImage(4), FourierImage(4, with_alpha=False))),
        lambda: Sum((FourierImage(3), LaplacianPyramid()), (1.0,)),
        lambda: Sum((FourierImage(3),), (float("nan"),)),
        lambda: Stacked((Mask(), PixelImage(3))),
        lambda: Grey(FourierImage(3)),
        lambda: Grey("fourier"),
        lambda: Ranged(FourierImage(), 0.5, 0.5),
        lambda: Ranged(FourierImage(), -0.1, 0.5),
        lambda: Texture(FourierImage(3), np.zeros([4, 4, 3])),
        lambda: Texture(FourierImage(3), np.full([4, 4, 2], np.nan)),
        lambda: Texture(FourierImage(3), np.zeros([4, 4, 2]), size=(9,)),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()
