"""A model file is a program: what one may hold before the user vouches for it."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from tests import toys


def scored(images):
    return tf.identity(tf.reduce_mean(images, [1, 2]), name="scores")


def writing(path):
    def build(images):
        tf.raw_ops.WriteFile(filename=str(path), contents="x")
        return scored(images)

    return build


def reading(images):
    tf.raw_ops.ReadFile(filename="/etc/hostname")
    return scored(images)


def calling(images):
    out = tf.numpy_function(lambda x: x, [images], tf.float32)
    return scored(tf.reshape(out, [-1, 4, 4, 3]))


def drawing(images):
    return scored(images + tf.random.uniform([4, 4, 3]))


@pytest.mark.parametrize(
    ("build", "op", "why"),
    [
        (reading, "ReadFile", "reads files"),
        (calling, "PyFunc", "calls Python"),
        (drawing, "RandomUniform", "not on the list"),
    ],
)
def test_dangerous_ops_are_refused_by_name(build, op, why):
    with pytest.raises(ModelError, match=rf"{op}.*{why}.*trust=True"):
        toys.network(build, logits="scores")


def test_a_graph_that_writes_files_is_refused_and_writes_none(tmp_path):
    with pytest.raises(ModelError, match=r"WriteFile.*writes files"):
        toys.network(writing(tmp_path / "gone"), logits="scores")
    assert not list(tmp_path.iterdir())


def test_ops_hidden_in_a_function_are_refused():
    @tf.function(autograph=False)
    def inner(images):
        tf.raw_ops.ReadFile(filename="/etc/hostname")
        return images + 1.0

    def build(images):
        return scored(inner(images))

    with pytest.raises(ModelError, match="ReadFile"):
        toys.network(build)


def test_a_vouched_graph_loads():
    net = toys.network(drawing, trust=True)
    assert net.run(toys.noise(2, 4, 4, 3))["logits"].shape == (2, 3)


def test_files_are_checked_too(tmp_path):
    path = tmp_path / "net.pb"
    made = toys.graph_def(reading, (None, 4, 4, 3))
    path.write_bytes(made.SerializeToString())
    with pytest.raises(ModelError, match="ReadFile"):
        attrvis.load(path, preprocess="unit", logits="scores")
    assert attrvis.load(path, preprocess="unit", logits="scores", trust=True).classes == 3


def test_globals_are_untouched():
    before = tf.config.optimizer.get_experimental_options()
    net = toys.network(scored)
    net.run(np.zeros((1, 4, 4, 3), np.float32))
    assert tf.config.optimizer.get_experimental_options() == before
