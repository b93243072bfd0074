"""What starts at a photo: accentuation, balls, and any other that can be inverted."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.param import (
    CPPN,
    Accentuation,
    FourierImage,
    L2Ball,
    LInfBall,
    MaCoImage,
    Mask,
    Stacked,
    StartFrom,
)
from attrvis.param.resampling import resize
from tests.param.fitting import picture

KEYS = seeds.image_keys(0, 2)
SIZE = (8, 6)
PHOTO = picture(SIZE, 3)


def gradient(param, variables, weight):
    with tf.GradientTape() as tape:
        tape.watch(variables)
        total = tf.reduce_sum(param.image(variables, SIZE) * weight)
    return tape.gradient(total, variables)


@pytest.mark.parametrize(
    "make",
    [Accentuation, lambda p: StartFrom(FourierImage(3), p), L2Ball, LInfBall],
    ids=["accentuation", "start_from", "l2_ball", "linf_ball"],
)
def test_the_first_image_is_the_photo(make):
    param = make(PHOTO)
    np.testing.assert_allclose(
        param.image(param.init(KEYS, SIZE), SIZE), np.tile(PHOTO, [2, 1, 1, 1]), atol=1e-5
    )
    small = param.image(param.init(KEYS[:1], (4, 3)), (4, 3))
    np.testing.assert_allclose(small, resize(tf.constant(PHOTO), (4, 3)), atol=1e-5)
    two = np.concatenate([PHOTO, 1 - PHOTO])
    both = make(two)
    np.testing.assert_allclose(both.image(both.init(KEYS, SIZE), SIZE), two, atol=1e-5)
    with pytest.raises(BadValue, match="2 photos for 3 images"):
        both.init(seeds.image_keys(0, 3), SIZE)
    for bad in (PHOTO[0, 0], PHOTO * 2, PHOTO * np.nan, "photo", PHOTO[:0]):
        with pytest.raises(BadValue, match="images"):
            make(bad)


def test_what_only_starts_at_a_photo_decodes_alike():
    other = 1 - PHOTO
    for make in (Accentuation, lambda p: StartFrom(FourierImage(3), p),
                 lambda p: Stacked((StartFrom(Accentuation(), p), Mask()))):  # fmt: skip
        assert make(PHOTO) == make(PHOTO.copy()) != make(other)
        assert make(PHOTO).decoder == make(other).decoder
        assert hash(make(PHOTO).decoder) == hash(make(other).decoder)
    assert L2Ball(PHOTO).decoder != L2Ball(other).decoder


@pytest.mark.parametrize("param", [MaCoImage(), CPPN()])
def test_not_everything_can_start_at_a_photo(param):
    with pytest.raises(BadValue, match="cannot start from an image"):
        StartFrom(param, PHOTO).init(KEYS, SIZE)


def test_a_photo_of_other_channels_is_refused():
    for make in (lambda: StartFrom(FourierImage(4), PHOTO), lambda: Accentuation(PHOTO[..., :1])):
        with pytest.raises(BadValue, match=r"channels|shape"):
            make()
    assert Accentuation(PHOTO[..., :1], channels=1).channels == 1


def test_accentuation_weighs_the_gradient_alone():
    weight = tf.constant(np.random.default_rng(0).normal(size=PHOTO.shape).astype(np.float32))
    plain, weighed = Accentuation(PHOTO, 0.0), Accentuation(PHOTO, 1.5)
    variables = weighed.init(KEYS[:1], SIZE)
    np.testing.assert_array_equal(plain.image(variables, SIZE), weighed.image(variables, SIZE))
    away = np.hypot(np.fft.fftfreq(8)[:, None], np.fft.rfftfreq(6))
    scale = np.maximum(away, 1 / 8) ** -1.5
    np.testing.assert_allclose(
        gradient(weighed, variables, weight)["spectrum"],
        gradient(plain, variables, weight)["spectrum"] * scale[..., None].astype(np.float32),
        rtol=1e-4,
        atol=1e-6,
    )


def test_accentuations_transform_is_unitary():
    variables = Accentuation(PHOTO).init(KEYS[:1], SIZE)
    power = (variables["spectrum"].numpy().astype(np.float64) ** 2).sum(axis=-1)
    planes = Accentuation().planes(variables, SIZE).numpy().astype(np.float64)
    whole = power.sum() * 2 - power[..., 0].sum() - power[..., -1].sum()
    assert whole == pytest.approx((planes**2).sum(), rel=1e-5)


def test_changes_stay_in_their_ball():
    change = np.random.default_rng(0).normal(size=[2, *SIZE, 3]).astype(np.float32)
    change *= np.array([3.0, 0.1], np.float32)[:, None, None, None]
    half = np.full_like(PHOTO, 0.5)
    found = LInfBall(half, 0.2).image({"change": tf.constant(change)}, SIZE) - half
    np.testing.assert_allclose(found, 0.2 * np.clip(change, -1, 1), atol=1e-6)
    found = L2Ball(half, 1.5).image({"change": tf.constant(change)}, SIZE).numpy() - half
    length = np.sqrt((found**2).sum(axis=(1, 2, 3)))
    rms = np.sqrt((change**2).mean(axis=(1, 2, 3)))
    assert rms[0] > 2 and rms[1] < 0.2
    assert length == pytest.approx(1.5 * np.minimum(rms, 1), rel=1e-4)
    # Black and white are kept too.
    image = LInfBall(np.zeros_like(PHOTO), 0.2).image({"change": tf.constant(change)}, SIZE).numpy()
    assert image.min() == 0 and image.max() == pytest.approx(0.2)


@pytest.mark.parametrize("kind", [L2Ball, LInfBall])
def test_at_the_border_only_what_leads_back_is_learnt(kind):
    half = np.full_like(PHOTO, 0.5)
    out = {"change": tf.fill([1, *SIZE, 3], 2.0)}
    up = gradient(kind(half), out, 1.0)["change"].numpy()
    down = gradient(kind(half), out, -1.0)["change"].numpy()
    assert np.abs(up).max() < 1e-5 and down.max() < -1e-4
    # Inside, the gradient is the radius, for the L2 ball over the root of the number of values.
    inside = {"change": tf.fill([1, *SIZE, 3], 0.1)}
    unit = 0.3 / (1 if kind is LInfBall else np.sqrt(PHOTO.size))
    assert gradient(kind(half, 0.3), inside, 1.0)["change"].numpy() == pytest.approx(
        np.full([1, *SIZE, 3], unit), rel=1e-5
    )
    zero = {"change": tf.zeros([1, *SIZE, 3])}
    assert np.isfinite(gradient(kind(half), zero, 1.0)["change"]).all()


def test_along_the_border_the_l2_ball_lets_slide():
    half = np.full_like(PHOTO, 0.5)
    x = np.zeros([1, *SIZE, 3], np.float32)
    x[0, 0, 0, 0] = 100.0
    weight = np.zeros_like(x)
    weight[0, 0, 0, :2] = 1.0
    found = gradient(L2Ball(half, 0.3), {"change": tf.constant(x)}, weight)["change"].numpy()
    assert found[0, 0, 0, 0] == pytest.approx(0, abs=1e-6) and found[0, 0, 0, 1] > 0.01


@pytest.mark.parametrize("radius", [0.0, -1.0, float("inf"), float("nan")])
def test_a_radius_that_cannot_be_is_refused(radius):
    for kind in (L2Ball, LInfBall):
        with pytest.raises(BadValue, match="radius"):
            kind(PHOTO, radius)
