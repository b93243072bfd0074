"""Blur against scipy, spectra against numpy, fractal noise against its known statistics."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from attrvis import filters, seeds
from attrvis.errors import BadValue

SIZES = st.tuples(st.integers(1, 17), st.integers(1, 17))


def field(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("size", [(32, 32), (17, 40), (9, 8)])
@pytest.mark.parametrize("sigma", [0.7, 2.0, 2.5])
def test_blur_is_scipys_with_mirrored_borders(size, sigma):
    image = field(1, *size, 2)
    expected = ndimage.gaussian_filter(
        image, (0, sigma, sigma, 0), mode="mirror", radius=int(np.ceil(3 * sigma))
    )
    assert filters.blur(tf.constant(image), sigma).numpy() == pytest.approx(expected, abs=2e-6)


@given(SIZES, st.floats(0, 30))
def test_blur_keeps_constants_and_reflections(size, sigma):
    image = field(1, *size, 2)
    constant = filters.blur(tf.fill([1, *size, 3], 0.3), sigma)
    assert constant.numpy() == pytest.approx(np.full([1, *size, 3], 0.3), abs=1e-5)
    blurred = filters.blur(tf.constant(image), sigma).numpy()
    turned = filters.blur(tf.constant(image[:, ::-1, ::-1]), sigma).numpy()
    assert turned[:, ::-1, ::-1] == pytest.approx(blurred, abs=1e-5)
    assert np.abs(blurred).max() <= np.abs(image).max() + 1e-5


def test_blur_shifts_nothing_and_spreads_by_its_sigma():
    point = np.zeros([1, 101, 101, 1], np.float32)
    point[0, 50, 50] = 1
    blurred = filters.blur(tf.constant(point), 6.0).numpy()[0, :, :, 0]
    rows = np.arange(101)
    weights = blurred.sum(axis=1)
    assert np.unravel_index(blurred.argmax(), blurred.shape) == (50, 50)
    assert (rows * weights).sum() == pytest.approx(50, abs=1e-3)
    assert np.sqrt(((rows - 50) ** 2 * weights).sum()) == pytest.approx(6.0, rel=0.02)


def test_blur_has_the_right_gradient_and_leaves_sigma_0_alone():
    image, upstream = tf.constant(field(1, 7, 5, 3)), tf.constant(field(1, 7, 5, 3, seed=1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        total = tf.reduce_sum(filters.blur(image, 1.5) * upstream)
    found = tf.reduce_sum(tape.gradient(total, image) * image)
    assert float(found) == pytest.approx(float(total), rel=1e-4)
    assert filters.blur(image, 0) is image


@pytest.mark.parametrize("sigma", [0.0, 0.01, 1.0, 3.3])
def test_kernels_are_odd_and_sum_to_1(sigma):
    kernel = filters.gaussian_kernel(sigma)
    assert len(kernel) % 2 == 1 and np.array_equal(kernel, kernel[::-1])
    assert kernel.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("sigma", [-1.0, float("nan"), float("inf")])
def test_impossible_blurs_are_refused(sigma):
    with pytest.raises(BadValue, match="sigma"):
        filters.gaussian_kernel(sigma)


@given(SIZES)
def test_spectra_follow_numpy_at_any_size(size):
    height, width = size
    image = field(2, 3, height, width)
    found = np.fft.rfft2(image)
    spectrum = np.stack([found.real, found.imag], axis=-1).astype(np.float32)
    ones = np.ones([height, width // 2 + 1], np.float32)
    back = filters.from_spectrum(tf.constant(spectrum), ones, width).numpy()
    assert back.shape == (2, 3, height, width)
    assert back == pytest.approx(image, abs=1e-5)
    twice = np.full(width // 2 + 1, 2.0)
    twice[[0] + ([width // 2] if width % 2 == 0 else [])] = 1
    energy = (np.abs(found) ** 2 * twice).sum() / (height * width)
    assert (back.astype(np.float64) ** 2).sum() == pytest.approx(energy, rel=1e-4)


@given(SIZES)
def test_the_spectrums_gradient_is_its_adjoint(size):
    height, width = size
    scale = filters.spectrum_scale(height, width, 1.3)
    spectrum = tf.constant(field(2, 3, height, width // 2 + 1, 2))
    upstream = field(2, 3, height, width, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        image = filters.from_spectrum(spectrum, scale, width)
    gradient = tape.gradient(image, spectrum, output_gradients=tf.constant(upstream))
    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        plain = tf.signal.irfft2d(
            tf.complex(spectrum[..., 0] * scale, spectrum[..., 1] * scale), [height, width]
        )
    assert image.numpy() == pytest.approx(plain.numpy(), abs=1e-4)
    assert (upstream * image).numpy().sum() == pytest.approx(
        float(tf.reduce_sum(spectrum * gradient)), rel=1e-3, abs=1e-3
    )


def test_the_scale_is_the_inverse_frequency():
    scale = filters.spectrum_scale(224, 224, 1.0)
    assert scale.shape == (224, 113)
    assert scale[0, 0] == pytest.approx(224 * 224 / 4)
    assert scale[0, 1] == scale[0, 0] == scale[1, 0]
    assert scale[0, 112] == pytest.approx(224 / 4 / 0.5)
    assert scale[3, 4] == pytest.approx(224 / 4 / (5 / 224), rel=1e-6)
    assert np.array_equal(filters.spectrum_scale(8, 8, 0.0), np.full([8, 5], 2.0, np.float32))
    assert filters.spectrum_scale(6, 9)[0, 0] == pytest.approx(54**0.5 / 4 * 9)


@pytest.mark.parametrize("size", [(0, 4), (4, 0)])
def test_empty_images_are_refused(size):
    with pytest.raises(BadValue, match="empty"):
        filters.spectrum_scale(*size)


@pytest.mark.parametrize(
    ("sd", "decay", "spread"),
    [
        (0.2, 1.5, 0.29),
        (0.19, 1.4, 0.22),
        (0.18, 1.3, 0.15),
        (0.17, 1.2, 0.10),
        (0.16, 1.1, 0.065),
        (0.15, 1.0, 0.045),
        (0.19, 1.5, 0.29),
        (0.2, 1.0, 0.06),
    ],
)
def test_fractal_noise_has_its_known_statistics(sd, decay, spread):
    noise = filters.fractal(seeds.image_keys(0, 8), 224, 224, sd, decay).numpy()
    assert noise.min() >= 0 and noise.max() <= 1
    assert noise.mean() == pytest.approx(0.5, abs=0.3 * spread)
    assert noise.std() == pytest.approx(spread, rel=0.06)


def test_fractal_noise_is_rich_at_all_scales_and_periodic():
    noise = filters.fractal(seeds.image_keys(3, 4), 128, 128, 0.15, 1.0).numpy()[..., 0]
    power = (np.abs(np.fft.fft2(noise)) ** 2).mean(axis=0)
    low, high = power[0, 4:8].mean(), power[0, 16:32].mean()
    assert np.log2(low / high) / 2 == pytest.approx(2.0, abs=0.5)  # power falls with 1 / f**2
    seam = np.abs(noise[:, 0] - noise[:, -1]).mean()
    assert seam == pytest.approx(np.abs(noise[:, 64] - noise[:, 63]).mean(), rel=0.35)


def test_fractal_noise_of_an_image_is_its_own():
    whole = filters.fractal(seeds.image_keys([4, 9]), 33, 17).numpy()
    alone = filters.fractal(seeds.image_keys(9), 33, 17).numpy()
    assert np.array_equal(whole[1], alone[0])
    assert filters.fractal(seeds.image_keys(9), 6, 7, channels=1).shape == [1, 6, 7, 1]


def test_decorrelated_noise_has_the_colours_of_photos():
    keys = seeds.image_keys(0, 6)
    coloured = filters.fractal(keys, 64, 64, 0.1, 1.2).numpy().reshape(-1, 3)
    plain = filters.fractal(keys, 64, 64, 0.1, 1.2, decorrelated=False).numpy().reshape(-1, 3)
    assert np.corrcoef(coloured.T)[0, 2] > 0.5 > abs(np.corrcoef(plain.T)[0, 2]) + 0.1


def test_the_colours_are_lucids():
    expected = [[0.5628, 0.1948, 0.0433], [0.5845, 0, -0.1082], [0.5845, -0.1948, 0.0649]]
    assert pytest.approx(np.array(expected), abs=5e-5) == filters.COLOUR


@pytest.mark.parametrize("size", [(1, 1), (5, 4), (3, 7)])
@pytest.mark.parametrize("batch", [1, 3])
def test_planes_are_mixed_like_any_other_image(batch, size):
    planes, matrix = field(batch, 4, *size), field(4, 3, seed=1)
    mixed = filters.mix_planes(tf.constant(planes), matrix).numpy()
    assert mixed == pytest.approx(np.einsum("bnhw,nm->bhwm", planes, matrix), abs=1e-5)
