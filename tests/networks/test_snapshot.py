"""A snapshot computes what the network computes, and never shows weights of yesterday."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks import network
from tests import toys


def wide():
    """Make a frozen network whose kernel is large enough to be captured."""
    kernel = np.random.default_rng(0).normal(0, 0.1, (3, 3, 3, 48)).astype(np.float32)
    last = np.random.default_rng(1).normal(0, 1, (48, 5)).astype(np.float32)

    def build(x):
        conv = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"), name="conv")
        return tf.identity(tf.matmul(tf.reduce_mean(conv, [1, 2]), last), name="scores")

    return toys.network(build, 8, 8, logits="scores")


@pytest.fixture(params=["keras", "frozen", "bfloat16"])
def live(request):
    if request.param == "keras":
        return attrvis.load(toys.keras_model(), preprocess="unit")
    return wide().with_precision("bfloat16" if request.param == "bfloat16" else "float32")


def first_layer(net):
    return next(layer.name for layer in net.layers if layer.kind in ("Conv2D", "Relu"))


def test_it_computes_the_same(live, photos):
    taken = live.snapshot()
    assert taken is not live and not taken._engine.lowered.weights()
    assert (taken.precision, taken.size, taken.classes) == (live.precision, (8, 8), 5)
    assert [layer.name for layer in taken.layers] == [layer.name for layer in live.layers]
    names = ["logits", first_layer(live)]
    expected, found = live.run(photos, names), taken.run(photos, names)
    for name in names:
        assert found[name].numpy() == pytest.approx(expected[name].numpy(), rel=1e-5, abs=1e-5)


def test_its_gradients_are_the_same(live, photos):
    def slope(net):
        images = tf.constant(photos)
        with tf.GradientTape() as tape:
            tape.watch(images)
            top = net.run(images)["logits"][:, 1]
        return tape.gradient(top, images).numpy()

    assert slope(live.snapshot()) == pytest.approx(slope(live), rel=1e-4, abs=1e-6)


def test_it_is_taken_once_while_the_weights_stay(live):
    taken = live.snapshot()
    assert live.snapshot() is taken and taken.snapshot() is taken


def test_changed_weights_are_taken_anew(photos):
    model = toys.keras_model()
    live = attrvis.load(model, preprocess="unit")
    old = live.snapshot()
    before = old.run(photos)["logits"].numpy()
    bias = model.get_layer("scores").bias
    bias.assign_add(tf.ones_like(bias))
    assert old.run(photos)["logits"].numpy() == pytest.approx(before)
    new = live.snapshot()
    assert new is not old
    assert new.run(photos)["logits"].numpy() == pytest.approx(before + 1.0, abs=1e-5)


def test_a_rendering_sees_the_weights_of_its_day():
    model = toys.keras_model()
    live = attrvis.load(model, preprocess="unit")
    draw = {"steps": 1, "background": "constant"}
    objective = attrvis.objectives.channel("stem", 1)
    bias = model.get_layer("stem").bias
    first = attrvis.render(live, objective, **draw).history["objective"]
    bias.assign_add(2.0 * tf.ones_like(bias))
    second = attrvis.render(live, objective, **draw).history["objective"]
    assert second == pytest.approx(first + 2.0, abs=1e-4)


def test_a_large_network_stays_live(monkeypatch):
    monkeypatch.setattr(network, "_MOST_CONSTANT_BYTES", 100)
    net = wide()
    assert net.snapshot() is net
