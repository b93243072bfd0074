"""Weights that change for a while, and cards that tell one network from another."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue
from attrvis.networks import Card, card_of, perturbed
from tests import toys


@pytest.fixture(params=["keras", "frozen", "saved model", "bfloat16"])
def source(request, tmp_path):
    model = toys.keras_model()
    if request.param == "saved model":
        spec = tf.TensorSpec([None, 8, 8, 3])
        module = tf.Module()
        module.model = model
        module.scores = tf.function(lambda x: model(x, training=False), input_signature=[spec])
        tf.saved_model.save(module, str(tmp_path / "saved"), signatures=module.scores)
        return attrvis.load(tmp_path / "saved", preprocess="unit")
    if request.param == "keras":
        return attrvis.load(model, preprocess="unit")
    kernel = np.random.default_rng(0).normal(0, 0.1, (3, 3, 3, 48)).astype(np.float32)

    def build(x):
        conv = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"), name="conv")
        return tf.identity(tf.reduce_mean(conv, [1, 2]), name="scores")

    net = toys.network(build, 8, 8, logits="scores")
    return net.with_precision("bfloat16") if request.param == "bfloat16" else net


def values_of(net):
    return {name: v.read().tobytes() for name, v in net.lowered.variables().items()}


def test_weights_change_and_come_back_bit_for_bit(source, photos):
    before, logits = values_of(source), source.run(photos)["logits"].numpy()
    rng = np.random.default_rng(1)
    with perturbed(source, lambda name, w: w + rng.normal(0, 0.1, w.shape)) as noisy:
        changed = noisy.run(photos)["logits"].numpy()
    assert np.abs(changed - logits).max() > 1e-3
    assert values_of(source) == before
    assert np.array_equal(source.run(photos)["logits"].numpy(), logits)


def test_they_come_back_after_an_error_too(source):
    before = values_of(source)
    with pytest.raises(ZeroDivisionError), perturbed(source, lambda name, w: 0 * w):
        raise ZeroDivisionError
    assert values_of(source) == before
    with pytest.raises(BadValue, match="same shape"), perturbed(source, lambda name, w: w[:1] * 2):
        pass
    assert values_of(source) == before


def test_shared_weights_are_changed_once(photos):
    net = attrvis.load(toys.keras_model(), preprocess="unit")
    seen = []
    with perturbed(net, lambda name, w: seen.append(name) or w):
        pass
    assert len(seen) == len(set(seen)) == len(toys.keras_model().weights)


def test_a_snapshot_has_no_weights_to_change(source):
    with pytest.raises(BadValue, match="constants"), perturbed(source.snapshot(), lambda n, w: w):
        pass


def test_a_card_knows_its_network(tmp_path):
    first = attrvis.load("embedded")
    card = card_of(first)
    card.save(tmp_path / "card.json")
    read = Card.load(tmp_path / "card.json")
    assert read == card and len(card.digest) == 64
    read.check(attrvis.load("embedded"))
    with (
        perturbed(first, lambda name, w: w * np.float32(1.001)),
        pytest.raises(BadValue, match="digest"),
    ):
        read.check(first)
    read.check(first)
    with pytest.raises(BadValue, match=r"rule \( there, guided here\)"):
        read.check(first.with_rule("guided"))


def test_a_file_that_is_no_card(tmp_path):
    for text in ("", "[]", '{"name": "x"}'):
        (tmp_path / "card.json").write_text(text)
        with pytest.raises(BadValue, match="no network's card"):
            Card.load(tmp_path / "card.json")
