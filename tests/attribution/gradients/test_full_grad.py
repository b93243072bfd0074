"""FullGrad: its terms add up to the target."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution import TABLE
from attrvis.errors import BadValue
from tests import toys

DATA = os.environ.get("ATTRVIS_DATA", "")
SCORES = ["logit:0", "logit:3", "logit:1"]


def gap(net, photos, target=None, **asked):
    return TABLE["full-grad"]()(net, photos, target=target, **asked).settings["full_gradient_gap"]


def test_a_network_by_hand():
    """relu(2x + 1) - 3, twice, with a saturated ReLU6: 6 = 2 * 0 + 0 * 1 + 6."""

    def build(x):
        y = tf.nn.relu(tf.nn.bias_add(2 * x, [1.0]), name="a")
        return tf.identity(tf.reduce_sum(tf.nn.relu6(y - 3.0), [1, 2]), name="scores")

    net = toys.network(build, 1, 2, 1, logits="scores")
    x = np.array([[[[2.0], [9.0]]]], np.float32)
    made = TABLE["full-grad"](signed=True)(net, x, target=0)
    # At 2: relu6(5 - 3) = 2 = 2 * 2 + 1 - 3. At 9: saturated at 6.
    assert made.values.sum() == pytest.approx(8.0) and made.change[0] == pytest.approx(8.0)
    np.testing.assert_allclose(made.values.ravel(), [2.0, 6.0], atol=1e-5)


def test_nested_keras_with_rescaling_and_normalisation(photos):
    import keras
    from keras import layers

    inner = keras.Sequential(
        [layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(6.0)]
    )
    pixels = keras.Input((8, 8, 3))
    x = layers.Rescaling(2.0, offset=-0.7)(pixels)
    x = layers.MaxPooling2D()(inner(x))
    x = layers.LeakyReLU()(layers.Conv2D(5, 3)(x))
    model = keras.Model(pixels, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.1, 0.9, w.shape) for w in model.get_weights()])
    net = attrvis.load(model, preprocess="unit")
    assert gap(net, photos) < 1e-4
    assert gap(attrvis.load(toys.frozen(model), preprocess="tf"), photos) < 1e-4


def test_a_normalisation_of_one_op(photos):
    """Its constant is the offset less the scaled mean."""
    numbers = [toys.noise(4, seed=seed) + 0.3 for seed in range(4)]

    def build(x):
        y = tf.nn.conv2d(x, toys.noise(3, 3, 3, 4, seed=5) - 0.4, 1, "SAME")
        y = tf.compat.v1.nn.fused_batch_norm(y, *numbers, 0.01, is_training=False)[0]
        return tf.reduce_mean(tf.nn.relu(y), [1, 2], name="scores")

    assert gap(toys.network(build, 8, 8, logits="scores"), photos, 1) < 1e-4


def test_every_way_in(twig, photos):
    assert gap(twig, photos, [0, 3, 1]) < 1e-4
    assert gap(twig, photos, "logit:0 - 2*logit:3") < 1e-4
    assert gap(twig, photos, "mix:2@3,4") < 1e-4
    # What bypasses a layer is a constant to it.
    for layer in ("stem", "left", "join", "deep"):
        made = TABLE["full-grad"](signed=True)(twig, photos, target=[0, 3, 1], layer=layer)
        assert made.relative_gap.max() < 1e-4 and made.values.shape[-1] == 1


def test_published_maps_are_positive(twig, photos):
    for name in ("full-grad", "simple-full-grad", "smooth-full-grad"):
        made = TABLE[name]()(twig, photos, target=[0, 3, 1])
        assert made.positive and made.values.min() >= 0 and made.change is None


def test_smooth_activations_are_told(photos):
    def build(x):
        return tf.identity(tf.reduce_sum(tf.tanh(3 * x), [1, 2]), name="scores")

    net = toys.network(build, 8, 8, logits="scores")
    assert gap(net, photos, 0) > 0.1
    with pytest.warns(attrvis.errors.AttrVisWarning, match="misses"):
        assert TABLE["full-grad"](signed=True)(net, photos, target=0).status == "incomplete"


def test_without_noise_smooth_full_grad_is_full_grad(twig, photos):
    asked = {"target": [0, 3, 1]}
    plain = TABLE["full-grad"]()(twig, photos, **asked)
    smooth = TABLE["smooth-full-grad"](samples=2, noise=0.0)(twig, photos, **asked)
    np.testing.assert_allclose(smooth.values, plain.values, atol=1e-5)
    assert (plain.evaluations, smooth.evaluations) == (3, 6)


def test_a_layer_without_positions(twig, photos):
    with pytest.raises(BadValue, match="draws maps"):
        TABLE["full-grad"]()(twig, photos, target=0, layer="pool")


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="ATTRVIS_DATA names no real networks")
def test_real_networks():
    import keras

    weights = Path(DATA) / "networks/mobilenet-v2-100/mobilenet_v2_1.0_224_weights.h5"
    model = keras.applications.MobileNetV2(weights=str(weights))
    net = attrvis.load(model, preprocess="tf")
    photo = images.fit(images.read(images.bundled("chelsea")), (224, 224))[0][None]
    assert gap(net, photo) < 1e-4
