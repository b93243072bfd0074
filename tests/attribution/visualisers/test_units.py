"""Units shown in the photo: masks, localisers and weighed sums, with answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution import GradCAM, IntegratedGradients
from attrvis.attribution.visualisers import (
    VISUALISERS,
    AggregatedVisualisation,
    EnlargedActivation,
    InputInfluence,
    TopKWithBlur,
    UnitsWithBlur,
)
from attrvis.errors import BadValue, UnknownName
from tests import toys

LAST = np.float32([[1, 0], [0, 2], [0.5, -1]])
# Pixels of 8 x 8, and a sharp mask that shows the brightest of 64.
SHARP = {"sigma": 0.0, "soften": 0.0, "percentile": 99.0}


@pytest.fixture(scope="module")
def colours():
    """Layer `maps`: red, blue, and green in blocks of 2 x 2; two logits of their mean places."""
    kernel = np.zeros((2, 2, 3, 3), np.float32)
    kernel[:, :, [0, 2, 1], [0, 1, 2]] = 0.25

    def build(x):
        maps = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "VALID"), name="maps")
        mean = tf.reduce_mean(maps, [1, 2], name="mean")
        return tf.identity(tf.matmul(mean, LAST), name="scores")

    return toys.network(build, 8, 8, 3, logits="scores", labels=["red", "blue"])


@pytest.fixture(scope="module")
def dots():
    """The first photo has a red dot and a weaker blue one, the second a blue and a green one."""
    made = np.zeros((2, 8, 8, 3), np.float32)
    made[0, 2, 5, 0] = 1
    made[0, 6, 1, 2] = 0.5
    made[1, 3, 3, 2] = 1
    made[1, 7, 7, 1] = 1
    return made


def test_chosen_units_show_where_they_are(colours, dots):
    made = UnitsWithBlur((0,), alpha=0.25, **SHARP)(colours, dots[:1], layer="maps")
    expected = np.full((8, 8), 0.25)
    expected[2, 5] = 1
    np.testing.assert_allclose(made.masks[0], expected, atol=1e-6)
    np.testing.assert_allclose(made.images, made.masks[..., None] * dots[:1], atol=1e-6)
    # The pixels' contributions to the sum of the unit's places are a quarter of the red itself.
    np.testing.assert_allclose(made.values[0, ..., 0], dots[0, ..., 0] / 4, atol=1e-6)
    np.testing.assert_allclose(made.values[0, ..., 1:], 0, atol=1e-6)


def test_several_units_are_shown_together(colours, dots):
    made = UnitsWithBlur((0, 1), alpha=0, sigma=0, soften=0, percentile=96)(
        colours, dots[:1], layer="maps"
    )
    assert {tuple(at) for at in np.argwhere(made.masks[0] > 0)} == {(2, 5), (6, 1)}


def test_a_photo_without_the_unit_is_dark_everywhere(colours, dots):
    made = UnitsWithBlur((0,), alpha=0.1)(colours, dots[1:], layer="maps")
    np.testing.assert_allclose(made.masks, 0.1)


def test_each_image_shows_its_own_strongest_units(colours, dots):
    made = TopKWithBlur(2, alpha=0, **SHARP)(colours, dots, layer="maps", target="blue")
    np.testing.assert_array_equal(made.units, [[1, 0], [1, 0]])
    assert np.argwhere(made.masks > 0).tolist() == [[0, 2, 5], [1, 3, 3]]
    # Of its own top class the first speaks with red, the second with blue.
    own = TopKWithBlur(1, alpha=0, **SHARP)(colours, dots, layer="maps")
    np.testing.assert_array_equal(own.units, [[0], [1]])
    assert np.argwhere(own.masks > 0).tolist() == [[0, 2, 5], [1, 3, 3]]


def test_photos_do_not_depend_on_their_neighbours(colours):
    photos = toys.noise(3, 8, 8, 3)
    for make in (TopKWithBlur(2), AggregatedVisualisation(top=2)):
        whole = make(colours, photos, layer="maps", target="red")
        alone = make(colours, photos[1:2], layer="maps", target="red")
        np.testing.assert_array_equal(whole.units[1:2], alone.units)
        np.testing.assert_allclose(whole.values[1:2], alone.values, atol=1e-5)


def test_grad_cam_is_an_aggregate_of_enlarged_activations():
    net = attrvis.load(toys.keras_model(), preprocess="unit")
    photos = toys.noise(2, 8, 8, 3, seed=3)
    make = AggregatedVisualisation("saliency", EnlargedActivation(), top=None, positive=True)
    made = make(net, photos, target=2, layer="left")
    cam = GradCAM()(net, photos, target=2, layer="left").values.sum(axis=-1)
    expected = np.stack([np.maximum(images.resize(one, (8, 8)), 0) for one in cam])
    np.testing.assert_allclose(made.values, expected, atol=1e-5 * np.abs(expected).max())
    assert made.values.max() > 0


def test_channelwise_explanations_add_up_to_the_logit(colours):
    photos = toys.noise(2, 8, 8, 3, seed=4)
    made = AggregatedVisualisation(top=None)(colours, photos, target="blue", layer="maps")
    logits = colours.run(photos)["logits"].numpy()[:, 1]
    np.testing.assert_allclose(made.values.sum(axis=(1, 2)), logits, rtol=1e-4)
    # Where layers are linear it is the pixels' own attribution.
    pixels = IntegratedGradients()(colours, photos, target="blue").values.sum(axis=-1)
    np.testing.assert_allclose(made.values, pixels, atol=1e-5)
    np.testing.assert_allclose(made.weights, np.tile(LAST[:, 1] / 16, (2, 1)), atol=1e-6)


def test_the_strongest_channels_come_first_and_have_panels(colours, dots):
    made = AggregatedVisualisation(top=2)(colours, dots, target="blue", layer="maps")
    np.testing.assert_array_equal(made.units, [[1, 0], [1, 0]])
    assert made.panels.shape == (2, 2, 8, 8)
    np.testing.assert_allclose(made.panels[0, 0], dots[0, ..., 2] / 4, atol=1e-6)
    sheet = made.sheet(1)
    assert sheet.ndim == 3 and sheet.min() >= 0 and sheet.max() <= 1


def test_colours_of_the_pixels_and_rows_of_numbers_are_units_too(colours, dots):
    made = UnitsWithBlur((2,), alpha=0, **SHARP)(colours, dots[1:], layer="input")
    assert np.argwhere(made.masks[0] > 0).tolist() == [[3, 3]]
    row = UnitsWithBlur((2,), alpha=0, **SHARP)(colours, dots[1:], layer="mean")
    assert np.argwhere(row.masks[0] > 0).tolist() == [[7, 7]]
    made = AggregatedVisualisation(top=1)(colours, dots[1:], layer="mean", target="blue")
    np.testing.assert_array_equal(made.units, [[1]])


def test_a_method_of_several_baselines_is_averaged(colours, dots):
    def made(baseline):
        method = IntegratedGradients(baseline=baseline)
        return UnitsWithBlur((0,), method=method)(colours, dots, layer="maps").values

    mean = (made("zero") + made("constant:1")) / 2
    np.testing.assert_allclose(made("black-and-white"), mean, atol=1e-6)

    def weights(baseline):
        make = AggregatedVisualisation(IntegratedGradients(baseline=baseline), top=None)
        return make(colours, dots, layer="maps", target="blue").weights

    mean = (weights("zero") + weights("constant:1")) / 2
    np.testing.assert_allclose(weights("black-and-white"), mean, atol=1e-6)


def test_units_share_one_trace(colours, dots):
    AggregatedVisualisation(top=1)(colours, dots, target="red", layer="maps")
    before = traces(colours)
    AggregatedVisualisation(top=None)(colours, dots, target="blue", layer="maps")
    assert traces(colours) == before


def traces(net):
    evaluators = [v for k, v in net._remembered.items() if k[0] == "evaluator"]
    return sum(len(e._traces) for e in evaluators), len(net._engine._compiled)


def test_bad_units_are_named(colours, dots):
    with pytest.raises(BadValue, match="channels 0 to 2, and not 3"):
        UnitsWithBlur((3,))(colours, dots, layer="maps")
    with pytest.raises(BadValue, match="no positions"):
        AggregatedVisualisation(localiser=EnlargedActivation())(colours, dots, layer="mean")
    with pytest.raises(UnknownName, match="maps"):
        TopKWithBlur()(colours, dots, layer="map")
    for wrong in [
        lambda: UnitsWithBlur(()),
        lambda: UnitsWithBlur((1, 1)),
        lambda: TopKWithBlur(0),
        lambda: TopKWithBlur(percentile=200),
        lambda: AggregatedVisualisation(top=0),
        lambda: AggregatedVisualisation(localiser="enlarged"),
    ]:
        with pytest.raises(BadValue):
            wrong()
    with pytest.raises(UnknownName, match="saliency"):
        InputInfluence("salience")
    assert VISUALISERS["top-units"] is TopKWithBlur
