"""What a newcomer's hand slips to is answered with its cure."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.attribution import IntegratedGradients, Saliency, attribute_each
from attrvis.errors import AttrVisWarning, BadValue, UnknownName
from attrvis.recipes import compare_methods
from tests import toys

PHOTO = toys.noise(1, 8, 8, 3)[0]
BYTES = (PHOTO * 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("net", "words"), [("embedded", "not 'embedded'"), (None, "not None"), (3, "not 3")]
)
def test_a_network_is_what_load_gives(net, words):
    for call in (
        lambda: attrvis.attribute(net, PHOTO, "saliency"),
        lambda: Saliency()(net, PHOTO[None]),
        lambda: attribute_each(net, [PHOTO], "saliency"),
        lambda: compare_methods(net, PHOTO, "saliency"),
    ):
        with pytest.raises(BadValue, match=f"attrvis.load gives, {words}"):
            call()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"layer": 3}, UnknownName, "There is no layer 3"),
        ({"layer": ""}, UnknownName, "There is no layer ''"),
        ({"seed": None}, BadValue, "whole number, not None"),
        ({"seed": [1]}, BadValue, r"whole number, not \[1\]"),
        ({"method": "rise", "masks": 10**12}, BadValue, "1,000,000,000,000 random draws"),
        ({"method": "smooth-grad", "samples": 10**9}, BadValue, "10,000,000 that are possible"),
        ({"target": True}, BadValue, "not True"),
        ({"target": [True]}, BadValue, "not True"),
        ({"method": IntegratedGradients}, BadValue, r"make one: IntegratedGradients\(\)"),
        ({"method": "integrated-gradients", "step": 3}, UnknownName, "gradients setting 'step'"),
        ({"images": (one for one in [PHOTO])}, BadValue, "generator; .* attribute_each"),
        ({"images": tf.data.Dataset.from_tensors(PHOTO)}, BadValue, "attribute_each"),
        ({"images": {"photo": PHOTO}}, BadValue, "not a dict"),
    ],
)
def test_what_attribute_refuses(twig, given, error, words):
    with pytest.raises(error, match=words):
        attrvis.attribute(twig, **{"images": PHOTO, "method": "saliency", **given})


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (BYTES[None], "not as uint8; divide bytes by 255"),
        ("photo.jpg", "not as string"),
        (["photo.jpg"], "not as string"),
        ([PHOTO, PHOTO[1:]], "make no batch"),
        (None, "make no batch"),
        (PHOTO, r"takes \[B, 8, 8, 3\]"),
    ],
)
def test_what_a_method_of_ones_own_refuses(twig, images, words):
    with pytest.raises(BadValue, match=words):
        Saliency()(twig, images)


def test_bytes_are_photos_by_name_and_no_progress_is_none(twig):
    given = attrvis.attribute(twig, BYTES, "rise", masks=3, target=0, progress=None).values
    same = attrvis.attribute(twig, BYTES.astype(np.float32) / 255, "rise", masks=3, target=0)
    np.testing.assert_allclose(given, same.values, atol=1e-6)


@pytest.mark.parametrize(
    ("scaled", "cure"),
    [(lambda x: 255 * x, "divide them by 255"), (lambda x: 2 * x - 1, "undo the network's")],
)
def test_photos_that_are_not_rgb_in_01_are_warned_about(scaled, cure):
    def build(x):
        return tf.identity(tf.reduce_mean(tf.nn.relu(x), [1, 2]), name="scores")

    net = toys.network(build, 16, 16, 3)
    photo = toys.noise(1, 16, 16, 3)
    with pytest.warns(AttrVisWarning, match=cure):
        Saliency()(net, scaled(photo))
    with warnings.catch_warnings():
        warnings.simplefilter("error", AttrVisWarning)
        Saliency()(net, photo * 1.3 - 0.2)
    for bad in (np.nan, np.inf, -np.inf):
        photo[0, 3, 3, 1] = bad
        with pytest.raises(BadValue, match="NaN or infinite"):
            Saliency()(net, photo)


def test_a_layer_may_be_one_of_the_networks(twig):
    layer = twig.layers[2]
    given = attrvis.attribute(twig, PHOTO, "saliency", layer=layer, target=0)
    same = attrvis.attribute(twig, PHOTO, "saliency", layer=layer.name, target=0)
    assert given.layer == layer.name
    np.testing.assert_array_equal(given.values, same.values)
