"""Frozen graphs lowered: weights leave the graph, logits are found, strange graphs are refused."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import AttrVisError, BadValue, ModelError, UnknownName
from attrvis.networks.lowered import from_graph_def
from tests import toys

RNG = np.random.default_rng(11)
WIDE = RNG.normal(0, 0.2, (3, 3, 3, 64)).astype(np.float32)
SCORES = RNG.normal(0, 0.5, (64, 4)).astype(np.float32)
BIAS = np.array([0.1, 0.2, -0.1, 0.0], np.float32)


def body(images):
    conv = tf.nn.relu(tf.nn.conv2d(images, WIDE, 1, "SAME", name="block/conv"), name="block/relu")
    return tf.reduce_mean(conv, [1, 2], name="pool")


def scores(images):
    return tf.nn.bias_add(tf.matmul(body(images), SCORES), BIAS, name="scores")


def expected(photos):
    conv = tf.nn.relu(tf.nn.conv2d(photos, WIDE, 1, "SAME"))
    return (tf.reduce_mean(conv, [1, 2]) @ SCORES + BIAS).numpy()


def test_a_frozen_graph_gives_what_keras_gives(frozen_net, net, photos):
    plain = net.run(photos, ["logits", "stem", "join", "act"])
    np.testing.assert_allclose(frozen_net.run(photos)["logits"], plain["logits"], atol=1e-5)
    inside = [
        layer.name
        for layer in frozen_net.layers
        if layer.name.endswith("stem_1/Relu") or layer.name.endswith("stem/Relu")
    ]
    assert len(inside) == 1
    np.testing.assert_allclose(frozen_net.run(photos, inside)[inside[0]], plain["stem"], atol=1e-5)


def test_large_constants_become_captures(photos):
    made = toys.graph_def(scores, (None, 8, 8, 3))
    lowered = from_graph_def(made)
    assert made.ByteSize() > 6000 > lowered.graph_def.ByteSize()
    assert len(lowered.captures) == 1
    net = attrvis.load(made, preprocess="unit")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)
    (weights,) = net._engine.lowered.captures.values()
    weights.assign(weights * 0)
    np.testing.assert_allclose(net.run(photos)["logits"], np.tile(BIAS, (3, 1)), atol=1e-6)


def test_layers_go_by_their_nodes_names(photos):
    net = toys.network(scores, 8, 8)
    assert [layer.name for layer in net.layers][:3] == ["block/conv", "block/relu", "pool"]
    found = net.run(photos, ["block/relu", "block/relu:0", "relu"])
    assert len(found) == 3
    np.testing.assert_array_equal(found["relu"], found["block/relu:0"])


@pytest.mark.parametrize("name", ["block/relu:1", "block/relu:x", "lock/relu", "", "block", ":0"])
def test_wrong_names_are_one_clear_error(name):
    with pytest.raises(UnknownName, match="layer"):
        toys.network(scores, 8, 8).layer(name)


def test_an_ambiguous_suffix_names_its_candidates():
    def build(images):
        one = tf.nn.relu(images, name="a/relu")
        two = tf.nn.relu(one, name="b/relu")
        return tf.reduce_mean(two, [1, 2], name="scores")

    net = toys.network(build)
    with pytest.raises(UnknownName, match=r"fits 2 layers: 'a/relu', 'b/relu'"):
        net.layer("relu")


LOGITS_ENDS = {
    "softmax": lambda x: tf.nn.softmax(scores(x)),
    "plain": scores,
    "sigmoid": lambda x: tf.nn.sigmoid(scores(x)),
    "log softmax": lambda x: tf.nn.log_softmax(scores(x)),
    "identity after": lambda x: tf.identity(tf.nn.softmax(scores(x)), name="out"),
    "reshape after": lambda x: tf.reshape(tf.nn.softmax(scores(x)), [-1, 4]),
    "reshape before": lambda x: tf.nn.softmax(tf.reshape(scores(x), [-1, 4])),
    "add": lambda x: tf.nn.softmax(tf.add(tf.matmul(body(x), SCORES), BIAS)),
    "squeezed": lambda x: tf.nn.softmax(
        tf.squeeze(scores(x)[:, None, None, :], [1, 2], name="squeeze")
    ),
    "reshaped maps": lambda x: tf.nn.softmax(
        tf.reshape(
            tf.nn.bias_add(
                tf.nn.conv2d(body(x)[:, None, None], SCORES[None, None], 1, "SAME"), BIAS
            ),
            [-1, 4],
        )
    ),
}


@pytest.mark.parametrize("end", LOGITS_ENDS)
def test_logits_are_found_before_the_softmax(photos, end):
    net = toys.network(LOGITS_ENDS[end], 8, 8)
    assert net.classes == 4
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)


def test_logits_of_keras_are_found_in_every_form(photos):
    import keras
    from keras import layers

    def ending(*last):
        images = keras.Input((8, 8, 3))
        x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu")(images))
        for layer in last:
            x = layer(x)
        model = keras.Model(images, x)
        rng = np.random.default_rng(5)
        model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
        return attrvis.load(model, preprocess="unit").run(photos)["logits"]

    plain = ending(layers.Dense(3))
    np.testing.assert_array_equal(ending(layers.Dense(3, activation="softmax")), plain)
    np.testing.assert_array_equal(ending(layers.Dense(3), layers.Softmax()), plain)
    np.testing.assert_array_equal(ending(layers.Dense(3), layers.Activation("softmax")), plain)
    np.testing.assert_array_equal(ending(layers.Dense(3), layers.Activation("sigmoid")), plain)
    np.testing.assert_array_equal(ending(layers.Dense(3), layers.Activation("linear")), plain)
    reshaped = ending(
        layers.Dense(3), layers.Reshape((1, 1, 3)), layers.Reshape((3,)), layers.Softmax()
    )
    np.testing.assert_array_equal(reshaped, plain)


@pytest.mark.parametrize(
    ("end", "named"),
    [
        (lambda x: tf.nn.relu(scores(x)), "Relu"),
        (lambda x: tf.argmax(scores(x), 1), "ArgMax"),
        (lambda x: tf.exp(scores(x)), "Exp"),
        (lambda x: tf.sqrt(tf.nn.softmax(scores(x))), "Sqrt"),
    ],
)
def test_unclear_logits_are_refused_and_can_be_named(photos, end, named):
    made = toys.graph_def(end, (None, 8, 8, 3))
    with pytest.raises(ModelError, match=f"ends in {named}.*logits="):
        attrvis.load(made, preprocess="unit")
    net = attrvis.load(made, preprocess="unit", logits="scores")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)


def test_logits_that_are_no_classes_are_refused():
    def summed(images):
        return tf.reduce_sum(scores(images), 1, name="total")

    made = toys.graph_def(summed, (None, 8, 8, 3))
    with pytest.raises(ModelError, match=r"not \[batch, classes\]"):
        attrvis.load(made, preprocess="unit", logits="total")
    with pytest.raises(AttrVisError, match=r"no.*'nowhere'"):
        attrvis.load(made, preprocess="unit", logits="nowhere")


def test_several_outputs_ask_which_one(photos):
    def build(images):
        tf.identity(scores(images), name="first")
        tf.reduce_mean(images, [1, 2], name="second")

    made = toys.graph_def(build, (None, 8, 8, 3))
    with pytest.raises(ModelError, match=r"2 outputs \(first, second\).*logits="):
        attrvis.load(made, preprocess="unit")
    net = attrvis.load(made, preprocess="unit", logits="first")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)


def test_several_images_ask_which_one(photos):
    def build(images):
        other = tf.compat.v1.placeholder_with_default(tf.zeros([1, 8, 8, 3]), [None, 8, 8, 3])
        second = tf.compat.v1.placeholder(tf.float32, [None, 8, 8, 3], name="second")
        return tf.nn.bias_add(tf.matmul(body(images + other), SCORES), BIAS, name="scores") + 0 * (
            tf.reduce_sum(second)
        )

    made = toys.graph_def(build, (None, 8, 8, 3))
    with pytest.raises(ModelError, match=r"2 image inputs \(images, second\).*input="):
        attrvis.load(made, preprocess="unit")
    net = attrvis.load(made, preprocess="unit", input="images", logits="scores")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)
    with pytest.raises(ModelError, match="'nowhere' to feed"):
        attrvis.load(made, preprocess="unit", input="nowhere")


def test_a_second_placeholder_that_is_needed_is_named():
    def build(images):
        keep = tf.compat.v1.placeholder(tf.float32, [], name="keep_prob")
        return scores(images * keep)

    with pytest.raises(ModelError, match="'keep_prob'"):
        net = toys.network(build, 8, 8)
        net.run(toys.noise(1, 8, 8, 3))


def test_a_graph_of_several_inputs_without_an_image_is_refused():
    def build(vector):
        other = tf.compat.v1.placeholder(tf.float32, (None, 64), name="other")
        tf.matmul(vector + other, SCORES, name="scores")

    with pytest.raises(ModelError, match=r"2 image inputs.*input="):
        attrvis.load(toys.graph_def(build, (None, 64)), preprocess="unit")


def test_names_of_the_graph_cannot_collide_with_ours(photos):
    def build(images):
        moved = tf.subtract(tf.multiply(images, 1.0, name="mul"), 0.0, name="sub")
        moved = tf.identity(tf.identity(moved, name="fed_0"), name="ReadVariableOp")
        moved = tf.identity(tf.identity(moved, name="Cast"), name="Placeholder")
        return tf.identity(scores(moved), name="Identity")

    net = toys.network(build, 8, 8, preprocess="tf")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos * 2 - 1), atol=1e-5)


def test_an_input_may_be_called_input_or_logits(photos):
    def build(images):
        return tf.identity(scores(tf.identity(images * 2.0, name="input")), name="logits")

    net = toys.network(build, 8, 8)
    np.testing.assert_array_equal(net.run(photos, ["input"])["input"], photos)
    with pytest.raises(BadValue):
        net.run(photos, edit={"input": np.zeros((3, 8, 8, 4), np.float32)})
    np.testing.assert_allclose(net.run(photos)["logits"], expected(2 * photos), atol=1e-5)


@pytest.mark.parametrize("shape", [(None, 8, 8, 3), (1, 8, 8, 3), (None, None, None, 3), None])
def test_the_batch_axis_is_free(photos, shape):
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, shape, name="images")
        scores(tf.ensure_shape(images, [None, None, None, 3]) if shape is None else images)
    net = attrvis.load(
        graph.as_graph_def(), preprocess="unit", size=None if shape and shape[1] else 8
    )
    assert net.size == (8, 8)
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)


def test_a_fixed_size_cannot_be_changed():
    made = toys.graph_def(scores, (None, 8, 8, 3))
    assert attrvis.load(made, preprocess="unit", size=8).size == (8, 8)
    for size in (9, (8, 9)):
        with pytest.raises(BadValue, match="takes 8x8 pixels only"):
            attrvis.load(made, preprocess="unit", size=size)
    for size in (0, -3, (8, 0)):
        with pytest.raises(BadValue, match="not positive"):
            attrvis.load(made, preprocess="unit", size=size)


def test_foreign_gradients_are_stripped(photos):
    made = toys.graph_def(scores, (None, 8, 8, 3))
    for node in made.node:
        if node.op in ("Relu", "Conv2D", "Mean"):
            node.attr["_gradient_op_type"].s = b"CustomGradient-1"
    net = attrvis.load(made, preprocess="unit")
    images = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = net.run(images)["logits"]
    assert float(tf.reduce_max(tf.abs(tape.gradient(top, images)))) > 0


def test_foreign_gradients_inside_functions_are_stripped(photos):
    def build(images):
        inner = tf.function(lambda x: tf.nn.relu(x), autograph=False)
        return scores(inner(images))

    made = toys.graph_def(build, (None, 8, 8, 3))
    assert made.library.function
    for function in made.library.function:
        for node in function.node_def:
            node.attr["_gradient_op_type"].s = b"CustomGradient-1"
    net = attrvis.load(made, preprocess="unit")
    images = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = net.run(images)["logits"]
    assert float(tf.reduce_max(tf.abs(tape.gradient(top, images)))) > 0


def silu_model():
    import keras
    from keras import layers

    images = keras.Input((8, 8, 3))
    conv = layers.Conv2D(4, 3, activation="silu")(images)
    return keras.Model(images, layers.Dense(3)(layers.GlobalAveragePooling2D()(conv)))


def test_a_silu_of_keras_has_its_gradient(photos):
    model = silu_model()
    images = tf.constant(photos)

    def slope(call):
        with tf.GradientTape() as tape:
            tape.watch(images)
            top = call(images)
        return tape.gradient(top, images)

    expected = slope(model)
    for source in (model, toys.frozen(model)):
        net = attrvis.load(source, preprocess="unit")
        np.testing.assert_allclose(
            slope(lambda x, net=net: net.run(x)["logits"]), expected, atol=1e-5
        )


def test_control_edges_and_placements_do_not_matter(photos):
    made = toys.graph_def(scores, (None, 8, 8, 3))
    for node in made.node:
        if node.op == "Relu":
            node.device = "/device:GPU:7"
            node.input.append("^pool/reduction_indices")
    net = attrvis.load(made, preprocess="unit")
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)


def test_a_broken_graph_is_one_clear_error():
    made = toys.graph_def(scores, (None, 8, 8, 3))
    for node in made.node:
        if node.op == "Relu":
            node.input[0] = "gone"
    with pytest.raises(ModelError, match="'gone', which does not exist"):
        attrvis.load(made, preprocess="unit")


def test_a_loop_is_one_clear_error():
    made = toys.graph_def(scores, (None, 8, 8, 3))
    for node in made.node:
        if node.op == "Conv2D":
            node.input[0] = "block/relu"
    with pytest.raises(ModelError, match="loop"):
        attrvis.load(made, preprocess="unit", logits="scores", input="images")


def test_a_file_is_read(tmp_path, photos):
    path = tmp_path / "net.pb"
    path.write_bytes(toys.graph_def(scores, (None, 8, 8, 3)).SerializeToString())
    net = attrvis.load(str(path), preprocess="unit")
    assert net.name == "net.pb"
    np.testing.assert_allclose(net.run(photos)["logits"], expected(photos), atol=1e-6)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelError, match=r"net\.pb"):
        attrvis.load(path, preprocess="unit")
