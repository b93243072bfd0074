"""Colours, noise and blur: against NumPy and SciPy, with and without alpha."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import Blur, ColourJitter, GaussianNoise, UniformNoise
from attrvis.transforms.colour import LUMA

KEY = seeds.image_keys(0)


def colours(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape).astype(np.float32)


def premultiplied(*shape: int) -> np.ndarray:
    rgba = colours(*shape, 4)
    rgba[..., 3] = np.where(rgba[..., 3] < 0.3, 0.0, rgba[..., 3])
    rgba[..., :3] *= rgba[..., 3:]
    return rgba


def straight(rgba: np.ndarray) -> np.ndarray:
    return rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-9)


@pytest.mark.parametrize(
    ("transform", "sd", "kurtosis"),
    [(GaussianNoise(0.2), 0.2, 3.0), (UniformNoise(0.6), 0.6 / 12**0.5, 1.8)],
)
def test_noise_has_its_distribution(transform, sd, kurtosis):
    noise = (transform(tf.fill([1, 60, 80, 3], 0.5), KEY, 2) - 0.5).numpy().ravel()
    assert noise.mean() == pytest.approx(0, abs=4 * sd / len(noise) ** 0.5)
    assert noise.std() == pytest.approx(sd, rel=0.02)
    assert (noise**4).mean() / sd**4 == pytest.approx(kurtosis, rel=0.08)


def test_uniform_noise_stays_in_its_range():
    noise = UniformNoise(0.6)(tf.zeros([1, 60, 80, 1]), KEY).numpy()
    assert -0.3 <= noise.min() < -0.299 and 0.299 < noise.max() < 0.3


@pytest.mark.parametrize("transform", [GaussianNoise(0.2), UniformNoise(0.6)])
def test_noise_is_weighed_by_alpha_and_leaves_it(transform):
    rgba = premultiplied(1, 20, 20)
    found = transform(tf.constant(rgba), KEY).numpy()
    opaque = transform(tf.zeros([1, 20, 20, 3]), KEY).numpy()
    assert np.array_equal(found[..., 3], rgba[..., 3])
    assert found[..., :3] - rgba[..., :3] == pytest.approx(opaque * rgba[..., 3:], abs=1e-6)
    assert not found[..., :3][rgba[..., 3] == 0].any()


def test_who_says_what_alpha_is_is_heard():
    images = tf.zeros([1, 8, 8, 4])
    assert not GaussianNoise(1.0)(images, KEY).numpy().any()
    assert GaussianNoise(1.0, alpha=False)(images, KEY).numpy().std() > 0.8
    five = GaussianNoise(1.0, alpha=True)(tf.ones([1, 8, 8, 5]), KEY).numpy()
    assert five[..., :4].std() > 0.8 and (five[..., 4] == 1).all()
    chain = GaussianNoise(1.0) | GaussianNoise(1.0, alpha=True) | Blur(0.0, 0.0)
    told = chain.with_alpha(False)
    assert [step.alpha for step in told.steps[:2]] == [False, True]
    assert told.steps[2] == Blur(0.0, 0.0) and told(images, KEY).numpy().std() > 0.8
    with pytest.raises(BadValue, match="no alpha"):
        GaussianNoise(1.0, alpha=True)(tf.ones([1, 8, 8, 1]), KEY)


def jittered(image: np.ndarray, draws: np.ndarray, jitter: ColourJitter) -> np.ndarray:
    """Change straight colours [h, w, 3] of equal weight, step by step as the words say."""
    image = image.astype(np.float64) * (1 + jitter.brightness * draws[0])
    mean = (image @ LUMA).mean()
    image = mean + (1 + jitter.contrast * draws[1]) * (image - mean)
    grey = (image @ LUMA)[..., None]
    return grey + (1 + jitter.saturation * draws[2]) * (image - grey)


def test_brightness_contrast_and_saturation_are_numpys():
    jitter, image = ColourJitter(0.5, 0.6, 0.7), colours(1, 9, 7, 3)
    own = seeds.uniform(seeds.stream(KEY, "ColourJitter", 4), [4])
    draws = 2 * own.numpy()[0] - 1
    assert np.abs(draws[:3]).min() > 0.05
    found = jitter(tf.constant(image), KEY, 4).numpy()[0]
    assert found == pytest.approx(jittered(image[0], draws, jitter), abs=1e-5)


def test_colours_with_alpha_change_as_those_without():
    jitter, rgba = ColourJitter(0.5, 0.0, 0.7, 0.2), premultiplied(1, 9, 7)
    found = jitter(tf.constant(rgba), KEY).numpy()
    plain = jitter(tf.constant(straight(rgba)), KEY).numpy()
    assert np.array_equal(found[..., 3], rgba[..., 3])
    assert found[..., :3] == pytest.approx(plain * rgba[..., 3:], abs=1e-5)


def test_contrast_is_about_the_mean_of_what_is_seen():
    rgba = np.zeros([1, 4, 4, 4], np.float32)
    rgba[0, :2] = [0.2, 0.2, 0.2, 1.0]
    rgba[0, 2] = [0.4, 0.4, 0.4, 0.5]  # a straight colour of 0.8
    contrast = ColourJitter(0.0, 1.0)
    factor = 2 * float(seeds.uniform(seeds.stream(KEY, "ColourJitter"), [4])[0, 1])
    found = contrast(tf.constant(rgba), KEY).numpy()
    assert found[0, 0, 0, 0] == pytest.approx(0.32 + factor * (0.2 - 0.32), abs=1e-6)
    assert found[0, 2, 0, 0] == pytest.approx(0.5 * (0.32 + factor * (0.8 - 0.32)), abs=1e-6)
    assert not found[0, 3].any()
    assert not np.isnan(contrast(tf.zeros([1, 2, 2, 4]), KEY).numpy()).any()


def test_hue_turns_colours_and_keeps_their_brightness():
    image = colours(1, 6, 6, 3)
    found = ColourJitter(0.0, 0.0, 0.0, 0.5)(tf.constant(image), KEY, 1).numpy()
    angle = np.pi * (2 * float(seeds.uniform(seeds.stream(KEY, "ColourJitter", 1), [4])[0, 3]) - 1)
    assert abs(angle) > 0.1
    assert found @ LUMA == pytest.approx(image @ LUMA, abs=2e-3)
    for before, after in zip(image[0, 0], found[0, 0], strict=True):
        _, *old = colorsys.rgb_to_yiq(*before)
        _, *new = colorsys.rgb_to_yiq(*after)
        assert complex(*new) == pytest.approx(complex(*old) * np.exp(1j * angle), abs=5e-3)


def test_factors_are_uniform_about_one():
    keys = seeds.image_keys(0, 300)
    found = ColourJitter(0.4, 0.0)(tf.ones([300, 1, 1, 1]), keys).numpy().ravel()
    assert 0.6 <= found.min() < 0.62 and 1.38 < found.max() <= 1.4
    assert found.mean() == pytest.approx(1, abs=0.03)
    assert found.std() == pytest.approx(0.8 / 12**0.5, rel=0.06)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels_has_contrast_but_no_hue(channels):
    images = tf.constant(colours(1, 5, 5, channels))
    assert ColourJitter()(images, KEY).shape == images.shape
    for jitter in (ColourJitter(saturation=0.1), ColourJitter(hue=0.1)):
        with pytest.raises(BadValue, match="no saturation or hue"):
            jitter(images, KEY)


@pytest.mark.parametrize("sigma", [0.7, 2.0, 6.0])
@pytest.mark.parametrize("shape", [(20, 31), (5, 9), (1, 4)])
def test_blur_is_scipys(sigma, shape):
    image = colours(1, *shape, 4)
    found = Blur(sigma, sigma)(tf.constant(image), KEY).numpy()[0]
    reach = int(np.ceil(3 * sigma))
    expected = ndimage.gaussian_filter(
        image[0].astype(np.float64), (sigma, sigma, 0), mode="mirror", radius=(reach, reach, 0)
    )
    assert found == pytest.approx(expected, abs=1e-5)


def test_each_image_has_its_own_blur():
    dots = np.zeros([40, 31, 31, 1], np.float32)
    dots[:, 15, 15] = 1
    found = Blur(1.0, 3.0)(tf.constant(dots), seeds.image_keys(0, 40)).numpy()
    offsets = np.arange(31) - 15
    widths = np.sqrt((found.sum(axis=(1, 3)) * offsets**2).sum(axis=1))
    assert 0.95 < widths.min() < 1.25 and 2.6 < widths.max() < 3.0
    assert widths.mean() == pytest.approx(2, abs=0.25)


def test_no_blur_changes_nothing():
    image = tf.constant(colours(1, 9, 9, 3))
    assert Blur(0.0, 0.0)(image, KEY).numpy() == pytest.approx(image.numpy(), abs=1e-7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: GaussianNoise(-0.1),
        lambda: GaussianNoise(float("nan")),
        lambda: UniformNoise(-1),
        lambda: ColourJitter(brightness=1.5),
        lambda: ColourJitter(contrast=-0.1),
        lambda: ColourJitter(hue=0.6),
        lambda: Blur(-1.0, 1.0),
        lambda: Blur(2.0, 1.0),
        lambda: Blur("wide"),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()
