"""The one primitive: reading and editing layers, on branches, residuals and shared layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName
from tests import toys

LAYERS = ["stem", "left", "join", "right", "mix", "reduced", "shared", "shared#1", "inner/deep",
          "inner", "act", "drop", "pool"]  # fmt: skip


def value(net, photos, *names):
    found = net.run(photos, names)
    return [found[name].numpy() for name in names]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layers_own_value_changes_nothing(net, photos, layer):
    own, plain = value(net, photos, layer, "logits")
    np.testing.assert_array_equal(net.run(photos, edit={layer: own})["logits"], plain)
    np.testing.assert_array_equal(net.run(photos, edit={layer: lambda a: a})["logits"], plain)


@pytest.mark.parametrize("layer", LAYERS)
def test_an_edit_by_tensor_and_by_function_agree(net, photos, layer):
    own, plain = value(net, photos, layer, "logits")
    doubled = net.run(photos, ["logits", layer], {layer: lambda a: 2 * a})
    given = net.run(photos, ["logits", layer], {layer: 2 * own})
    np.testing.assert_array_equal(doubled["logits"], given["logits"])
    np.testing.assert_array_equal(doubled[layer], 2 * own)
    assert np.abs(doubled["logits"] - plain).max() > 1e-4


def tail_of(twig, join, right):
    """Compute the probabilities of the toy model from its two branches, in plain Keras."""
    at = twig.get_layer
    shared = at("shared")
    twice = shared(shared(at("reduced")(tf.concat([join, right], 3))))
    act = at("act")(at("inner")(twice, training=False))
    return at("scores")(at("pool")(act)).numpy()


def test_an_edit_of_one_branch_leaves_the_other_from_the_images(net, twig, photos):
    stem, right = value(net, photos, "stem", "right")
    found = net.run(photos, ["logits", "stem", "right", "join"], {"left": tf.zeros_like(stem)})
    np.testing.assert_array_equal(found["join"], stem)
    np.testing.assert_array_equal(found["right"], right)
    expected = tail_of(twig, stem, right)
    np.testing.assert_allclose(tf.nn.softmax(found["logits"]), expected, atol=1e-6)


def test_an_edit_of_the_residual_reaches_both_of_its_ways(net, twig, photos):
    other = toys.noise(3, 8, 8, 4, seed=5)
    right = value(net, photos, "right")[0]
    found = net.run(photos, ["logits", "left", "join"], {"stem": other})
    left = twig.get_layer("left")(other)
    np.testing.assert_allclose(found["join"], left + other, atol=1e-6)
    expected = tail_of(twig, left + other, right)
    np.testing.assert_allclose(tf.nn.softmax(found["logits"]), expected, atol=1e-6)


def test_a_later_edit_sees_the_earlier_one(net, photos):
    stem, plain = value(net, photos, "stem", "join")
    seen = {}

    def watch(name, factor):
        def edit(values):
            seen[name] = np.asarray(values)
            return values * factor

        return edit

    # The order in which they are given does not matter.
    edits = {"join": watch("join", 1), "left": watch("left", 0), "stem": watch("stem", 3)}
    found = net.run(photos, ["join", "left", "stem"], edits)
    np.testing.assert_array_equal(seen["stem"], stem)
    np.testing.assert_array_equal(found["stem"], 3 * stem)
    np.testing.assert_array_equal(found["left"], 0)
    np.testing.assert_array_equal(seen["join"], 3 * stem)
    assert np.abs(found["join"] - plain).max() > 0


def test_edits_by_tensor_and_function_mix(net, photos):
    zeros = np.zeros((3, 8, 8, 4), np.float32)
    found = net.run(photos, ["join", "stem"], {"stem": lambda a: a + 1, "left": zeros})
    np.testing.assert_array_equal(found["join"], found["stem"])
    found = net.run(photos, ["join", "left"], {"stem": zeros, "left": lambda a: a + 2})
    np.testing.assert_array_equal(found["join"], found["left"])
    assert (found["left"].numpy() >= 2).all()


def test_an_edit_before_a_tensor_edit_stops_there(net, photos):
    own = value(net, photos, "shared#1")[0]
    plain = net.run(photos)["logits"]
    found = net.run(photos, edit={"shared": lambda a: a * 0, "shared#1": own})["logits"]
    np.testing.assert_array_equal(found, plain)


def test_one_call_of_a_shared_layer_is_edited_alone(net, twig, photos):
    reduced, first, second = value(net, photos, "reduced", "shared", "shared#1")
    found = net.run(photos, ["shared", "shared#1", "inner.in"], {"shared#1": second * 0})
    np.testing.assert_array_equal(found["shared"], first)
    np.testing.assert_array_equal(found["inner.in"], 0)
    found = net.run(photos, ["shared", "shared#1"], {"shared": first * 0})
    nothing = twig.get_layer("shared")(tf.zeros_like(reduced))
    np.testing.assert_allclose(found["shared#1"], nothing, atol=1e-6)


def test_an_edit_of_a_layers_input_is_its_own(net, photos):
    stem, left = value(net, photos, "stem", "left")
    found = net.run(photos, ["stem", "left", "join"], {"left.in": np.zeros_like(stem)})
    np.testing.assert_array_equal(found["stem"], stem)
    assert np.abs(found["left"] - left).max() > 0
    np.testing.assert_array_equal(found["join"], found["left"] + stem)


def test_a_sleeping_dropout_is_not_the_relu_before_it(net, photos):
    act = value(net, photos, "act")[0]
    found = net.run(photos, ["act", "drop", "pool"], {"drop": np.zeros_like(act)})
    np.testing.assert_array_equal(found["act"], act)
    np.testing.assert_array_equal(found["pool"], 0)


def test_images_and_logits_are_readings(net, photos):
    found = net.run(photos, ["input", "logits", net.logits])
    np.testing.assert_array_equal(found["input"], photos)
    np.testing.assert_array_equal(found["logits"], found[net.logits])
    assert list(net.run(photos, ["logits", "stem", "input"])) == ["logits", "stem", "input"]
    assert net.run(photos, []) == {}


def test_logits_can_be_edited(net, photos):
    wanted = toys.noise(3, 5)
    np.testing.assert_array_equal(net.run(photos, edit={"logits": wanted})["logits"], wanted)


def test_the_pixels_can_be_edited(photos, twig):
    net = attrvis.load(twig, preprocess="torch")
    dark = net.run(photos * 0.5)["logits"]
    np.testing.assert_array_equal(
        net.run(photos, edit={"input": lambda x: x * 0.5})["logits"], dark
    )
    found = net.run(photos, ["logits", "input"], {"input": photos * 0.5})
    np.testing.assert_array_equal(found["logits"], dark)
    np.testing.assert_array_equal(found["input"], photos * np.float32(0.5))


@pytest.mark.parametrize("shape", [(3, 8, 8, 5), (3, 4, 4, 4), (3, 8, 4), ()])
def test_an_edit_of_another_shape_is_refused(net, photos, shape):
    with pytest.raises(BadValue, match=r"'stem' has shape.*\(3, 8, 8, 4\)"):
        net.run(photos, edit={"stem": np.zeros(shape, np.float32)})


def test_an_edit_for_another_number_of_images_is_refused(net, photos):
    with pytest.raises(BadValue, match="'left'"):
        net.run(photos, edit={"left": np.zeros((2, 8, 8, 4), np.float32)})


@pytest.mark.parametrize(
    "images", [np.zeros((8, 8, 3)), np.zeros((1, 9, 8, 3)), np.zeros((1, 8, 8, 1))]
)
def test_images_of_another_shape_are_refused(net, images):
    with pytest.raises(BadValue, match=r"\[B, 8, 8, 3\]"):
        net.run(images.astype(np.float32))


@pytest.mark.parametrize("layer", ["stem", "join", "right", "shared", "inner", "act"])
def test_gradients_are_those_of_keras(net, twig, photos, layer):
    point = value(net, photos, layer)[0] if layer != "input" else photos
    bumps = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)

    @tf.function
    def inside(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = tf.reduce_sum(net.run(images)["logits"] * bumps)
        return tape.gradient(score, images)

    scores = twig.get_layer("scores")
    head = keras.Model(twig.input, twig.get_layer("pool").output)
    images = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(images)
        plain = head(images) @ scores.kernel + scores.bias
        total = tf.reduce_sum(plain * bumps)
    expected = tape.gradient(total, images).numpy()
    np.testing.assert_allclose(inside(images), expected, atol=1e-5 * np.abs(expected).max())

    @tf.function
    def at_layer(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            score = tf.reduce_sum(net.run(images, edit={layer: values})["logits"] * bumps)
        return tape.gradient(score, values)

    step = 1e-2 * np.random.default_rng(2).normal(size=point.shape).astype(np.float32)
    slope = float(tf.reduce_sum(at_layer(tf.constant(point)) * step))
    up, down = (
        float(tf.reduce_sum(net.run(images, edit={layer: point + s * step})["logits"] * bumps))
        for s in (1, -1)
    )
    # A kink of a ReLU may lie between the two.
    assert slope == pytest.approx((up - down) / 2, rel=0.05, abs=0.01)


def test_a_tape_around_run_works_without_a_function(net, photos):
    images = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = net.run(images)["logits"][:, 2]
    assert float(tf.reduce_max(tf.abs(tape.gradient(score, images)))) > 0


@pytest.mark.parametrize("layer", LAYERS)
def test_head_and_tail_are_the_whole(net, photos, layer):
    tail = net.cut(layer, ["logits", "pool"])
    values, bypass = tail.head(photos)
    found, whole = tail(values, bypass), net.run(photos, ["logits", "pool", layer])
    np.testing.assert_array_equal(found["logits"], whole["logits"])
    np.testing.assert_array_equal(found["pool"], whole["pool"])
    np.testing.assert_array_equal(values, whole[layer])
    # Rows of one image at many edits need its bypass once.
    rows = tf.repeat(values[:1], 4, axis=0) * tf.reshape(
        [0.0, 0.5, 1.0, 2.0], [-1] + [1] * (values.shape.rank - 1)
    )
    beside = {name: tf.repeat(v[:1], 4, axis=0) for name, v in bypass.items()}
    many = tail(rows, beside)["logits"]
    for i in range(4):
        alone = net.run(photos[:1], edit={layer: rows[i : i + 1]})["logits"]
        np.testing.assert_allclose(many[i : i + 1], alone, atol=1e-5)


def test_the_frontier_is_what_bypasses_the_layer(net, photos):
    def bypass(layer):
        _, beside = net.cut(layer).head(photos)
        return sorted(tuple(v.shape) for v in beside.values())

    assert bypass("reduced") == []
    # `right` bypasses `join`; `stem` and `right` (from the images) bypass `left`.
    assert bypass("join") == [(3, 8, 8, 3)]
    assert bypass("left") == [(3, 8, 8, 3), (3, 8, 8, 4)]
    assert net.gate("reduced") and net.gate("act") and not net.gate("left")
    assert not net.gate("stem") and not net.gate("right")


def test_a_tail_of_pixels_is_the_network(net, photos):
    tail = net.cut("input")
    values, bypass = tail.head(photos)
    np.testing.assert_array_equal(values, photos)
    assert bypass == {}
    np.testing.assert_array_equal(tail(values)["logits"], net.run(photos)["logits"])


def test_a_layer_that_feeds_nothing_asked_for_is_refused(net):
    with pytest.raises(ModelError, match=r"'pool' does not feed 'stem'"):
        net.cut("pool", ["stem"])
    assert net.feeds("stem") and net.feeds("stem", "left") and not net.feeds("left", "right")
    assert net.feeds("input", "left") and net.feeds("logits")


def test_a_second_call_traces_nothing(twig, photos):
    net = attrvis.load(twig, preprocess="unit")
    traces = 0

    @tf.function
    def many(images, values):
        nonlocal traces
        traces += 1
        return net.run(images, ["logits", "stem"], {"left": values})

    zeros = np.zeros((3, 8, 8, 4), np.float32)
    for batch in (3, 2, 1):
        net.run(photos[:batch], ["logits", "stem"], {"left": zeros[:batch]})
    compiled = len(net._engine._compiled)
    functions = [id(f) for f in net._engine._compiled.values()]
    for _ in range(3):
        net.run(photos, ["stem", "logits"], {"left": zeros})
        many(tf.constant(photos), tf.constant(zeros))
    assert len(net._engine._compiled) == compiled == 1
    assert functions == [id(f) for f in net._engine._compiled.values()]
    assert traces == 1


def test_unknown_layers_name_the_nearest(net, photos):
    for call in (
        lambda: net.run(photos, ["stme"]),
        lambda: net.run(photos, edit={"stme": lambda a: a}),
        lambda: net.layer("stme"),
        lambda: net.cut("stme"),
    ):
        with pytest.raises(UnknownName, match=r"no layer 'stme'; the nearest: 'stem'"):
            call()


def test_predictions_are_sorted(net, twig, photos):
    probabilities = twig(photos).numpy()
    found = net.predict(photos, top=3)
    for row, expected in zip(found, probabilities, strict=True):
        assert [p.index for p in row] == list(np.argsort(-expected, kind="stable")[:3])
        np.testing.assert_allclose(
            [p.probability for p in row], np.sort(expected)[::-1][:3], atol=1e-6
        )
        assert row[0].label == f"class {row[0].index}"
    assert len(net.predict(photos, top=99)[0]) == 5
