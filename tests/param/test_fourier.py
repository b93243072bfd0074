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
    variables = param.init(seeds.image_keys(5, 4), 224, 224)
    image = param.image(variables).numpy()
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
    image = param.image(param.init(KEYS, height, width))
    assert image.shape == [2, height, width, channels]
    wanted = np.random.default_rng(0).random([2, height, width, channels]).astype(np.float32)
    found = param.image(param.invert(tf.constant(wanted))).numpy()
    assert np.abs(found - wanted).max() <= 1.1e-4


@pytest.mark.parametrize("size", [(64, 64), (37, 50), (31, 51)])
@pytest.mark.parametrize("options", [{}, {"decay": 1.5, "alpha": 0.2, "alpha_decay": 2.0}])
def test_starting_from_an_image(size, options):
    param, wanted = FourierImage(**options), picture(*size, 4)
    found = param.image(param.invert(tf.constant(wanted))).numpy()
    assert np.abs(found - wanted).max() <= 1e-4
    # A decoded image, inverted, gives its spectrum again wherever a real image has a say in it.
    first = param.image(param.init(KEYS, *size))
    again = param.image(param.invert(first))
    assert np.abs(again - first).max() < 1e-5


def test_the_matrix_and_the_sigmoid_by_hand():
    param = FourierImage(4, decay=1.0)
    spectrum = np.zeros([1, 4, 4, 3, 2], np.float32)
    spectrum[0, :, 0, 0, 0] = [0.1, -0.2, 0.3, 0.4]
    raw = np.array([0.1, -0.2, 0.3, 0.4]) * (4 / 4 * 4) / 16  # scale sqrt(16) / 4 / (1 / 4)
    rgb = filters.COLOUR @ raw[:3]
    expected = 1 / (1 + np.exp(-np.append(rgb, raw[3])))
    image = param.image({"spectrum": tf.constant(spectrum)}).numpy()
    assert image == pytest.approx(np.broadcast_to(expected, [1, 4, 4, 4]), abs=1e-6)
    plain = FourierImage(4, decorrelated=False).image({"spectrum": tf.constant(spectrum)})
    assert plain.numpy()[0, 0, 0] == pytest.approx(1 / (1 + np.exp(-raw)), abs=1e-6)


@pytest.mark.parametrize("alpha", [0.05, 0.5, 0.9])
def test_alpha_starts_where_it_is_told(alpha):
    param = FourierImage(alpha=alpha)
    image = param.image(param.init(KEYS, 32, 48)).numpy()
    assert image[..., 3].mean() == pytest.approx(alpha, abs=0.01)
    assert image[..., :3].mean() == pytest.approx(0.5, abs=0.01)


def test_alphas_own_decay_makes_it_smoother():
    def roughness(param):
        alpha = param.image(param.init(KEYS, 64, 64)).numpy()[..., 3]
        return np.abs(np.diff(alpha, axis=1)).mean() / alpha.std()

    assert roughness(FourierImage(alpha_decay=1.8)) < 0.5 * roughness(FourierImage())


def test_images_of_a_batch_are_their_own():
    param = FourierImage()
    whole = param.init(seeds.image_keys([3, 8, 5, 2]), 30, 21)
    for row, seed in enumerate((3, 8, 5, 2)):
        alone = param.init(seeds.image_keys(seed), 30, 21)
        assert np.array_equal(whole["spectrum_odd"][row], alone["spectrum_odd"][0])
        # One unit in the last place may go to how many pixels a sigmoid computes at once.
        difference = param.image(whole)[row] - param.image(alone)[0]
        assert np.abs(difference).max() <= 1.2e-7


@pytest.mark.parametrize("size", [(24, 32), (17, 23)])
def test_it_fits_an_image(size):
    param, wanted = FourierImage(), tf.constant(picture(*size, 4))
    variables = {name: tf.Variable(v) for name, v in param.init(KEYS[:1], *size).items()}
    optimiser = tf.keras.optimizers.Adam(0.05)
    listed = list(variables.values())
    optimiser.build(listed)

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((param.image(variables) - wanted) ** 2)
        optimiser.apply_gradients(zip(tape.gradient(loss, listed), listed, strict=True))

    for _ in range(400):
        step()
    assert np.abs(param.image(variables) - wanted).mean() < 0.01


def test_the_gradient_is_right():
    param = FourierImage(alpha=0.3)
    spectrum = param.init(KEYS[:1], 5, 7)["spectrum_odd"] * 20.0
    weight = tf.constant(np.random.default_rng(0).random([1, 5, 7, 4]).astype(np.float32))

    def total(values):
        return tf.reduce_sum(param.image({"spectrum_odd": values}) * weight)

    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        value = total(spectrum)
    gradient = tape.gradient(value, spectrum).numpy()
    for place in [(0, 0, 0, 0, 0), (0, 3, 1, 2, 0), (0, 1, 4, 3, 1), (0, 2, 2, 0, 1)]:
        bump = np.zeros(spectrum.shape, np.float32)
        bump[place] = 0.02
        slope = float(total(spectrum + bump) - total(spectrum - bump)) / 0.04
        assert gradient[place] == pytest.approx(slope, rel=0.02, abs=2e-3)


@pytest.mark.parametrize("options", [{"channels": 2}, {"alpha": 0.0}, {"alpha": 1.0}, {"sd": -1.0}])
def test_bad_settings_are_refused(options):
    with pytest.raises(BadValue):
        FourierImage(**options)


def test_bad_inputs_are_refused():
    with pytest.raises(BadValue, match="shape"):
        FourierImage(4).invert(tf.zeros([1, 4, 4, 3]))
    with pytest.raises(BadValue, match="spectrum"):
        FourierImage().image({"pixels": tf.zeros([1])})


def test_a_slow_alpha_learns_less_from_the_same_step():
    keys = seeds.image_keys(0)
    for pace in (1.0, 0.25):
        param = FourierImage(alpha_pace=pace)
        variables = param.init(keys, 16, 16)
        moved = {name: v + 0.01 for name, v in variables.items()}
        change = np.abs(param.image(moved) - param.image(variables)).mean(axis=(0, 1, 2))
        if pace == 1.0:
            usual = change
    assert change[3] == pytest.approx(usual[3] / 4, rel=0.05)
    np.testing.assert_allclose(change[:3], usual[:3])


@pytest.mark.parametrize("pace", [0.0, -1.0, float("inf"), float("nan")])
def test_a_pace_of_alpha_that_cannot_be(pace):
    with pytest.raises(BadValue, match="alpha_pace"):
        FourierImage(alpha_pace=pace)
