"""What every background keeps: a battery over the table, and the statistics of each."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param import (
    BACKGROUNDS,
    BlurredMask,
    BlurredSelf,
    Constant,
    FractalNoise,
    NormalNoise,
    premultiply,
    premultiply_and_alpha,
    split,
    unmultiply,
)

ROWS = pytest.mark.parametrize("row", BACKGROUNDS, ids=lambda row: row.name)
RANDOM = ("normal_noise", "noise", "noise_pyramid", "blurred_mask")
KEYS = seeds.image_keys([3, 8])


def images(*shape: int) -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).random(shape).astype(np.float32))


def behind(background, size=(224, 224), alpha=0.0, step=0, keys=KEYS):
    """Show what is seen through a black image of one alpha."""
    batch = keys.shape[0]
    rgb, opacity = tf.zeros([batch, *size, 3]), tf.fill([batch, *size, 1], alpha)
    return background.compose(rgb, opacity, keys, step).numpy()


@ROWS
@pytest.mark.parametrize("size", [(20, 20), (17, 26)])
def test_every_background_is_well_behaved(row, size):
    background = row.load()()
    rgb, alpha = images(2, *size, 3), images(2, *size, 1)
    pool = background.prepare(KEYS, *size)
    found = background.compose(rgb, alpha, KEYS, 1, pool)
    assert found.shape == rgb.shape and found.dtype == tf.float32
    assert found.numpy().min() >= 0 and found.numpy().max() <= 1 + 1e-6
    assert background == row.load()() and hash(background) == hash(row.load()())
    assert np.array_equal(found, background.compose(rgb, alpha, KEYS, tf.constant(1)))
    for image, seed in enumerate((3, 8)):
        one = slice(image, image + 1)
        alone = background.compose(rgb[one], alpha[one], seeds.image_keys(seed), 1, pool)
        assert np.array_equal(found[image], alone[0])


@ROWS
def test_alpha_1_shows_the_image_alone(row):
    rgb = images(2, 20, 16, 3)
    alpha = tf.ones([2, 20, 16, 1])
    shown = row.load()().compose(rgb, alpha, KEYS, 0).numpy()
    assert shown == pytest.approx(rgb.numpy(), abs=1e-5)


@ROWS
def test_fixed_and_fresh(row):
    fixed, fresh = row.load()(fresh=False), row.load()(fresh=True)
    alike = [
        np.array_equal(behind(b, (16, 16)), behind(b, (16, 16), step=1)) for b in (fixed, fresh)
    ]
    assert alike == [True, row.name not in RANDOM]
    one, other = behind(fixed, (16, 16))
    assert np.array_equal(one, other) == (row.name not in RANDOM)


@ROWS
def test_a_batch_of_unknown_length_is_served(row):
    background = row.load()()

    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec([None, 12, 12, 4]), tf.TensorSpec([None, 2], tf.int32)],
    )
    def compose(rgba, keys):
        return background.compose(*split(rgba), keys, 3)

    rgba = images(2, 12, 12, 4)
    expected = background.compose(*split(rgba), KEYS, 3).numpy()
    assert compose(rgba, KEYS).numpy() == pytest.approx(expected, abs=1e-6)


@ROWS
def test_premultiplied_colour_gives_the_same(row):
    background = row.load()()
    rgba = 0.1 + 0.9 * images(2, 20, 16, 4)
    plain = background.compose(*split(rgba), KEYS, 0).numpy()
    faster = background.compose(*split(premultiply(rgba)), KEYS, 0, premultiplied=True).numpy()
    assert faster == pytest.approx(plain, abs=6e-3 if row.name.startswith("blurred") else 1e-6)


@ROWS
@pytest.mark.parametrize("premultiplied", [False, True])
def test_gradients_reach_image_and_alpha(row, premultiplied):
    background = row.load()()
    rgb, alpha = images(2, 6, 9, 3), 0.05 + 0.9 * images(2, 6, 9, 1)
    weight, pool = images(2, 6, 9, 3), background.prepare(KEYS, 6, 9)

    def total(colour, opacity):
        shown = background.compose(colour, opacity, KEYS, 2, pool, premultiplied)
        return tf.reduce_sum(shown * weight)

    with tf.GradientTape() as tape:
        tape.watch([rgb, alpha])
        value = total(rgb, alpha)
    slopes = [slope.numpy() for slope in tape.gradient(value, [rgb, alpha])]
    for which, place in [
        (0, (0, 1, 2, 0)),
        (0, (1, 5, 8, 2)),
        (1, (0, 3, 3, 0)),
        (1, (1, 0, 7, 0)),
    ]:
        inputs = [rgb.numpy(), alpha.numpy()]
        ends = []
        for move in (-1e-3, 1e-3):
            bumped = [array.copy() for array in inputs]
            bumped[which][place] += move
            ends.append(float(total(*map(tf.constant, bumped))))
        assert slopes[which][place] == pytest.approx((ends[1] - ends[0]) / 2e-3, rel=0.03, abs=0.03)


@ROWS
def test_wrong_shapes_are_refused(row):
    with pytest.raises(BadValue, match="alpha"):
        row.load()().compose(images(1, 4, 4, 4), images(1, 4, 4, 1), KEYS[:1])


def test_a_pool_of_another_size_is_refused():
    with pytest.raises(BadValue, match="prepare it for 9x8"):
        noise = FractalNoise(pool=2)
        noise.compose(
            images(1, 9, 8, 3), images(1, 9, 8, 1), KEYS[:1], 0, noise.prepare(KEYS, 8, 8)
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Constant(1.5),
        lambda: Constant(-0.1),
        lambda: NormalNoise(sd=-1.0),
        lambda: FractalNoise(sd=-0.1),
        lambda: FractalNoise(pool=-1),
        lambda: BlurredMask(sigma=-1.0),
        lambda: BlurredSelf(sigmas=(3.0,)),
        lambda: BlurredSelf(sigmas=(3.0, -1.0)),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()


def test_constant_is_its_grey():
    assert behind(Constant(), (4, 4)) == pytest.approx(np.full([2, 4, 4, 3], 0.55), abs=1e-6)
    half = Constant(0.2).compose(tf.ones([1, 2, 2, 3]), tf.fill([1, 2, 2, 1], 0.5), KEYS[:1])
    assert half.numpy() == pytest.approx(np.full([1, 2, 2, 3], 0.6), abs=1e-6)


def test_normal_noise_is_cut_at_black_and_white():
    noise = behind(NormalNoise())
    assert (noise == 0).mean() == pytest.approx(0.5, abs=0.01)
    assert (noise == 1).mean() == pytest.approx(0.16, abs=0.01)
    assert noise.mean() == pytest.approx(0.32, abs=0.01)
    assert noise.std() == pytest.approx(0.40, abs=0.01)


@pytest.mark.parametrize("pool", [0, 12])
@pytest.mark.parametrize(("kind", "spread"), [(FractalNoise, 0.29), (BlurredMask, 0.06)])
def test_fractal_noises_have_their_known_statistics(kind, spread, pool):
    noise = np.concatenate([behind(kind(pool=pool), step=step) for step in range(12)])
    assert noise.mean() == pytest.approx(0.51, abs=0.06 if spread > 0.1 else 0.02)
    assert noise.std() == pytest.approx(spread, rel=0.12)


def test_a_blurred_mask_has_no_sharp_edge():
    alpha = np.zeros([1, 40, 40, 1], np.float32)
    alpha[:, :, 20:] = 1
    background = BlurredMask(sd=0.0, sigma=3.0)
    shown = background.compose(tf.zeros([1, 40, 40, 3]), tf.constant(alpha), KEYS[:1]).numpy()
    smooth = filters.blur(tf.constant(alpha), 3.0).numpy()
    assert shown == pytest.approx(np.repeat(0.5 * (1 - smooth), 3, axis=3), abs=1e-6)
    assert np.abs(np.diff(smooth[0, 5, :, 0])).max() < 0.15


def test_blurred_self_is_the_pyramid_of_the_image():
    background, rgb = BlurredSelf(), images(1, 64, 50, 3)
    levels = [filters.blur(rgb, sigma).numpy() for sigma in (10, 8, 6, 4, 2, 0)]
    for alpha, expected in [
        (0.0, levels[0]),
        (0.4, levels[2]),
        (0.5, (levels[2] + levels[3]) / 2),
        (0.95, 0.25 * levels[4] + 0.75 * levels[5]),
    ]:
        shown = background.compose(rgb, tf.fill([1, 64, 50, 1], alpha), KEYS[:1]).numpy()
        assert shown == pytest.approx(expected, abs=1e-5)


def test_premultiply_and_back():
    rgba = 0.05 + 0.95 * images(1, 7, 6, 4)
    with tf.GradientTape() as tape:
        tape.watch(rgba)
        made = premultiply(rgba)
        total = tf.reduce_sum(made**2)
    rgb, alpha = rgba[..., :3].numpy(), rgba[..., 3:].numpy()
    assert made.numpy() == pytest.approx(np.concatenate([rgb * alpha, alpha], axis=3), abs=1e-6)
    slope = np.concatenate(
        [2 * rgb * alpha**2, 2 * alpha + 2 * alpha * (rgb**2).sum(3, keepdims=True)], axis=3
    )
    assert tape.gradient(total, rgba).numpy() == pytest.approx(slope, abs=1e-5)
    assert unmultiply(*split(made)).numpy() == pytest.approx(rgb, abs=0.01)


def test_a_border_does_not_darken():
    # A white, opaque image moved by half a pixel over white stays white everywhere.
    from scipy import ndimage

    made = premultiply(tf.ones([1, 5, 5, 4])).numpy()
    moved = ndimage.shift(made, (0, 0.5, 0, 0), order=1, mode="grid-constant")
    shown = Constant(1.0).compose(*split(tf.constant(moved)), KEYS[:1], premultiplied=True)
    assert moved.min() < 0.6 and shown.numpy() == pytest.approx(np.ones([1, 5, 5, 3]), abs=1e-6)


def test_alpha_beside_the_product_has_the_gradient_of_a_slice():
    rgba = tf.random.stateless_uniform([2, 5, 4, 4], [1, 2])
    left = tf.random.stateless_uniform([2, 5, 4, 4], [3, 4])
    right = tf.random.stateless_uniform([2, 5, 4, 1], [5, 6])
    found = []
    for give in (
        premultiply_and_alpha,
        lambda x: (x * tf.concat([x[..., 3:]] * 3 + [tf.ones_like(x[..., 3:])], 3), x[..., 3:]),
    ):
        with tf.GradientTape() as tape:
            tape.watch(rgba)
            product, alpha = give(rgba)
            total = tf.reduce_sum(product * left) + tf.reduce_sum(alpha * right)
        found.append((product, alpha, tape.gradient(total, rgba)))
    for ours, plain in zip(*found, strict=True):
        np.testing.assert_allclose(ours, plain, atol=1e-6)
