"""Pixels, pyramids and shared tensors: how they start, and what moves what."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param import (
    CPPN,
    FourierImage,
    LaplacianPyramid,
    Lowres,
    Mask,
    PixelImage,
    SharedImage,
)
from attrvis.param.resampling import clip_for_ascent, interpolation, resize
from tests.param.fitting import fitted, picture

KEYS = seeds.image_keys(4, 3)


def test_pixels_start_as_they_are_told():
    size = (64, 48)
    param = PixelImage(3, 0.01, decorrelated=False)
    assert param.logits(param.init(KEYS, size), size).numpy().std() == pytest.approx(0.01, rel=0.03)
    param = PixelImage(3, 0.01)
    expected = 0.01 * np.sqrt((filters.COLOUR**2).sum() / 3)
    assert param.logits(param.init(KEYS, size), size).numpy().std() == pytest.approx(
        expected, rel=0.03
    )
    clipped = PixelImage(4, 0.01, squash=False, alpha=0.3, decorrelated=False)
    image = clipped.image(clipped.init(KEYS, size), size).numpy()
    assert image.mean(axis=(0, 1, 2)) == pytest.approx([0.5, 0.5, 0.5, 0.3], abs=1e-3)
    assert image.std(axis=(0, 1, 2)) == pytest.approx([0.01] * 4, rel=0.05)


def test_clipped_pixels_are_inverted_exactly_and_fit():
    size, param = (9, 8), PixelImage(3, squash=False)
    wanted = np.random.default_rng(0).random([1, *size, 3]).astype(np.float32)
    found = param.image(param.invert(tf.constant(wanted)), size)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    # Also where it is black or white, to which only a clipped value gets.
    assert fitted(param, wanted.round(), steps=200)[1] < 0.01


def test_a_clipped_value_comes_back():
    x = tf.constant([-2.0, -2.0, 0.0, 0.5, 1.0, 3.0, 3.0])
    way = tf.constant([1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = clip_for_ascent(x, 0.0, 1.0)
    assert y.numpy().tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    slope = tape.gradient(y, x, output_gradients=way)
    assert slope.numpy().tolist() == [1, 0, 0, -1, 0, -1, 0]


@pytest.mark.parametrize("to", [(3, 9), (14, 11), (7, 5), (1, 30)])
def test_resizing_is_tensorflows(to):
    images = tf.constant(np.random.default_rng(0).random([2, 7, 5, 3]).astype(np.float32))
    expected = tf.image.resize(images, to, "bilinear", antialias=True)
    np.testing.assert_allclose(resize(images, to), expected, atol=1e-5)
    planes = tf.transpose(images, [0, 3, 1, 2])
    np.testing.assert_allclose(
        tf.transpose(resize(planes, to, first=2), [0, 2, 3, 1]), expected, atol=1e-5
    )
    assert interpolation(7, 3).sum(axis=1) == pytest.approx(np.ones(3))


@pytest.mark.parametrize("to", [(3,), (0, 3), (2, 2, 2)])
def test_a_size_to_which_nothing_can_be_resized(to):
    with pytest.raises(BadValue, match="resized"):
        resize(tf.ones([1, 4, 4, 3]), to)


def test_a_pyramid_is_the_sum_of_its_levels():
    param, size = LaplacianPyramid(2, levels=3, sd=1.0, decorrelated=False), (9, 14)
    variables = param.init(KEYS, size)
    assert [v.shape[2:].as_list() for v in variables.values()] == [[9, 14], [4, 7], [2, 3]]
    # Enlarged level by level.
    level = [tf.transpose(v, [0, 2, 3, 1]) for v in variables.values()]
    middle = level[1] + tf.image.resize(level[2], (4, 7))
    expected = level[0] + tf.image.resize(middle, size)
    np.testing.assert_allclose(param.logits(variables, size), expected, atol=1e-5)
    # Of a photo, the coarse levels hold nearly all.
    parts = LaplacianPyramid().invert(tf.constant(picture((32, 32), 3)))
    assert np.abs(parts["level0"]).mean() < 0.1 * np.abs(parts["level3"]).mean()


def test_shared_tensors_are_everyones():
    size = (6, 5)
    param = SharedImage(FourierImage(3, sd=0.0), ((1, 3, 2), (2, 2, 2)), sd=1.0)
    variables = param.init(seeds.image_keys(0, 6), size)
    assert variables["shared0"].shape == [1, 3, 3, 2] and variables["shared1"].shape == [2, 3, 2, 2]
    one, two = (
        tf.image.resize(tf.transpose(variables[n], [0, 2, 3, 1]), size).numpy()
        for n in ("shared0", "shared1")
    )
    # Six images among two rows: their middles lie at -1/3, 0, 1/3, 2/3, 1 and 4/3 of a row.
    share = np.array([0, 0, 1 / 3, 2 / 3, 1, 1])[:, None, None, None]
    raw = one + (1 - share) * two[:1] + share * two[1:]
    np.testing.assert_allclose(param.logits(variables, size), raw @ filters.COLOUR.T, atol=1e-5)
    other = param.init(seeds.image_keys([0, 9]), size)
    assert np.array_equal(other["shared0"], variables["shared0"])  # of the first image's key
    with pytest.raises(BadValue, match="2 sides"):
        SharedImage(shapes=((1, 4),)).init(KEYS, size)


def test_a_mask_of_low_resolution_is_smooth():
    param = Lowres(Mask(sd=3.0, decay=0.0), (4, 4))
    image = param.image(param.init(KEYS, (32, 32)), (32, 32)).numpy()
    assert param.transparent and param.channels == 1
    assert np.abs(np.diff(image, axis=1)).max() < 0.2 < image.std() * 2


@pytest.mark.parametrize("pace", [1.0, 0.25])
def test_a_mask_has_a_start_and_a_pace(pace):
    param, size = Mask(alpha=0.2, alpha_pace=pace), (16, 16)
    variables = param.init(KEYS, size)
    assert param.image(variables, size).numpy().mean() == pytest.approx(0.2, abs=0.01)
    moved = {name: v + 0.01 for name, v in variables.items()}
    plain = Mask(alpha=0.2).init(KEYS, size)
    usual = {name: v + 0.01 for name, v in plain.items()}
    change = param.logits(moved, size) - param.logits(variables, size)
    full = Mask(alpha=0.2).logits(usual, size) - Mask(alpha=0.2).logits(plain, size)
    np.testing.assert_allclose(change, pace * full, atol=1e-4)


def test_a_cppn_starts_grey_and_is_the_same_at_any_size():
    param = CPPN(4, alpha=0.2)
    variables = param.init(KEYS, (5, 5))
    image = param.image(variables, (5, 7)).numpy()
    assert image.reshape(-1, 4) == pytest.approx(np.tile([0.5, 0.5, 0.5, 0.2], (105, 1)), abs=1e-6)
    last = f"weight{param.layers}"
    variables[last] += np.random.default_rng(0).normal(size=variables[last].shape)
    coarse, fine = (param.image(variables, size).numpy() for size in [(5, 7), (15, 21)])
    assert coarse.std() > 0.05
    np.testing.assert_allclose(fine[:, 1::3, 1::3], coarse, atol=1e-5)
    assert variables["weight0"].shape == [3, 2, 24] and variables["weight1"].shape == [3, 48, 24]
    assert len(variables) == 18


def test_a_cppn_by_hand():
    param = CPPN(1, hidden=1, layers=1)
    variables = {
        "weight0": tf.constant([[[0.5], [0.2]]]), "bias0": tf.constant([[0.1]]),
        "weight1": tf.constant([[[2.0], [-1.0]]]), "bias1": tf.constant([[0.3]]),
    }  # fmt: skip
    # Of a longest side of four pixels, so that a pixel is as wide as it is high.
    down, across = np.meshgrid([-0.75, -0.25, 0.25, 0.75], [-0.25, 0.25], indexing="ij")
    bend = np.arctan(np.sqrt(3) * (0.5 * down + 0.2 * across) + 0.1)
    expected = 2 * bend / 0.67 - bend**2 / 0.6 + 0.3
    found = param.logits(variables, (4, 2)).numpy()[0, ..., 0]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("activation", ["unbiased", "relu"])
def test_activations_keep_mean_and_variance(activation):
    from attrvis.param.cppn import _activated

    drawn = tf.constant(np.random.default_rng(0).normal(size=[200000, 1]).astype(np.float32))
    found = _activated(drawn, activation).numpy()
    assert found.mean(axis=0) == pytest.approx(0, abs=0.01)
    assert found.std(axis=0) == pytest.approx(1, abs=0.02)
    CPPN(activation=activation, layers=2).init(KEYS, (4, 4))


@pytest.mark.parametrize(
    "make",
    [
        lambda: PixelImage(sd=-1.0),
        lambda: PixelImage(0),
        lambda: LaplacianPyramid(levels=0),
        lambda: SharedImage(shapes=()),
        lambda: SharedImage(shapes=((0, 4, 4),)),
        lambda: SharedImage(CPPN()),
        lambda: CPPN(layers=0),
        lambda: CPPN(alpha=1.0),
        lambda: Lowres(Mask(), (0, 4)),
        lambda: Mask(alpha=0.0),
        lambda: Mask(alpha_pace=0.0),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()


def test_an_activation_that_does_not_exist_is_refused():
    from attrvis.errors import UnknownName

    with pytest.raises(UnknownName, match="'composite'"):
        CPPN(activation="composit")
