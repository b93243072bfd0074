"""Each transform by itself: what it does, its draws, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import Crop, Flip, Jitter, Pad, Rotate, Scale, Shear

KEY = seeds.image_keys(0)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def draws(transform) -> list[tf.Tensor]:
    many = np.random.default_rng(0).random([transform.draws, 20_000]).astype(np.float32)
    return tf.unstack(tf.constant(many))


def test_pad_adds_an_empty_margin():
    images = noise(1, 5, 8, 2)
    expected = np.pad(images, [(0, 0), (3, 3), (3, 3), (0, 0)])
    assert np.array_equal(Pad(3)(tf.constant(images), KEY), expected)


@pytest.mark.parametrize(
    ("size", "shape"), [(4, (4, 4)), ((3, 6), (3, 6)), (None, (7, 9)), ((11, 4), (11, 4))]
)
def test_crop_keeps_the_centre(size, shape):
    images = np.zeros([1, 7, 9, 1], np.float32)
    images[0, 3, 4] = 1
    found = Crop(size)(tf.constant(images), KEY).numpy()[0, :, :, 0]
    assert found.shape == shape and found.sum() == 1
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert abs(y - (shape[0] - 1) / 2) <= 0.5 and abs(x - (shape[1] - 1) / 2) <= 0.5


def test_jitter_cuts_a_window_at_a_whole_place():
    images = noise(1, 9, 12, 2)
    window = Jitter(3)(tf.constant(images), KEY).numpy()[0]
    assert window.shape == (6, 9, 2)
    places = [
        (y, x)
        for y in range(4)
        for x in range(4)
        if np.array_equal(window, images[0, y : y + 6, x : x + 9])
    ]
    assert len(places) == 1


def test_jitter_is_uniform_and_centred():
    where = Jitter(8).where((40, 40), (40, 40), draws(Jitter(8)))
    for shift in (where.c.numpy(), where.f.numpy()):
        assert set(shift) == set(range(9))
        assert shift.mean() == pytest.approx(4, abs=0.08)
        assert np.bincount(shift.astype(int)).min() > 2000
    assert abs(np.corrcoef(where.c, where.f)[0, 1]) < 0.03


def test_scale_magnifies_about_the_centre():
    images = noise(1, 11, 15, 1)
    found = Scale(2.0, 2.0)(tf.constant(images), KEY).numpy()[0, :, :, 0]
    middle = images[0, :, :, 0]
    assert found[5, 7] == pytest.approx(middle[5, 7])
    assert found[7, 11] == pytest.approx(middle[6, 9], abs=1e-5)
    assert found[6, 7] == pytest.approx((middle[5, 7] + middle[6, 7]) / 2, abs=1e-5)


def test_scale_is_uniform_over_its_range():
    factor = 1 / Scale(0.9, 1.2).where((9, 9), (9, 9), draws(Scale())).a.numpy()
    assert factor.min() >= 0.9 - 1e-6 and factor.max() <= 1.2 + 1e-6
    assert factor.mean() == pytest.approx(1.05, abs=0.002)
    assert factor.std() == pytest.approx(0.3 / 12**0.5, abs=0.001)


def test_rotate_turns_by_its_angle():
    images = np.asarray(ndimage.gaussian_filter(noise(41, 41), 2.0))[None, :, :, None]
    transform = Rotate(30.0)
    own = seeds.uniform(seeds.stream(KEY, "transforms 0"), [2])
    angle = float(transform.angle(tf.unstack(own, axis=1))[0])
    found = transform(tf.constant(images), KEY).numpy()[0, :, :, 0]
    expected = ndimage.rotate(images[0, :, :, 0], np.degrees(angle), reshape=False, order=1)
    inner = slice(10, 31)
    assert abs(angle) > 0.05
    assert found[inner, inner] == pytest.approx(expected[inner, inner], abs=1e-4)


@pytest.mark.parametrize(
    ("transform", "largest", "spread"),
    [(Rotate(12.0), 12, 12 / 3**0.5), (Rotate((12.0, 6.0, 2.0), (24.0, 12.0, 20.0)), 12, 4.86)],
)
def test_angles_are_symmetric(transform, largest, spread):
    angles = np.degrees(transform.angle(draws(transform)).numpy())
    assert np.abs(angles).max() <= largest + 1e-4 and np.abs(angles).max() > 0.97 * largest
    assert angles.mean() == pytest.approx(0, abs=3.5 * spread / len(angles) ** 0.5)
    assert angles.std() == pytest.approx(spread, rel=0.015)


def test_weights_choose_among_the_ranges():
    small = np.degrees(np.abs(Rotate((12.0, 2.0), (0.0, 1.0)).angle(draws(Rotate())).numpy()))
    assert small.max() <= 2
    mixed = np.degrees(np.abs(Rotate((12.0, 2.0), (1.0, 3.0)).angle(draws(Rotate())).numpy()))
    assert (mixed > 2).mean() == pytest.approx(0.25 * 10 / 12, abs=0.01)


def test_a_full_turn_uses_the_true_pi():
    transform = Rotate(180.0)
    last = transform.angle([tf.constant([0.0]), tf.constant([1.0])])
    assert float(last[0]) == pytest.approx(np.pi, abs=1e-6)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_flip_mirrors(axis):
    images = noise(1, 5, 8, 2)
    expected = images[:, :, ::-1] if axis == "x" else images[:, ::-1]
    assert np.array_equal(Flip(axis, 1.0)(tf.constant(images), KEY), expected)
    assert np.array_equal(Flip(axis, 0.0)(tf.constant(images), KEY), images)


def test_flip_is_as_likely_as_told():
    signs = Flip("x", 0.3).where((9, 9), (9, 9), draws(Flip())).a.numpy()
    assert set(signs) == {-1.0, 1.0}
    assert (signs < 0).mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_shear_is_scipys(axis):
    images, transform = noise(1, 21, 17, 1), Shear(30.0, axis)
    own = seeds.uniform(seeds.stream(KEY, "transforms 0"), [1])
    lean = float(np.tan(transform.angle(tf.unstack(own, axis=1))[0].numpy()))
    matrix = np.array([[1.0, 0.0], [lean, 1.0]] if axis == "x" else [[1.0, lean], [0.0, 1.0]])
    centre = np.array([10.0, 8.0])
    expected = ndimage.affine_transform(
        images[0, :, :, 0], matrix, centre - matrix @ centre, order=1, mode="grid-constant"
    )
    found = transform(tf.constant(images), KEY).numpy()[0, :, :, 0]
    assert abs(lean) > 0.02
    assert found == pytest.approx(expected, abs=2e-5)


def test_shear_is_uniform_over_its_angles():
    angles = np.degrees(Shear(20.0).angle(draws(Shear())).numpy())
    assert 19.8 < np.abs(angles).max() <= 20.0001
    assert angles.mean() == pytest.approx(0, abs=0.3)
    assert angles.std() == pytest.approx(20 / 3**0.5, rel=0.015)


def test_choices_are_drawn_as_often_as_named():
    scale = Scale(choices=[0.9, 1.0, 1.0, 1.1])
    assert scale.choices == (0.9, 1.0, 1.0, 1.1) and hash(scale) == hash(
        Scale(choices=scale.choices)
    )
    factors = np.round(scale.factor(draws(scale)).numpy(), 5)
    assert set(factors) == {np.float32(0.9), np.float32(1.0), np.float32(1.1)}
    assert (factors == 1).mean() == pytest.approx(0.5, abs=0.012)
    assert (factors < 1).mean() == pytest.approx(0.25, abs=0.012)
    angles = np.degrees(Rotate(choices=range(-2, 3)).angle(draws(Rotate())).numpy())
    values, counts = np.unique(np.round(angles, 3), return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2]
    assert counts / 20_000 == pytest.approx([0.2] * 5, abs=0.012)


def test_a_choice_of_one_is_that_one():
    images = tf.constant(noise(1, 11, 15, 1))
    assert np.array_equal(Scale(choices=(2.0,))(images, KEY), Scale(2.0, 2.0)(images, KEY))
    turned = Rotate(choices=(90.0,))(tf.constant(noise(1, 9, 9, 1)), KEY).numpy()[0, :, :, 0]
    assert turned == pytest.approx(np.rot90(noise(1, 9, 9, 1)[0, :, :, 0]), abs=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pad(-1),
        lambda: Jitter(-2),
        lambda: Scale(0.0, 1.0),
        lambda: Scale(1.2, 0.9),
        lambda: Scale(1.0, float("inf")),
        lambda: Rotate(-5.0),
        lambda: Rotate(()),
        lambda: Rotate(200.0),
        lambda: Rotate((5.0, 2.0), (1.0,)),
        lambda: Rotate((5.0, 2.0), (0.0, 0.0)),
        lambda: Crop(0),
        lambda: Crop((4, -1)),
        lambda: Crop((4, 4, 4)),
        lambda: Crop("4"),
        lambda: Pad(2.5),
        lambda: Jitter("2"),
        lambda: Scale(choices=()),
        lambda: Scale(choices=(1.0, -1.0)),
        lambda: Scale(choices=("a",)),
        lambda: Rotate(choices=()),
        lambda: Rotate(choices=(float("nan"),)),
        lambda: Shear(-1.0),
        lambda: Shear(90.0),
        lambda: Shear(5.0, "z"),
        lambda: Flip("z"),
        lambda: Flip("x", 1.5),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()


def test_a_jitter_that_leaves_nothing_is_refused():
    with pytest.raises(BadValue, match="leaves nothing"):
        Jitter(8)(tf.zeros([1, 8, 20, 1]), KEY)
