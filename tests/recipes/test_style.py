"""Style and textures: nearer to the style, still the content, and layers that suit any network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.errors import BadValue, ModelError, UnknownName
from attrvis.recipes import style_transfer, texture
from attrvis.recipes.gaps import content_gap, style_gap
from attrvis.recipes.stages import content_layer, style_layers
from tests import toys

CAT, COFFEE = images.bundled("chelsea"), images.bundled("coffee")


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def read(net, objective, picture: np.ndarray) -> float:
    layers = [name for name in objective.layers if name != "input"]
    shown = tf.constant(picture[None].astype(np.float32))
    return float(objective({"input": shown, **net.trunk(layers, picture.shape[:2])(shown)})[0])


@pytest.fixture(scope="module")
def painted(net):
    return style_transfer(net, CAT, COFFEE, size=80, steps=20, seed=1, weight=3.0)


def test_the_style_comes_nearer_and_the_content_stays(net, painted):
    cat = images.resize(images.read(CAT), (80, 80))
    coffee = images.resize(images.read(COFFEE), (53, 80))
    picture = painted.parts["painted"]
    style = style_gap(net, coffee, style_layers(net))
    content = content_gap(net, cat, content_layer(net))
    assert read(net, style, picture) < 0.7 * read(net, style, cat)
    assert read(net, content, picture) < 0.8 * read(net, content, picture[:, ::-1])
    assert read(net, content, cat) == pytest.approx(0, abs=1e-5)


def test_the_weight_is_the_styles(net, painted):
    cat = images.resize(images.read(CAT), (80, 80))
    content = content_gap(net, cat, content_layer(net))
    timid = style_transfer(net, CAT, COFFEE, size=80, steps=20, seed=1, weight=0.05)
    near, far = (read(net, content, plate.parts["painted"]) for plate in (timid, painted))
    assert near < 0.6 * far


def test_the_facts_say_what_was_matched(net, painted):
    assert painted.facts["style_from"] == style_layers(net)
    assert painted.facts["content_from"] == "mixed4c"
    first, last = painted.facts["gaps"]["objective"]
    assert last > first
    named = style_transfer(
        net, CAT, COFFEE, size=64, steps=1, style_from=["conv2"], content_from="mixed3a"
    )
    assert (named.facts["style_from"], named.facts["content_from"]) == (["conv2"], "mixed3a")


def test_gaps_are_relative():
    """A network whose activations are a thousand times as large gives the same numbers."""
    photo, other = toys.noise(8, 8, 3), toys.noise(8, 8, 3, seed=1)
    found = []
    for factor in (1.0, 1000.0):

        def build(x, factor=factor):
            middle = tf.nn.relu(factor * (x - 0.4), name="middle")
            return tf.identity(tf.reduce_mean(middle, [1, 2]), name="scores")

        net = toys.network(build, 8, 8)
        style = style_gap(net, photo, ["middle"], 2.0)
        found.append((read(net, style, other), read(net, content_gap(net, photo, "middle"), other)))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)
    values = np.maximum(photo - 0.4, 0).reshape(-1, 3), np.maximum(other - 0.4, 0).reshape(-1, 3)
    own, others = (v.T @ v / 64 for v in values)
    want = 2 * np.abs(own - others).mean() / np.abs(own).mean()
    assert found[0][0] == pytest.approx(want, rel=1e-4)


def keras_net(strides: list[int]):
    import keras

    keras.utils.set_random_seed(0)
    x = given = keras.Input((32, 32, 3))
    for i, stride in enumerate(strides):
        convolution = keras.layers.Conv2D(8, 3, stride, "same", activation="relu", name=f"c{i}")
        x = convolution(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return attrvis.load(keras.Model(given, keras.layers.Dense(5)(x)), preprocess="unit")


@pytest.mark.parametrize(
    ("strides", "style", "content"),
    [
        ([1, 2, 1, 2, 1, 2], ["c0", "c1", "c3", "c5"], "c4"),
        ([1] * 9, ["c0", "c2", "c4", "c6", "c8"], "c4"),
        ([2, 2, 2, 2, 2], ["c0", "c1", "c2", "c3"], "c2"),
    ],
)
def test_layers_are_chosen_by_depth_in_any_network(strides, style, content):
    net = keras_net(strides)
    assert style_layers(net) == ["input", *style]
    assert content_layer(net) == content
    plate = style_transfer(net, toys.noise(24, 40, 3), toys.noise(30, 30, 3, seed=1), steps=2)
    assert plate.parts["painted"].shape == (24, 40, 3)


def test_a_network_without_places_has_no_style():
    net = toys.network(lambda x: tf.identity(tf.reduce_mean(x, [1, 2]), name="scores"), 8, 8)
    with pytest.raises(ModelError, match="no layer with positions"):
        style_layers(net)


def test_a_texture_has_the_style_and_no_seam(net):
    plate = texture(net, COFFEE, size=(64, 80), steps=24)
    made = plate.parts["texture"]
    assert made.shape == (64, 80, 3)
    first, last = plate.facts["gaps"]["objective"]
    assert last > 0.7 * first
    # Wherever it is cut, it is as near to the style: its borders are no worse than its inside.
    coffee = images.resize(images.read(COFFEE), (97, 146))
    gap = style_gap(net, coffee, style_layers(net))
    assert read(net, gap, np.roll(made, (32, 40), (0, 1))) < 1.1 * read(net, gap, made)
    colour = images.read(COFFEE).mean(axis=(0, 1))
    np.testing.assert_allclose(made.mean(axis=(0, 1)), colour, atol=0.12)
    other = texture(net, COFFEE, size=(64, 80), steps=1, seed=1).parts["texture"]
    assert other.shape == made.shape and not np.allclose(other, made, atol=1e-3)


@pytest.mark.parametrize(
    "given", [{"weight": 0.0}, {"weight": float("nan")}, {"size": -3}, {"style_from": []}]
)
def test_bad_numbers_are_refused(net, given):
    with pytest.raises(BadValue):
        style_transfer(net, CAT, COFFEE, **{"size": 64, **given})


def test_unknown_layers_and_sizes_are_refused(net):
    with pytest.raises(UnknownName, match="conv2"):
        style_transfer(net, CAT, COFFEE, size=64, style_from=["conv9"])
    with pytest.raises(BadValue, match="height, width"):
        texture(net, COFFEE, size=(1, 2, 3))
    with pytest.raises(BadValue, match="sees nothing"):
        style_gap(net, np.zeros((32, 32, 3), np.float32), ["input"])


def test_a_running_mean_of_the_style_is_what_is_climbed(net, painted):
    given = {"size": 80, "steps": 20, "seed": 1, "weight": 3.0}
    moving = style_transfer(net, CAT, COFFEE, decay=0.9, **given)
    assert (moving.facts["decay"], painted.facts["decay"]) == (0.9, None)
    # The first step's mean is its own style, so both begin alike and part from there.
    assert moving.facts["gaps"]["objective"][0] == painted.facts["gaps"]["objective"][0]
    assert not np.allclose(moving.parts["painted"], painted.parts["painted"], atol=0.01)
    # The mean lags behind the picture: what it says is still further away than the picture is.
    style = style_gap(net, images.resize(images.read(COFFEE), (53, 80)), style_layers(net), -3.0)
    content = content_gap(net, images.resize(images.read(CAT), (80, 80)), content_layer(net))
    own = read(net, style, moving.parts["painted"]) - read(net, content, moving.parts["painted"])
    assert moving.facts["gaps"]["objective"][1] < own - 0.05


def test_a_texture_takes_a_running_mean_too(net):
    plain, moving = (
        texture(net, COFFEE, size=48, steps=6, decay=decay).parts["texture"]
        for decay in (None, 0.9)
    )
    assert not np.allclose(plain, moving, atol=1e-3)
    with pytest.raises(BadValue, match="decay"):
        texture(net, COFFEE, size=48, steps=1, decay=1.0)
