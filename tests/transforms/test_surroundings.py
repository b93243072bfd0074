"""Painted margins, collapsed alpha, and gradients of one length."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.transforms import CollapseAlpha, Jitter, Margin, NormalizeGradient, Pad, compose

KEYS = seeds.image_keys(0, 3)


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(3, 6, 7, 3), (3, 9, 2), (3, 4, 6, 7, 2)])
@pytest.mark.parametrize("mode", ["constant", "reflect"])
def test_margins_are_numpys(shape, mode):
    batch = images(*shape)
    widths = [(0, 0)] * len(shape)
    for axis in range(len(shape) - 2 if len(shape) < 5 else 2, len(shape) - 1):
        widths[axis] = (2, 2)
    if len(shape) == 4:
        widths[1] = (2, 2)
    options = {"constant_values": 0.4} if mode == "constant" else {}
    expected = np.pad(batch, widths, mode, **options)
    assert Margin(2, mode, 0.4)(tf.constant(batch), KEYS).numpy() == pytest.approx(expected, abs=0)


def test_a_margin_is_opaque_and_never_evidence():
    found = Margin(2)(tf.zeros([3, 4, 4, 4]), KEYS).numpy()
    assert found[0, 0, 0].tolist() == [0.5, 0.5, 0.5, 1.0] and not found[0, 2:6, 2:6].any()
    valid = compose(Margin(2), Pad(1)).validity(4, 4, KEYS).numpy()[0, :, :, 0]
    assert np.array_equal(valid, np.pad(np.ones([4, 4]), 3))


def test_uniform_margins_are_one_grey_an_image():
    keys = seeds.image_keys(0, 200)
    found = Margin(1, "uniform")(tf.zeros([200, 2, 2, 2]), keys, 1).numpy()
    assert (found[:, 0] == found[:, :1, :1, :1][:, 0]).all()
    greys = found[:, 0, 0, 0]
    assert (
        greys.min() < 0.03 and greys.max() > 0.97 and greys.mean() == pytest.approx(0.5, abs=0.08)
    )
    assert not np.array_equal(
        greys, Margin(1, "uniform")(tf.zeros([200, 2, 2, 2]), keys, 2)[:, 0, 0, 0]
    )


def test_collapsed_images_are_laid_over_noise():
    rgba = images(3, 12, 14, 4)
    rgba[..., :3] *= rgba[..., 3:]
    found = CollapseAlpha()(tf.constant(rgba), KEYS, 5).numpy()
    behind = filters.fractal(seeds.stream(KEYS, "CollapseAlpha", 5), 12, 14, 0.5, 1.0).numpy()
    assert found[..., :3] == pytest.approx(rgba[..., :3] + (1 - rgba[..., 3:]) * behind, abs=1e-6)
    assert (found[..., 3] == 1).all()
    assert np.array_equal(CollapseAlpha(keep=False)(tf.constant(rgba), KEYS, 5), found[..., :3])
    opaque = tf.constant(images(3, 4, 4, 3))
    assert np.array_equal(CollapseAlpha()(opaque, KEYS), opaque)


def test_collapsing_shows_more_of_the_image_where_alpha_grows():
    rgba = tf.constant(images(3, 8, 8, 4))
    with tf.GradientTape() as tape:
        tape.watch(rgba)
        total = tf.reduce_sum(CollapseAlpha()(rgba, KEYS))
    slope = tape.gradient(total, rgba).numpy()
    behind = filters.fractal(seeds.stream(KEYS, "CollapseAlpha"), 8, 8, 0.5, 1.0).numpy()
    assert (slope[..., :3] == 1).all()
    assert slope[..., 3] == pytest.approx(-behind.sum(axis=-1), abs=1e-5)


def slope_of(transform, upstream: np.ndarray) -> np.ndarray:
    batch = tf.constant(images(*upstream.shape))
    with tf.GradientTape() as tape:
        tape.watch(batch)
        output = transform(batch, KEYS[: len(upstream)])
    assert np.array_equal(output, batch)
    return tape.gradient(output, batch, output_gradients=tf.constant(upstream)).numpy()


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_gradients_have_the_length_that_is_wanted(size):
    upstream = (images(3, 5, 6, 4) - 0.5) * np.float32(size)
    found = slope_of(NormalizeGradient(2.0), upstream)
    lengths = np.linalg.norm(upstream.reshape(3, -1).astype(np.float64), axis=1)
    assert found == pytest.approx(2 * upstream / lengths[:, None, None, None], rel=1e-4, abs=1e-7)
    own = slope_of(NormalizeGradient([1.0, 0.0, 3.0]), upstream)
    assert np.linalg.norm(own.reshape(3, -1), axis=1) == pytest.approx([1, 0, 3], rel=1e-5)


def test_no_gradient_stays_none():
    upstream = np.zeros([2, 3, 3, 1], np.float32)
    upstream[1, 0, 0] = -7.0
    found = slope_of(NormalizeGradient(), upstream)
    assert not found[0].any() and found[1].min() == -1 and np.isfinite(found).all()


def test_a_chain_passes_the_length_on():
    batch = tf.constant(images(3, 9, 9, 2))
    with tf.GradientTape() as tape:
        tape.watch(batch)
        total = tf.reduce_sum((NormalizeGradient() | Jitter(3))(batch, KEYS, 1) ** 3)
    slope = tape.gradient(total, batch).numpy().reshape(3, -1)
    assert np.linalg.norm(slope, axis=1) == pytest.approx([1, 1, 1], rel=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Margin(-1),
        lambda: Margin(2, "mirror"),
        lambda: Margin(2, value=float("nan")),
        lambda: Margin(4, "reflect")(tf.zeros([3, 4, 9, 1]), KEYS),
        lambda: CollapseAlpha(sd=-1.0),
        lambda: CollapseAlpha()(tf.zeros([3, 5, 4]), KEYS),
        lambda: NormalizeGradient(-1.0),
        lambda: NormalizeGradient(()),
        lambda: NormalizeGradient((1.0, 2.0))(tf.zeros([3, 4, 4, 1]), KEYS),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()
