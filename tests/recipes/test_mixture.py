"""Pictures mixed of parts that they share."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import seeds
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.objectives import channel
from attrvis.param import FourierImage, PixelImage
from attrvis.recipes.mixture import Mixture, opaque, with_shared
from attrvis.rendering import render
from tests import toys

SHARES = np.array([[1.0, 0.0], [0.25, 0.75], [-1.0, 2.0]])
KEYS, SIZE = seeds.image_keys(4, 3), (8, 6)


def test_logits_are_own_planes_and_shares_of_the_parts():
    param = Mixture(Data(SHARES), FourierImage(3, sd=1.0), own=0.3, common=2.0)
    drawn = param.init(KEYS, SIZE)
    base = param.base
    own = base.logits({"spectrum": drawn["spectrum"]}, SIZE).numpy()
    parts = base.logits({"spectrum": drawn["part.spectrum"]}, SIZE).numpy()
    expected = 0.3 * own + 2.0 * np.einsum("nk,khwc->nhwc", SHARES, parts)
    np.testing.assert_allclose(param.logits(drawn, SIZE), expected, atol=1e-5)
    np.testing.assert_allclose(param.image(drawn, SIZE), 1 / (1 + np.exp(-expected)), atol=1e-6)


def test_parts_are_drawn_apart_from_each_other_and_the_pictures():
    drawn = Mixture(Data(SHARES)).init(KEYS, SIZE)
    every = np.concatenate([drawn["spectrum"], drawn["part.spectrum"]]).reshape(5, -1)
    assert len(np.unique(every[:, :4].round(6), axis=0)) == 5
    assert Mixture(Data(SHARES)).shared == {"part.spectrum"}


def test_another_size_shows_the_same():
    param = Mixture(Data(SHARES), FourierImage(3, sd=0.5, decay=2.0))
    small = param.init(KEYS, SIZE)
    large = param.resized(small, SIZE, (16, 12))
    again = param.resized(large, (16, 12), SIZE)
    np.testing.assert_allclose(param.image(again, SIZE), param.image(small, SIZE), atol=1e-3)
    with pytest.raises(BadValue):
        param.image(small, (16, 12))


@pytest.mark.parametrize("shares", [np.ones(3), np.zeros((0, 2)), np.full((2, 2), np.nan)])
def test_shares_that_are_none(shares):
    with pytest.raises(BadValue, match="shares"):
        Mixture(Data(shares))


def test_another_base_or_another_number_of_pictures_is_refused():
    with pytest.raises(BadValue, match="PixelImage"):
        Mixture(Data(SHARES), PixelImage())  # type: ignore[arg-type]
    param = Mixture(Data(SHARES))
    with pytest.raises(BadValue, match="3 pictures, but 2"):
        param.image(param.init(KEYS[:2], SIZE), SIZE)


@pytest.fixture(scope="module")
def gated():
    """Give one channel that is silent near grey, and so without a gradient."""

    def build(x):
        maps = tf.nn.relu(tf.reduce_sum(x, -1, keepdims=True) - 1.6, name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, 8, 8, logits="scores")


def test_dead_units_are_redirected_although_the_pictures_share(gated):
    image = Mixture(Data(np.ones((2, 1))), opaque(gated))
    drawing = with_shared(gated, image, {"transforms": "identity", "steps": 60})
    helped = render(gated, channel("maps", [0, 0]), **drawing)
    alone = render(gated, channel("maps", [0, 0]), **{**drawing, "rule": None})
    assert (helped.values > 0).all() and (alone.values == 0).all()


def test_a_network_without_such_units_takes_no_rule():
    def build(x):
        return tf.reduce_mean(tf.tanh(x), [1, 2], name="scores")

    net = toys.network(build, 8, 8, logits="scores")
    assert with_shared(net, Mixture(Data(SHARES)), {})["rule"] is None
    assert with_shared(net, Mixture(Data(SHARES)), {"rule": None})["rule"] is None


def test_an_own_parameterisation_is_refused(gated):
    with pytest.raises(BadValue, match="image="):
        with_shared(gated, Mixture(Data(SHARES)), {"image": "pixels"})
    assert opaque(attrvis.load("embedded")) == FourierImage(3, with_alpha=False)
