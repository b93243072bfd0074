"""Preprocessing: values by hand, the way back, and what is refused."""

from __future__ import annotations

import types

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import AttrVisError, BadValue, UnknownName
from attrvis.networks import Preprocess
from attrvis.networks.preprocess import NAMES, named, recognised
from tests import toys

PIXEL = np.array([[[[0.0, 0.5, 1.0]]]], np.float32)
BY_HAND = {
    "unit": [0, 0.5, 1],
    "255": [0, 127.5, 255],
    "tf": [-1, 0, 1],
    "torch": [-0.485 / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225],
    "caffe": [255 - 103.939, 127.5 - 116.779, -123.68],
    "caffe-rgb": [-123.68, 127.5 - 116.779, 255 - 103.939],
    "mean=0.1,0.2,0.3,std=0.5,0.25,1": [-0.2, 1.2, 0.7],
    "mean=0.5,std=0.25": [-2, 0, 2],
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_by_hand(name):
    found = named(name).apply(tf.constant(PIXEL)).numpy().ravel()
    np.testing.assert_allclose(found, BY_HAND[name], rtol=1e-5, atol=1e-5)


def test_every_name_is_covered():
    assert set(NAMES) <= set(BY_HAND)


finite = st.floats(-2, 2).map(lambda v: round(v, 3))
positive = st.floats(0.01, 4).map(lambda v: round(v, 3))


@given(
    st.tuples(finite, finite, finite), st.tuples(positive, positive, positive), st.booleans(),
    st.integers(0, 99),
)  # fmt: skip
def test_the_way_back(mean, std, bgr, seed):
    made = Preprocess("custom", mean, std, bgr)
    images = tf.constant(toys.noise(2, 3, 4, 3, seed=seed))
    eaten = made.apply(images)
    order = slice(None, None, -1) if bgr else slice(None)
    expected = (images.numpy()[..., order] - np.float64(mean)) / np.float64(std)
    np.testing.assert_allclose(eaten, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(made.invert(eaten), images, atol=1e-5)


@pytest.mark.parametrize("name", ["torhc", "Unit", "", "imagenet", "mean", "255.0"])
def test_unknown_names(name):
    with pytest.raises(UnknownName, match="preprocessing"):
        named(name)


@pytest.mark.parametrize(
    "text",
    ["mean=", "mean=0.5", "mean=a,b,c,std=1,1,1", "mean=1,1,1,std=", "mean=0.5,std=0",
     "mean=nan,std=1", "mean=0,0,std=1", "mean=0.5,std=1,2", "mean=0,0,0,0,std=1",
     "mean=0.5,std=inf", "mean=1,1,1,std=1,1,0", "mean=0.5,std=1;import os"],
)  # fmt: skip
def test_custom_ones_that_cannot_be(text):
    with pytest.raises(AttrVisError, match="reprocessing"):
        named(text)


def test_zero_std_is_refused():
    with pytest.raises(BadValue):
        Preprocess("mine", (0.0,), (0.0,))


def test_it_prints_what_it_does():
    text = str(named("caffe"))
    assert "BGR" in text and "0.4076" in text and "0.003922" in text


@pytest.mark.parametrize(
    ("model", "name"),
    [("mobilenet_0.25_224", "tf"), ("mobilenetv2_1.00_224", "tf"), ("resnet50", "caffe"),
     ("resnet50v2", "tf"), ("inception_v3", "tf"), ("densenet121", "torch"), ("vgg16", "caffe"),
     ("efficientnetb0", None), ("xception", "tf"), ("NASNet", "tf"), ("MobileNetV3Small", "tf"),
     ("twig", None), ("my_resnet50_copy", None)],
)  # fmt: skip
def test_known_families_are_recognised(model, name):
    found, why = recognised(types.SimpleNamespace(name=model, layers=[]))
    assert (found.name if found else None) == name and bool(why) == (name is not None)


def test_the_names_that_keras_gives_its_models_are_known():
    import keras

    small = {"weights": None, "input_shape": (32, 32, 3), "classes": 2}
    assert recognised(keras.applications.MobileNet(alpha=0.25, **small))[0].name == "tf"
    known, why = recognised(keras.applications.MobileNetV3Small(alpha=0.75, **small))
    assert known.name == "255" and "rescaling" in why
    bare = {**small, "include_preprocessing": False}
    assert recognised(keras.applications.MobileNetV3Small(alpha=0.75, **bare))[0].name == "tf"


def test_a_network_applies_it():
    def scores(images):
        return tf.identity(tf.reduce_mean(images, [1, 2]), name="scores")

    for name in NAMES:
        net = toys.network(scores, 1, 1, preprocess=name)
        found = net.run(PIXEL, ["logits"])["logits"].numpy().ravel()
        np.testing.assert_allclose(found, BY_HAND[name], rtol=1e-5, atol=1e-5)
    net = toys.network(scores, 1, 1, preprocess=Preprocess("own", (0.5,), (2.0,)))
    np.testing.assert_allclose(net.run(PIXEL)["logits"][0], [-0.25, 0, 0.25])
