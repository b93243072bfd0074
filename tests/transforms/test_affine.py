"""Maps compose exactly; resampling agrees with scipy, and its gradient is the adjoint."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from attrvis import filters
from attrvis.transforms import Affine, warp
from attrvis.transforms.affine import about

NUMBER = st.floats(-2, 2).map(lambda x: round(x, 3))
TURN = Affine(a=0.93, b=-0.21, c=3.4, d=0.18, e=1.04, f=-2.7)


def matrix(where: Affine) -> np.ndarray:
    return np.array(
        [[where.a, where.b, where.c], [where.d, where.e, where.f], [0, 0, 1]], np.float64
    )


def noise(*shape: int, seed: int = 0) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def by_scipy(images: np.ndarray, where: Affine, size: tuple[int, int], fill: float) -> np.ndarray:
    swapped = np.array([[where.e, where.d], [where.b, where.a]])
    planes = [
        ndimage.affine_transform(
            np.pad(plane, 2, constant_values=fill).astype(np.float64),
            swapped,
            np.array([where.f, where.c]) + 2,
            size,
            order=1,
            mode="constant",
            cval=fill,
        )
        for plane in np.moveaxis(images[0], -1, 0)
    ]
    return np.stack(planes, axis=-1)[None]


@given(st.lists(NUMBER, min_size=12, max_size=12))
def test_maps_compose_and_invert_as_matrices(numbers):
    one, two = Affine(*numbers[:6]), Affine(*numbers[6:])
    assert matrix(one @ two) == pytest.approx(matrix(one) @ matrix(two), abs=1e-9)
    if abs(one.determinant) > 1e-2:
        assert matrix(one @ one.inverse()) == pytest.approx(np.eye(3), abs=1e-6)


def test_a_point_stays_where_it_is_turned_about():
    assert matrix(about((3.0, 5.0), TURN)) @ [5, 3, 1] == pytest.approx(
        np.array([5 + TURN.c, 3 + TURN.f, 1])
    )


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("fill", [0.0, 0.5])
@pytest.mark.parametrize(
    ("shape", "size", "where"),
    [
        ((24, 24), (24, 24), TURN),
        ((17, 31), (17, 31), TURN),
        ((31, 17), (20, 9), Affine(a=1.3, c=-4.0, e=0.7, f=2.5)),
        ((9, 12), (15, 18), Affine(c=-3.0, f=-3.0)),
        ((1, 5), (3, 7), Affine(c=-0.5, f=-1.0)),
    ],
)
def test_resampling_is_scipys(shape, size, where, fill, exact):
    images = noise(1, *shape, 3)
    found = warp(images, where, size, fill, exact).numpy()
    expected = by_scipy(images.numpy(), where, size, fill)
    assert found == pytest.approx(expected, abs=2e-5)


def test_whole_shifts_move_pixels_bit_for_bit():
    images = noise(1, 12, 10, 4)
    found = warp(images, Affine(c=2.0, f=-3.0), (12, 10)).numpy()
    assert np.array_equal(found[0, 3:, :8], images.numpy()[0, :9, 2:])
    assert not found[0, :3].any() and not found[0, :, 8:].any()


def gradient(images: tf.Tensor, upstream: tf.Tensor, where: Affine, exact: bool):
    with tf.GradientTape() as tape:
        tape.watch(images)
        output = warp(images, where, tuple(upstream.shape[1:3]), 0.0, exact)
    return output, tape.gradient(output, images, output_gradients=upstream)


@pytest.mark.parametrize("field", ["noise", "smooth"])
@pytest.mark.parametrize("size", [(64, 64), (51, 70)])
def test_the_gradient_is_the_adjoint(field, size):
    images, upstream = noise(2, *size, 3), noise(2, *size, 3, seed=1)
    if field == "smooth":
        images, upstream = filters.blur(images, 3.0), filters.blur(upstream, 3.0)
    for factor in (0.85, 1.0, 1.15):
        where = about(((size[0] - 1) / 2, (size[1] - 1) / 2), Affine(a=factor, e=factor)) @ TURN
        output, fast = gradient(images, upstream, where, exact=False)
        same, exact = gradient(images, upstream, where, exact=True)
        assert output.numpy() == pytest.approx(same.numpy(), abs=2e-5)
        whole = float(tf.norm(output) * tf.norm(upstream))
        there = float(tf.reduce_sum(output * upstream))
        assert float(tf.reduce_sum(images * exact)) == pytest.approx(there, abs=1e-5 * whole)
        assert float(tf.reduce_sum(images * fast)) == pytest.approx(there, abs=4e-3 * whole)
        cosine = float(tf.reduce_sum(fast * exact) / tf.norm(fast) / tf.norm(exact))
        assert cosine > (0.99 if field == "smooth" else 0.97)
        ratio = float(tf.norm(fast) / tf.norm(exact))
        assert ratio == pytest.approx(1, abs=0.02 if field == "smooth" else 0.2)


def test_a_shift_by_part_of_a_pixel_has_the_exact_gradient():
    where, upstream = Affine(c=0.3, f=-1.6), noise(1, 20, 20, 2, seed=1)
    fast = gradient(noise(1, 20, 20, 2), upstream, where, exact=False)[1]
    exact = gradient(noise(1, 20, 20, 2), upstream, where, exact=True)[1]
    assert fast.numpy() == pytest.approx(exact.numpy(), abs=1e-5)


def test_the_gradient_knows_that_areas_change():
    half = about((31.5, 31.5), Affine(a=2.0, e=2.0))  # shrinks the image to a quarter
    ones = tf.ones([1, 64, 64, 1])
    for exact in (False, True):
        _, found = gradient(ones, ones, half, exact)
        assert float(tf.reduce_mean(found)) == pytest.approx(0.25, abs=0.01)


def test_each_image_has_its_own_map():
    images = noise(3, 9, 8, 2)
    shifts = tf.constant([0.0, 1.5, -2.0])
    whole = warp(images, Affine(c=shifts), (9, 8)).numpy()
    for row in range(3):
        alone = warp(images[row : row + 1], Affine(c=float(shifts[row])), (9, 8)).numpy()
        assert np.array_equal(whole[row], alone[0])


@pytest.mark.parametrize("exact", [False, True])
def test_copies_of_an_image_lie_side_by_side(exact):
    images, upstream = noise(2, 9, 8, 3), noise(6, 7, 6, 3, seed=1)
    shifts = tf.constant([0.0, 1.5, -2.0, 0.3, 1.0, 4.0])
    where = Affine(c=shifts, a=1.1)
    with tf.GradientTape() as tape:
        tape.watch(images)
        whole = warp(images, where, (7, 6), exact=exact, copies=3)
    slope = tape.gradient(whole, images, output_gradients=upstream).numpy()
    expected = np.zeros_like(slope)
    for row in range(6):
        part = images[row // 3 : row // 3 + 1]
        alone, back = gradient(
            part, upstream[row : row + 1], Affine(c=float(shifts[row]), a=1.1), exact
        )
        assert np.array_equal(whole[row], alone[0])
        expected[row // 3] += back[0]
    assert slope == pytest.approx(expected, abs=1e-5)


def test_the_exact_gradient_is_that_of_finite_differences():
    images, upstream = noise(1, 5, 6, 1), noise(1, 4, 7, 1, seed=1)
    _, found = gradient(images, upstream, TURN, exact=True)
    numeric = np.zeros([5, 6])
    for y in range(5):
        for x in range(6):
            one = np.zeros([1, 5, 6, 1], np.float32)
            one[0, y, x] = 1.0
            change = warp(tf.constant(one), TURN, (4, 7), exact=True)
            numeric[y, x] = float(tf.reduce_sum(change * upstream))
    assert np.abs(numeric).max() > 0.1
    assert found.numpy()[0, :, :, 0] == pytest.approx(numeric, abs=1e-5)
