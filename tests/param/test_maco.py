"""Only phases are free: magnitudes stay, whatever the variables are."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param import MaCoImage, spectrum_of
from attrvis.param.maco import PLANES

KEYS = seeds.image_keys(2, 2)


def magnitudes(param, variables, size):
    """Give the magnitudes of the columns that a real image fills once, over the first."""
    found = np.abs(np.fft.rfft2(param.planes(variables, size).numpy()))[..., 1 : (size[1] + 1) // 2]
    return found / found[:, :1, :1, :1]


@pytest.mark.parametrize("size", [(24, 16), (15, 21)])
def test_magnitudes_are_fixed(size):
    param = MaCoImage(decay=1.3)
    variables = param.init(KEYS, size)
    away = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1]))
    expected = np.maximum(away, 1 / max(size))[:, 1 : (size[1] + 1) // 2] ** -1.3
    expected = np.array(PLANES)[:, None, None] * expected / expected[0, 0]
    for factor in (1.0, 7.0):
        moved = {"phase": factor * variables["phase"] ** 3}
        for one in magnitudes(param, moved, size):
            np.testing.assert_allclose(one, expected, rtol=1e-3)


def test_phases_and_planes_are_standardised():
    param, size = MaCoImage(), (16, 12)
    variables = param.init(KEYS, size)
    planes = param.planes(variables, size).numpy()
    assert planes.mean(axis=(1, 2, 3)) == pytest.approx(0, abs=1e-5)
    assert planes.std(axis=(1, 2, 3)) == pytest.approx(1, abs=1e-3)
    # So a phase's mean and scale mean nothing.
    same = param.planes({"phase": 3.0 * variables["phase"] - 2.0}, size)
    np.testing.assert_allclose(same, planes, atol=1e-3)
    logits = np.moveaxis(planes, 1, -1) @ filters.COLOUR.T
    np.testing.assert_allclose(param.image(variables, size), 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_by_hand():
    size = (6, 5)
    drawn = np.random.default_rng(0).normal(size=[1, 1, 6, 3])
    r = np.random.default_rng(1).random([1, 6, 3])
    phase = (drawn - drawn.mean()) / drawn.std()
    x = np.fft.irfft2(r * np.exp(1j * phase), size)
    x = (x - x.mean()) / x.std()
    found = MaCoImage(1, magnitude=r).planes({"phase": tf.constant(drawn, tf.float32)}, size)
    np.testing.assert_allclose(found, x, atol=1e-3)


def test_magnitudes_are_estimated():
    images = np.random.default_rng(0).random([5, 8, 6, 3])
    planes = images @ np.linalg.inv(filters.COLOUR).T
    expected = np.abs(np.fft.rfft2(planes, axes=(1, 2))).mean(axis=0)
    np.testing.assert_allclose(
        spectrum_of(images), np.moveaxis(expected, -1, 0), rtol=1e-4, atol=1e-4
    )
    grey = spectrum_of(images[..., :1])
    np.testing.assert_allclose(
        grey[0], np.abs(np.fft.rfft2(images[..., 0])).mean(axis=0), rtol=1e-5
    )
    param = MaCoImage(magnitude=spectrum_of(images))
    variables = param.init(KEYS, (8, 6))
    estimated = spectrum_of(images)[:, :, 1:3]
    for one in magnitudes(param, variables, (8, 6)):
        np.testing.assert_allclose(one, estimated / estimated[0, 0, 0], rtol=1e-3)
    assert spectrum_of(np.ones([1, 9, 2])).shape == (2, 5)
    assert spectrum_of(np.ones([1, 4, 4, 4, 1])).shape == (1, 4, 4, 3)


def test_magnitudes_of_another_size_are_those_of_the_same_frequency():
    law = MaCoImage(1, decay=1.0)
    given = MaCoImage(1, magnitude=law._magnitude((64, 64)))
    for size in [(64, 64), (32, 48), (96, 80)]:
        found, expected = given._magnitude(size)[0], law._magnitude(size)[0]
        away = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1]))
        inner = (away > 0.06) & (away < 0.45)
        ratio = found[inner] / expected[inner]
        np.testing.assert_allclose(ratio, np.median(ratio), rtol=0.06)
    exact = given._magnitude((64, 64))
    np.testing.assert_allclose(exact, law._magnitude((64, 64)), rtol=1e-6)


def test_another_size_keeps_the_phases():
    param, size, to = MaCoImage(), (16, 12), (32, 24)
    variables = param.init(KEYS, size)
    resized = param.resized(variables, size, to)
    rows = np.array([0, 1, 2, 3, -1, -2, -3])
    found = [
        np.fft.rfft2(param.planes(v, s).numpy())[:, :, rows, 1:5]
        for v, s in ((variables, size), (resized, to))
    ]
    turn = np.abs(np.angle(found[1] / found[0]))
    assert turn.mean() < 0.15
    back = param.resized(resized, to, size)
    assert np.corrcoef(
        param.image(back, size).numpy().ravel(), param.image(variables, size).numpy().ravel()
    )[0, 1] > 0.8  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: MaCoImage(decay=float("nan")),
        lambda: MaCoImage(3, magnitude=np.ones([1, 4, 3])),
        lambda: MaCoImage(1, magnitude=-np.ones([1, 4, 3])),
        lambda: MaCoImage(1, magnitude=np.zeros([1, 4, 3])),
        lambda: MaCoImage(1, magnitude=np.ones([1, 4, 3])).image(
            {"phase": tf.zeros([1, 1, 3])}, (4,)
        ),
        lambda: spectrum_of(np.ones([4, 4])),
        lambda: spectrum_of(np.full([1, 4, 4, 3], np.nan)),
    ],
)
def test_bad_settings_are_refused(make):
    with pytest.raises(BadValue):
        make()
