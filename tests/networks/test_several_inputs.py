"""Models with several inputs: one is explained, the others are given."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName

FACTS = np.array([0.5, -1.0, 2.0], np.float32)


@pytest.fixture(params=["keras", "tf_keras"])
def package(request):
    return pytest.importorskip(request.param)


def model_of(package, *, form="list"):
    layers = package.layers
    photo, facts = package.Input((8, 8, 3), name="photo"), package.Input((3,), name="facts")
    seen = layers.Conv2D(4, 3, activation="relu", name="conv")(photo)
    pooled = layers.GlobalAveragePooling2D()(seen)
    both = layers.Concatenate()([pooled, layers.Dense(4, name="known")(facts)])
    inputs = {"photo": photo, "facts": facts} if form == "dict" else [photo, facts]
    return package.Model(inputs, layers.Dense(3, name="scores")(both))


@pytest.mark.parametrize("form", ["list", "dict"])
def test_the_photo_is_explained_with_the_facts_given(package, form, photos):
    model = model_of(package, form=form)
    net = attrvis.load(model, preprocess="unit", feeds={"facts": FACTS})
    facts = tf.constant(np.tile(FACTS, (3, 1)))
    images = tf.constant(photos)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        given = {"photo": images, "facts": facts} if form == "dict" else [images, facts]
        expected = model(given)
        found = net.run(images)["logits"]
        one, other = expected[:, 1], found[:, 1]
    assert np.abs(found - expected).max() < 1e-6
    assert np.abs(tape.gradient(other, images) - tape.gradient(one, images)).max() < 1e-6


def test_the_facts_are_explained_with_the_photo_given(package, photos):
    model = model_of(package)
    net = attrvis.load(model, input="facts", feeds={"photo": photos[0]})
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    expected = model([np.tile(photos[:1], (4, 1, 1, 1)), rows]).numpy()
    assert np.abs(net.run(rows)["logits"] - expected).max() < 1e-6
    found = attrvis.attribute(net, rows, target=1, baseline="zero", points=2)
    weights = (
        model.get_layer("known").get_weights()[0] @ model.get_layer("scores").get_weights()[0][4:]
    )
    assert found.values == pytest.approx(rows * weights[:, 1], abs=1e-5)


@pytest.mark.parametrize("form", ["list", "dict"])
def test_all_inputs_are_explained_together_in_their_own_structure(package, form, photos):
    model = model_of(package, form=form)
    net = attrvis.load(model, input="*")
    parts = [tf.constant(photos), tf.constant(np.tile(FACTS, (3, 1)) * [[1.0], [2.0], [-1.0]])]
    given = dict(zip(("photo", "facts"), parts, strict=True)) if form == "dict" else parts
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        wanted, found = model(given)[:, 1], net.run(given)["logits"][:, 1]
    assert np.abs(found - wanted).max() < 1e-6
    slopes, expected = tape.gradient(found, given), tape.gradient(wanted, given)
    tf.nest.assert_same_structure(slopes, given)
    for own, other in zip(tf.nest.flatten(slopes), tf.nest.flatten(expected), strict=True):
        assert np.abs(own - other).max() < 1e-6
    made = attrvis.attribute(net, given, target=1, baseline="zero", points=8)
    tf.nest.assert_same_structure(made.inputs, given)
    shares = made.inputs if form == "list" else [made.inputs["photo"], made.inputs["facts"]]
    assert shares[0].shape == (3, 8, 8, 3) and shares[1].shape == (3, 3)
    known, scores = (model.get_layer(name).get_weights()[0] for name in ("known", "scores"))
    assert shares[1] == pytest.approx(parts[1].numpy() * (known @ scores[4:])[:, 1], abs=1e-5)
    assert made.relative_gap.max() < 1e-2


def test_inputs_of_another_structure_are_refused(package, photos):
    net = attrvis.load(model_of(package, form="dict"), input="*")
    facts = np.tile(FACTS, (3, 1))
    for wrong in ({"photo": photos}, [photos, facts], {"photo": photos, "fact": facts}):
        with pytest.raises(BadValue, match="same structure"):
            net.run(wrong)
    with pytest.raises(BadValue, match=r"'facts' takes \[B, 3\]"):
        net.run({"photo": photos, "facts": facts[:, :2]})
    with pytest.raises(BadValue, match="as many"):
        net.run({"photo": photos, "facts": facts[:2]})


def test_inputs_without_a_size_cannot_be_explained_together(package):
    layers = package.layers
    one, other = package.Input((None, 3), name="one"), package.Input((2,), name="other")
    pooled = layers.GlobalAveragePooling1D()(one)
    model = package.Model([one, other], layers.Dense(2)(layers.Concatenate()([pooled, other])))
    with pytest.raises(ModelError, match=r"'one' .* fixed size"):
        attrvis.load(model, input="*")


def test_what_is_not_clear_is_asked(package):
    model = model_of(package)
    with pytest.raises(ModelError, match=r"2 inputs \(.*facts \[3\].*feeds="):
        attrvis.load(model, preprocess="unit")
    with pytest.raises(UnknownName, match="facts"):
        attrvis.load(model, preprocess="unit", feeds={"fact": FACTS})
    with pytest.raises(UnknownName, match="photo"):
        attrvis.load(model, preprocess="unit", input="foto", feeds={"facts": FACTS})
    with pytest.raises(BadValue, match=r"takes \[3\] for one image"):
        attrvis.load(model, preprocess="unit", feeds={"facts": FACTS[:2]})
