"""From maps to pictures: known answers of every step, and what all of them keep to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attrvis.attribution import Attribution
from attrvis.attribution.visualisers import (
    VISUALISERS,
    AlphaScaled,
    Blended,
    Blurred,
    Chain,
    Coloured,
    Enlarged,
    Lifted,
    Masked,
    Normalised,
    Overlaid,
    Summed,
    Thresholded,
)
from attrvis.attribution.visualisers.ready import mask
from attrvis.attribution.visualisers.scaling import SCALES
from attrvis.errors import BadValue, UnknownName

PHOTOS = np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype(np.float32)
NAMES = [row.name for row in VISUALISERS if row.family in ("map", "over the photo")]
MAPS = hnp.arrays(np.float32, (3, 4, 5), elements=st.floats(-1e6, 1e6, width=32))


def row(*numbers):
    return np.array(numbers, np.float64).reshape(1, 1, -1)


def dot(channels=(1.0, 1.0, 1.0)):
    """One pixel in the middle of 9 x 9."""
    made = np.zeros((1, 9, 9, 3), np.float32)
    made[0, 4, 4] = channels
    return made


def test_the_mask_of_one_pixel_as_lib_attribution_makes_it():
    made = mask(percentile=95, sigma=1 / 9, alpha=0.1, soften=2 / 9)(dot())[0]
    assert made[4, 4] == pytest.approx(0.139790, abs=2e-6)
    assert made[0, 0] == pytest.approx(0.101279, abs=2e-6)
    assert made.mean() == pytest.approx(0.112346, abs=2e-6)
    assert mask(90, 1 / 9, 0.1, 2 / 9)(dot())[0, 4, 4] == pytest.approx(0.280302, abs=2e-6)


def test_the_threshold_of_one_blurred_pixel():
    blurred = Blurred(1 / 9)(dot()[..., 0])
    assert np.percentile(blurred, 95) == pytest.approx(0.0965329, abs=2e-6)
    assert Thresholded(95)(blurred).sum() == 1
    assert Thresholded(90)(blurred).sum() == 5


def test_opposite_signs_do_not_cancel_in_a_mask():
    np.testing.assert_allclose(mask()(dot((1, -2, 1))), mask()(dot((2, 1, 1))), atol=1e-6)


def test_a_mask_of_zeros_is_alpha_everywhere():
    np.testing.assert_allclose(mask(alpha=0.25)(np.zeros((2, 6, 6, 3))), 0.25)


def test_a_mask_blurs_alike_at_every_size():
    small, large = np.zeros((1, 32, 32, 1)), np.zeros((1, 64, 64, 1))
    small[0, 8:16, 8:16] = large[0, 16:32, 16:32] = 1
    near = Enlarged((32, 32), "box")(mask(80)(large))
    assert np.abs(near - mask(80)(small)).mean() < 0.02


@pytest.mark.parametrize(("outlier", "scale"), [(2, 94), (95, 3), (0, 94), (96, 3)])
def test_the_cumulated_scale_as_captum_has_it(outlier, scale):
    made = Normalised("cumulated", outlier)(row(1, 2, 3, 94))
    np.testing.assert_allclose(made, np.clip(row(1, 2, 3, 94) / scale, -1, 1), rtol=1e-6)


BY_HAND = {
    "unsigned-max": [-1, 0, 0.25, 0.5],
    "unsigned-max-positive-centered": [0, 0.5, 0.625, 0.75],
    "magnitude-max": [1, 0, 0.25, 0.5],
    "magnitude-sum": [4 / 7, 0, 1 / 7, 2 / 7],
    "signed-max": [-1, 0, 0.5, 1],
    "signed-max-positive-centered": [0, 0.5, 0.75, 1],
    "signed-sum": [-1, 0, 1 / 3, 2 / 3],
    "01": [0, 2 / 3, 5 / 6, 1],
    "none": [-4, 0, 1, 2],
    "cumulated": [-1, 0, 0.25, 0.5],
    "quantile": [0, 2 / 3, 5 / 6, 1],
    "signed-quantile": [-1, 0, 0.25, 0.5],
}


@pytest.mark.parametrize("how", SCALES)
def test_every_scale_by_hand(how):
    made = Normalised(how, outlier=0)(row(-4, 0, 1, 2))
    np.testing.assert_allclose(made.ravel(), BY_HAND[how], atol=1e-6)
    assert Normalised(how.replace("-", "_")) == Normalised(how)


def test_channels_may_have_scales_of_their_own():
    values = np.array([1.0, 10.0]) * np.array([-2.0, 1.0])[:, None]
    apart = Normalised("unsigned-max", separately=True)(values.reshape(1, 2, 1, 2))
    np.testing.assert_allclose(apart.reshape(2, 2), [[-1, -1], [0.5, 0.5]])
    together = Normalised("unsigned-max")(values.reshape(1, 2, 1, 2))
    np.testing.assert_allclose(together.reshape(2, 2), [[-0.1, -1], [0.05, 0.5]])


@pytest.mark.parametrize("how", SCALES)
@given(maps=MAPS)
@settings(max_examples=20, deadline=None)
def test_a_scale_keeps_order_range_and_images_apart(how, maps):
    made = Normalised(how)(maps)
    assert np.isfinite(made).all()
    if how != "none":
        assert np.abs(made).max() <= 1 + 1e-5
    np.testing.assert_array_equal(made[1:2], Normalised(how)(maps[1:2]))
    if not how.startswith("magnitude"):
        order = np.argsort(maps[0], axis=None)
        assert (np.diff(made[0].ravel()[order]) >= -1e-6).all()
    if "centered" not in how and how not in ("01", "quantile"):
        assert (made[maps == 0] == 0).all()


def test_a_tiny_value_beside_a_large_one_of_the_other_sign():
    maps = np.array([[[-4.0, 1e-38]]], np.float32)
    np.testing.assert_array_equal(Normalised("signed-max")(maps), [[[-1, 1]]])


def test_signs_and_channels_by_hand():
    values = np.array([[[[1.0, -3.0]], [[2.0, 1.0]]]])
    answers = {
        ("sum", "all"): [-2, 3],
        ("mean", "all"): [-1, 1.5],
        ("sizes", "all"): [4, 3],
        ("mean-size", "all"): [2, 1.5],
        ("largest", "all"): [1, 2],
        ("sum", "positive"): [0, 3],
        ("sum", "negative"): [2, 0],
        ("sum", "absolute"): [2, 3],
    }
    for (channels, sign), answer in answers.items():
        np.testing.assert_allclose(Summed(channels, sign)(values).ravel(), answer)


def test_signals_and_rows_of_numbers_are_maps_too():
    assert Summed()(np.ones((2, 7, 3))).shape == (2, 1, 7)
    assert Summed()(np.ones((2, 5))).shape == (2, 1, 5)


def test_a_chain_is_its_stages_in_turn():
    values = np.random.default_rng(1).normal(size=(2, 4, 4, 3))
    chain = Summed() >> (Blurred(0.2) >> Normalised("unsigned-max")) >> Lifted(0.5)
    assert len(chain.stages) == 4
    step = Lifted(0.5)(Normalised("unsigned-max")(Blurred(0.2)(Summed()(values))))
    np.testing.assert_allclose(chain(values), step, atol=1e-6)
    assert chain == Chain(chain.stages) and hash(chain) == hash(Chain(chain.stages))


def test_a_masked_photo_by_hand():
    maps = np.stack([np.zeros((8, 8)), np.ones((8, 8))])
    made = Masked(background=0.25)(maps, PHOTOS)
    np.testing.assert_allclose(made[0], 0.25)
    np.testing.assert_allclose(made[1], PHOTOS[1])
    np.testing.assert_allclose(Masked()(maps * 0.5, PHOTOS)[1], PHOTOS[1] / 2)


def test_blends_and_transparency_by_hand():
    maps = np.zeros((2, 4, 4))
    np.testing.assert_allclose(Blended(0.25)(maps, PHOTOS), 0.25 + 0.75 * PHOTOS, atol=1e-6)
    clear = AlphaScaled()(maps, PHOTOS)
    np.testing.assert_array_equal(clear[..., :3], PHOTOS)
    np.testing.assert_array_equal(clear[..., 3], 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_visualiser_shows_each_image_alone(name):
    values = np.random.default_rng(2).normal(size=(2, 4, 4, 3))
    kept = values.copy()
    made = VISUALISERS[name]()(values, PHOTOS)
    assert made.dtype == np.float32 and made.shape[:1] == (2,)
    assert np.abs(made).max() <= 1
    alone = VISUALISERS[name]()(values[1:], PHOTOS[1:])
    np.testing.assert_allclose(made[1:], alone, atol=1e-6)
    np.testing.assert_array_equal(values, kept)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 5])
def test_no_visualiser_stumbles_over_zeros_or_odd_channels(name, channels):
    photos = np.full((1, 8, 6, channels), 0.5, np.float32)
    made = VISUALISERS[name]()(np.zeros((1, 4, 3, 7)), photos)
    assert np.isfinite(made).all()


def test_an_attribution_brings_its_photos_and_what_its_map_means():
    values = np.array([1.0, -2.0]).reshape(1, 1, 1, 2) * np.ones((1, 2, 2, 1))

    def found(**more):
        return Attribution(values, "t", "l", None, None, "m", photos=PHOTOS[:1], **more)

    assert VISUALISERS["overlay"]()(found()).shape == (1, 8, 8, 3)
    np.testing.assert_allclose(Summed()(found()), -1)
    np.testing.assert_allclose(Summed()(found(positive=True)), 0)


def test_bad_input_is_named():
    maps = np.zeros((2, 4, 4))
    for wrong, says in [
        (lambda: Summed("sums"), "'sum'"),
        (lambda: Summed(sign="negativ"), "negative"),
        (lambda: Normalised("max"), "max"),
    ]:
        with pytest.raises(UnknownName, match=says):
            wrong()
    for wrong in [
        lambda: Normalised(outlier=100),
        lambda: Blurred(-1),
        lambda: Thresholded(101),
        lambda: Lifted(2),
        lambda: Blended(2),
        lambda: Masked(2),
        lambda: Chain((3,)),
    ]:
        with pytest.raises(BadValue):
            wrong()
    with pytest.raises(BadValue, match="photos="):
        Overlaid()(maps)
    with pytest.raises(BadValue, match="2 maps for 1 photos"):
        Overlaid()(maps, PHOTOS[:1])
    with pytest.raises(BadValue, match="in \\[0, 1\\]"):
        Masked()(maps, PHOTOS * 255)
    with pytest.raises(BadValue, match="NaN"):
        Coloured()(maps * np.nan)
    with pytest.raises(BadValue, match="Summed"):
        Blurred()(np.zeros((1, 2, 2, 3)))
    with pytest.raises(BadValue, match="numbers"):
        Coloured()(np.zeros((0, 2, 2)))


@pytest.mark.parametrize("name", ["heatmap", "overlay", "blended"])
def test_maps_of_one_sign_have_all_the_colours(name):
    values = np.linspace(9, 11, 64).reshape(1, 8, 8, 1)
    grey = np.full((1, 8, 8, 3), 0.5, np.float32)
    make = VISUALISERS[name]
    made = (make(opacity=1.0) if name == "blended" else make())(values, grey)[0]
    assert np.ptp(made[0, 0]) < 0.02 and np.ptp(made[-1, -1]) > 0.2
