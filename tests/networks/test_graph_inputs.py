"""What flows into a frozen graph: other placeholders, decoded files, a batch that was baked in."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import AttrVisWarning, ModelError
from tests import toys


def test_other_placeholders_are_fed(tmp_path):
    def build(graph):
        images = tf.compat.v1.placeholder(tf.float32, (None, 4, 4, 3), name="images")
        train = tf.compat.v1.placeholder(tf.bool, (), name="phase_train")
        keep = tf.compat.v1.placeholder(tf.float32, (), name="keep_prob")
        pooled = tf.reduce_mean(images, [1, 2])
        tf.multiply(tf.where(train, 0.0 * pooled, pooled), keep, name="scores")

    graph = tf.Graph()
    with graph.as_default():
        build(graph)
    made = graph.as_graph_def()
    photos = toys.noise(2, 4, 4, 3)
    fed = {"phase_train": False, "keep_prob": 0.5}
    net = attrvis.load(made, preprocess="unit", logits="scores", feeds=fed)
    expected = 0.5 * photos.mean(axis=(1, 2))
    assert net.run(photos)["logits"].numpy() == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ModelError, match="its placeholders are images, phase_train, keep_prob"):
        attrvis.load(made, preprocess="unit", logits="scores", feeds={"train": False})
    with pytest.raises(ModelError, match="takes bool"):
        attrvis.load(made, preprocess="unit", logits="scores", feeds={"phase_train": "maybe"})
    unfed = attrvis.load(made, preprocess="unit", logits="scores")
    with pytest.raises(ModelError, match="needs a value for its placeholder"):
        unfed.run(photos)


@pytest.mark.parametrize("named", [True, False])
def test_a_graph_that_decodes_its_own_file_begins_behind_that(named):
    graph = tf.Graph()
    with graph.as_default():
        file = tf.compat.v1.placeholder(tf.string, (), name="contents")
        decoded = tf.cast(tf.image.decode_jpeg(file, channels=3), tf.float32, name="decoded")
        images = tf.expand_dims(decoded, 0, name="batch")
        tf.reduce_mean(tf.nn.relu(images - 0.5), [1, 2], name="scores")
    made, photos = graph.as_graph_def(), toys.noise(2, 6, 5, 3)
    with pytest.raises(ModelError, match="input="):
        attrvis.load(made, preprocess="unit", size=(6, 5))
    logits = {"logits": "scores"} if named else {}
    net = attrvis.load(made, preprocess="unit", size=(6, 5), input="batch", **logits)
    expected = np.maximum(photos - 0.5, 0).mean(axis=(1, 2))
    assert net.run(photos)["logits"].numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("baked", [1, 4])
def test_a_batch_that_was_baked_in_is_freed(baked):
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (baked, 4, 4, 3), name="images")
        flat = tf.reshape(images, [baked, 48])
        weights = tf.constant(np.random.default_rng(0).normal(size=(48, 5)).astype(np.float32))
        tf.reshape(tf.matmul(flat, weights), [baked, 5], name="scores")
    net = attrvis.load(graph.as_graph_def(), preprocess="unit", logits="scores")
    photos = toys.noise(3, 4, 4, 3)
    found = net.run(photos)["logits"].numpy()
    assert found == pytest.approx(photos.reshape(3, 48) @ weights_of(graph), abs=1e-5)


@pytest.mark.parametrize("baked", [1, 2])
@pytest.mark.parametrize("how", ["flattened", "summed"])
def test_a_batch_that_cannot_be_freed_runs_row_by_row(baked, how):
    """Together the images would run into each other: without a word, where the batch is 1."""
    kernel = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (baked, 4, 4, 3), name="images")
        maps = tf.nn.relu(tf.nn.conv2d(images, kernel[None, None], 1, "SAME"), name="maps")
        if how == "flattened":
            mean = tf.reduce_mean(tf.reshape(maps, [baked, -1, 5]), 1)
        else:
            mean = tf.stack([tf.reduce_mean(maps[i], [0, 1]) for i in range(baked)])
        tf.identity(2.0 * mean, name="scores")
    with pytest.warns(AttrVisWarning, match="run one image at a time"):
        net = attrvis.load(graph.as_graph_def(), preprocess="unit", logits="scores")
    photos = toys.noise(3, 4, 4, 3) - 0.5
    maps = np.maximum(photos @ kernel, 0)
    assert net.layer("maps").shape == (None, 4, 4, 5)
    found = net.run(photos, ["maps", "logits"])
    assert found["maps"].numpy() == pytest.approx(maps, abs=1e-5)
    assert found["logits"].numpy() == pytest.approx(2 * maps.mean(axis=(1, 2)), abs=1e-5)
    edited = net.run(photos, edit={"maps": lambda t: 3.0 * t})["logits"].numpy()
    assert edited == pytest.approx(6 * maps.mean(axis=(1, 2)), abs=1e-5)
    images = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = net.run(images)["logits"][:, 2]
    expected = 2 / 16 * (maps[..., 2:3] > 0) * kernel[:, 2]
    assert tape.gradient(top, images).numpy() == pytest.approx(expected, abs=1e-5)
    method = attrvis.attribute(net, photos + 0.5, target=1, layer="maps")
    assert np.isfinite(method.values).all() and method.values.shape == (3, 4, 4, 5)


def weights_of(graph):
    node = next(n for n in graph.as_graph_def().node if n.op == "Const" and "value" in n.attr
                and len(n.attr["value"].tensor.tensor_shape.dim) == 2)  # fmt: skip
    return tf.make_ndarray(node.attr["value"].tensor)


def test_channels_first_is_turned():
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="images")
        turned = tf.transpose(images, [0, 3, 1, 2])
        kernel = tf.constant(np.ones((3, 3, 3, 2), np.float32))
        conv = tf.nn.conv2d(turned, kernel, 1, "VALID", data_format="NCHW", name="conv")
        tf.matmul(tf.reduce_mean(conv, [2, 3]), tf.ones([2, 4]), name="scores")
    net = attrvis.load(graph.as_graph_def(), preprocess="unit")
    photos = toys.noise(2, 8, 8, 3)
    expected = tf.nn.conv2d(photos, np.ones((3, 3, 3, 2), np.float32), 1, "VALID")
    np.testing.assert_allclose(net.run(photos, ["conv"])["conv"], expected, atol=1e-5)
