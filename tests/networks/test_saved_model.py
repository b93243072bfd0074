"""SavedModels of TensorFlow 1 and 2, and what they may hold."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from tests import toys


@pytest.fixture(scope="module")
def of_tensorflow_1(tmp_path_factory):
    """Save a session's graph, with its initialisers, as Estimators and Hub's first modules did."""
    folder = tmp_path_factory.mktemp("v1") / "model"
    photos = toys.noise(3, 8, 8, 3)
    with tf.Graph().as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="images")
        kernel = tf.compat.v1.get_variable("kernel", (3, 3, 3, 6))
        body = tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "SAME"), name="body")
        logits = tf.matmul(
            tf.reduce_mean(body, [1, 2]), tf.compat.v1.get_variable("last", (6, 4)), name="logits"
        )
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            scores = tf.nn.softmax(logits)
            tf.compat.v1.saved_model.simple_save(
                session, str(folder), {"images": images}, {"scores": scores}
            )
            return folder, photos, session.run(logits, {images: photos})


@pytest.mark.parametrize("loaded", [False, True])
def test_those_of_tensorflow_1(of_tensorflow_1, loaded):
    folder, photos, expected = of_tensorflow_1
    net = attrvis.load(tf.saved_model.load(str(folder)) if loaded else folder, preprocess="unit")
    assert np.abs(net.run(photos)["logits"] - expected).max() < 1e-6
    assert net.layer("body").shape == (None, 8, 8, 6)
    assert len(net.lowered.variables()) == 2
    assert net.with_rule("guided").touched == {"Relu": 1}


def test_a_training_branch_is_not_taken(tmp_path, photos):
    class Branched(tf.Module):
        @tf.function
        def __call__(self, images, training=False):
            pooled = tf.reduce_mean(images, [1, 2])
            return -pooled if training else pooled

    module = Branched()
    spec = tf.TensorSpec([None, 8, 8, 3])
    for training in (True, False):
        module.__call__.get_concrete_function(spec, training=training)
    tf.saved_model.save(module, str(tmp_path / "model"))
    net = attrvis.load(tmp_path / "model", preprocess="unit")
    expected = photos.mean(axis=(1, 2))
    assert np.abs(net.run(photos)["logits"] - expected).max() < 1e-6


def test_weights_without_a_way_to_call_them(tmp_path):
    module = tf.Module()
    module.weight = tf.Variable(1.0)
    tf.saved_model.save(module, str(tmp_path / "model"))
    with pytest.raises(ModelError, match="weights only"):
        attrvis.load(tmp_path / "model", preprocess="unit")
