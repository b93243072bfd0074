"""The Fourier image: statistics at the start, any size, from an image, to an image."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param import FourierImage

KEYS = seeds.image_keys(0, 2)


def picture(height: int, width: int, channels: int) -> np.ndarray:
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    disc = np.where((x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.06, 0.8, 0.3)
    planes = [disc + 0.05 * np.sin(3 * (c + 1) * x + 2 * y + c) for c in range(channels)]
    return np.stack(planes, axis=-1)[None].astype(np.float32)


def test_statistics_at_the_start():
    param = FourierImage()
    variables = param.init(seeds.image_keys(5, 4), (224, 224))
    image = param.image(variables, (224, 224)).numpy()
    assert list(variables) == ["spectrum"] and variables["spectrum"].shape == [4, 4, 224, 113, 2]
    assert image[..., :3].mean() == pytest.approx(0.5, abs=0.003)
    assert image[..., :3].std() == pytest.approx(0.003, abs=0.001)
    assert image[..., 3].mean() == pytest.approx(0.4995, abs=0.004)
    assert image[..., 3].std() == pytest.approx(0.0046, abs=0.0012)
    raw = filters.from_spectrum(variables["spectrum"], filters.spectrum_scale(224, 224), 224)
    assert raw.numpy().std() == pytest.approx(0.0195, abs=0.0015)


@given(st.integers(1, 15), st.integers(1, 15), st.sampled_from([1, 3, 4]))
def test_every_size_is_exact_and_invertible(height, width, channels):
    param = FourierImage(channels)
    size = (height, width)
    image = param.image(param.init(KEYS, size), size)
    assert image.shape == [2, height, width, channels]
    wanted = np.random.default_rng(0).random([2, height, width, channels]).astype(np.float32)
    found = param.image(param.invert(tf.constant(wanted)), size).numpy()
    assert np.abs(found - wanted).max() <= 1.1e-4


@pytest.mark.parametrize("size", [(64, 64), (37, 50), (31, 51)])
@pytest.mark.parametrize("options", [{}, {"decay": 1.5, "alpha": 0.2, "alpha_decay": 2.0}])
def test_starting_from_an_image(size, options):
    param, wanted = FourierImage(**options), picture(*size, 4)
    found = param.image(param.invert(tf.constant(wanted)), size).numpy()
    assert np.abs(found - wanted).max() <= 1e-4
    # A decoded image, inverted, gives its spectrum again wherever a real image has a say in it.
    first = param.image(param.init(KEYS, size), size)
    again = param.image(param.invert(first), size)
    assert np.abs(again - first).max() < 1e-5


def test_the_matrix_and_the_sigmoid_by_hand():
    param = FourierImage(4, decay=1.0)
    spectrum = np.zeros([1, 4, 4, 3, 2], np.float32)
    spectrum[0, :, 0, 0, 0] = [0.1, -0.2, 0.3, 0.4]
    raw = np.array([0.1, -0.2, 0.3, 0.4]) * (4 / 4 * 4) / 16  # scale sqrt(16) / 4 / (1 / 4)
    rgb = filters.COLOUR @ raw[:3]
    expected = 1 / (1 + np.exp(-np.append(rgb, raw[3])))
    image = param.image({"spectrum": tf.constant(spectrum)}, (4, 4)).numpy()
    assert image == pytest.approx(np.broadcast_to(expected, [1, 4, 4, 4]), abs=1e-6)
    plain = FourierImage(4, decorrelated=False).image({"spectrum": tf.constant(spectrum)}, (4, 4))
    assert plain.numpy()[0, 0, 0] == pytest.approx(1 / (1 + np.exp(-raw)), abs=1e-6)


@pytest.mark.parametrize("alpha", [0.05, 0.5, 0.9])
def test_alpha_starts_where_it_is_told(alpha):
    param = FourierImage(alpha=alpha)
    image = param.image(param.init(KEYS, (32, 48)), (32, 48)).numpy()
    assert image[..., 3].mean() == pytest.approx(alpha, abs=0.01)
    assert image[..., :3].mean() == pytest.approx(0.5, abs=0.01)


def test_alphas_own_decay_makes_it_smoother():
    def roughness(param):
        alpha = param.image(param.init(KEYS, (64, 64)), (64, 64)).numpy()[..., 3]
        return np.abs(np.diff(alpha, axis=1)).mean() / alpha.std()

    assert roughness(FourierImage(alpha_decay=1.8)) < 0.5 * roughness(FourierImage())


def test_the_gradient_is_right():
    param = FourierImage(alpha=0.3)
    spectrum = param.init(KEYS[:1], (5, 7))["spectrum"] * 20.0
    weight = tf.constant(np.random.default_rng(0).random([1, 5, 7, 4]).astype(np.float32))

    def total(values):
        return tf.reduce_sum(param.image({"spectrum": values}, (5, 7)) * weight)

    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        value = total(spectrum)
    gradient = tape.gradient(value, spectrum).numpy()
    for place in [(0, 0, 0, 0, 0), (0, 3, 1, 2, 0), (0, 1, 4, 3, 1), (0, 2, 2, 0, 1)]:
        bump = np.zeros(spectrum.shape, np.float32)
        bump[place] = 0.02
        slope = float(total(spectrum + bump) - total(spectrum - bump)) / 0.04
        assert gradient[place] == pytest.approx(slope, rel=0.02, abs=2e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"channels": 0},
        {"alpha": 0.0},
        {"alpha": 1.0},
        {"sd": -1.0},
        {"decay": float("nan")},
        {"colours": np.eye(2)},
        {"colours": np.ones([3, 3])},
    ],
)
def test_bad_settings_are_refused(options):
    with pytest.raises(BadValue):
        FourierImage(**options)


def test_bad_inputs_are_refused():
    with pytest.raises(BadValue, match="shape"):
        FourierImage(4).invert(tf.zeros([1, 4, 4, 3]))
    with pytest.raises(BadValue, match="spectrum"):
        FourierImage().image({"pixels": tf.zeros([1])}, (4, 4))


def test_a_slow_alpha_learns_less_from_the_same_step():
    keys = seeds.image_keys(0)
    for pace in (1.0, 0.25):
        param = FourierImage(alpha_pace=pace)
        variables = param.init(keys, (16, 16))
        moved = {name: v + 0.01 for name, v in variables.items()}
        change = param.image(moved, (16, 16)) - param.image(variables, (16, 16))
        change = np.abs(change).mean(axis=(0, 1, 2))
        if pace == 1.0:
            usual = change
    assert change[3] == pytest.approx(usual[3] / 4, rel=0.05)
    np.testing.assert_allclose(change[:3], usual[:3])


@pytest.mark.parametrize("pace", [0.0, -1.0, float("inf"), float("nan")])
def test_a_pace_of_alpha_that_cannot_be(pace):
    with pytest.raises(BadValue, match="alpha_pace"):
        FourierImage(alpha_pace=pace)


def test_it_starts_as_lucid_does():
    # Measured of Lucid: sd of logits and of pixels at 128 and 512 pixels.
    for side, logits, pixels in [(128, 0.0108, 0.0027), (512, 0.0123, 0.0031)]:
        param = FourierImage(3)
        variables = param.init(seeds.image_keys(1, 8), (side, side))
        assert param.logits(variables, (side, side)).numpy().std() == pytest.approx(logits, rel=0.1)
        assert param.image(variables, (side, side)).numpy().std() == pytest.approx(pixels, rel=0.1)
    for decay, spread in [(1.0, 0.0216), (0.85, 0.0136), (1.5, 0.257)]:
        param = FourierImage(3, decay=decay)
        variables = param.init(seeds.image_keys(1, 8), (512, 512))
        found = param.planes(variables, (512, 512)).numpy().std()
        assert found == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("size", [(16,), (15,), (8, 6), (7, 9), (4, 5, 6), (3, 4, 7)])
def test_without_decay_the_transform_is_unitary(size):
    # Parseval: the squares of a full spectrum and of its image add up to the same.
    param = FourierImage(2, decay=0.0, sd=1.0)
    variables = param.invert(tf.constant(picture_of(size)))
    parts = variables["spectrum"].numpy().astype(np.float64)
    whole = (parts**2).sum(axis=-1)
    twice = np.full(size[-1] // 2 + 1, 2.0)
    twice[0] = 1
    if size[-1] % 2 == 0:
        twice[-1] = 1
    logits = param.logits(variables, size).numpy().astype(np.float64)
    assert (whole * twice).sum() / 16 == pytest.approx((logits**2).sum(), rel=1e-5)


def picture_of(size):
    return np.random.default_rng(len(size)).uniform(0.05, 0.95, [1, *size, 2]).astype(np.float32)


@pytest.mark.parametrize("size", [(16,), (15,), (8, 6), (7, 9), (4, 5, 6), (3, 4, 7)])
def test_signals_images_and_volumes_are_numpys(size):
    param = FourierImage(2, sd=0.3)
    variables = param.init(KEYS, size)
    parts = variables["spectrum"].numpy().astype(np.float64)
    axes = np.meshgrid(*[np.fft.fftfreq(n) for n in size], indexing="ij")
    away = np.sqrt(sum(axis**2 for axis in axes))[..., : size[-1] // 2 + 1]
    scale = np.sqrt(np.prod(size)) / 4 / np.maximum(away, 1 / max(size))
    raw = np.fft.irfftn((parts[..., 0] + 1j * parts[..., 1]) * scale, size, range(2, 2 + len(size)))
    expected = 1 / (1 + np.exp(-np.moveaxis(raw, 1, -1)))
    np.testing.assert_allclose(param.image(variables, size), expected, atol=1e-5)


def test_a_line_is_an_image_one_pixel_high():
    param = FourierImage(3)
    line = param.init(KEYS, (11,))["spectrum"]
    flat = param.image({"spectrum": line[:, :, None]}, (1, 11))
    np.testing.assert_array_equal(param.image({"spectrum": line}, (11,)), flat[:, 0])


@pytest.mark.parametrize("size", [(4, 5, 6), (3, 4, 7)])
def test_the_gradient_of_a_volume_is_right(size):
    param = FourierImage(2, sd=0.3)
    spectrum = param.init(KEYS[:1], size)["spectrum"]
    weight = tf.constant(np.random.default_rng(0).random([1, *size, 2]).astype(np.float32))
    bump = tf.constant(np.random.default_rng(1).normal(size=spectrum.shape).astype(np.float32))

    def total(values):
        return tf.reduce_sum(param.image({"spectrum": values}, size) * weight)

    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        value = total(spectrum)
    slope = float(tf.reduce_sum(tape.gradient(value, spectrum) * bump))
    ends = [float(total(spectrum + way * bump)) for way in (0.01, -0.01)]
    assert slope == pytest.approx((ends[0] - ends[1]) / 0.02, rel=0.01)


@pytest.mark.parametrize(
    ("size", "to"),
    [
        ((8, 6), (16, 11)),
        ((7, 9), (12, 9)),
        ((16, 11), (8, 6)),
        ((9,), (20,)),
        ((4, 4, 4), (6, 5, 4)),
    ],
)
def test_another_size_keeps_the_low_frequencies(size, to):
    param = FourierImage(4, sd=0.3, alpha_decay=1.5, alpha_pace=0.3)
    variables = param.init(KEYS, size)
    resized = param.resized(variables, size, to)
    axes = range(2, 2 + len(size))
    before, after = (
        np.fft.fftn(param.planes(v, s).numpy(), axes=axes) / np.prod(s)
        for v, s in ((variables, size), (resized, to))
    )
    both = [(min(pair) - 1) // 2 for pair in zip(size, to, strict=True)]
    kept = np.ix_(range(2), range(4), *[range(-n, n + 1) for n in both])
    np.testing.assert_allclose(after[kept], before[kept], atol=1e-5)
    if all(n > o for n, o in zip(to, size, strict=True)):
        back = param.resized(resized, to, size)
        images = [param.image(v, size) for v in (variables, back)]
        np.testing.assert_allclose(images[1], images[0], atol=1e-5)
    # What is at the top left stays there: the pixels are those of one continuous image.
    if to == (16, 11) and size == (8, 6):
        np.testing.assert_allclose(
            param.planes(resized, to)[:, :, ::2, 0],
            param.planes(variables, size)[..., 0],
            atol=1e-4,
        )


def test_a_size_of_other_dimensions_is_refused():
    param = FourierImage()
    with pytest.raises(BadValue, match="2 sides"):
        param.resized(param.init(KEYS, (4, 4)), (4, 4), (4,))


def test_alpha_is_where_it_is_said():
    assert [FourierImage(n).transparent for n in (1, 2, 3, 4, 5)] == [False] * 3 + [True, False]
    assert not FourierImage(4, with_alpha=False).transparent
    spectral = FourierImage(4, with_alpha=False, alpha=0.1)
    assert spectral.image(spectral.init(KEYS, (8, 8)), (8, 8)).numpy().mean() == pytest.approx(
        0.5, abs=0.01
    )
    slow = FourierImage(4, with_alpha=False, alpha_pace=0.1, alpha_decay=3.0)
    same = [p.image(p.init(KEYS, (8, 8)), (8, 8)) for p in (slow, spectral)]
    np.testing.assert_array_equal(*same)
    two = FourierImage(2, with_alpha=True, alpha=0.1)
    means = two.image(two.init(KEYS, (8, 8)), (8, 8)).numpy().mean(axis=(0, 1, 2))
    assert means == pytest.approx([0.5, 0.1], abs=0.01)


def test_ten_channels_and_colours_of_ones_own():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=[10, 10])
    param = FourierImage(10, colours=matrix)
    variables = param.init(KEYS, (6, 5))
    expected = np.moveaxis(param.planes(variables, (6, 5)).numpy(), 1, -1) @ matrix.T
    np.testing.assert_allclose(param.logits(variables, (6, 5)), expected, atol=1e-5)
    assert param == FourierImage(10, colours=matrix.copy()) != FourierImage(10)
    plain = FourierImage(10, colours=matrix, decorrelated=False)
    np.testing.assert_allclose(
        plain.logits(variables, (6, 5)),
        np.moveaxis(plain.planes(variables, (6, 5)).numpy(), 1, -1),
        atol=1e-6,
    )
