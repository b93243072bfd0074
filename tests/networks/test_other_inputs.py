"""Networks that take no images (signals, rows of numbers, tokens): attributed, not drawn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError
from attrvis.objectives import channel

RNG = np.random.default_rng(0)


def signal(package):
    layers = package.layers
    samples = package.Input((20, 2))
    value = layers.Conv1D(4, 3, activation="relu", name="conv")(samples)
    return package.Model(samples, layers.Dense(3)(layers.GlobalAveragePooling1D()(value)))


def tabular(package):
    columns = package.Input((6,))
    value = package.layers.Dense(8, activation="relu", name="hidden")(columns)
    return package.Model(columns, package.layers.Dense(2, activation="softmax")(value))


def tokens(package):
    layers = package.layers
    words = package.Input((5,))
    value = layers.Embedding(9, 4, name="embedding")(words)
    return package.Model(words, layers.Dense(3)(layers.GlobalAveragePooling1D()(value)))


SHAPES = {"signal": (3, 20, 2), "tabular": (3, 6)}
BUILDS = {"signal": signal, "tabular": tabular}


@pytest.fixture(params=["keras", "tf_keras"])
def package(request):
    return pytest.importorskip(request.param)


@pytest.mark.parametrize("name", BUILDS)
def test_it_runs_and_adds_up(name, package):
    model = BUILDS[name](package)
    batch = RNG.normal(size=SHAPES[name]).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = attrvis.load(model)
    assert net.size == () and "no images" in net.preprocess.found
    logits = net.run(batch)["logits"].numpy()
    given = model(batch).numpy()
    if name == "tabular":
        given, logits = given, tf.nn.softmax(logits).numpy()
    assert np.abs(given - logits).max() < 1e-6
    found = attrvis.attribute(net, batch, target=1, baseline="zero", points=64)
    assert found.values.shape == batch.shape
    assert found.relative_gap.max() < 0.02
    assert found.heatmap().shape == (3, 1, SHAPES[name][1])


def test_a_frozen_graph_of_numbers():
    weights = RNG.normal(size=(6, 4)).astype(np.float32)
    graph = tf.Graph()
    with graph.as_default():
        columns = tf.compat.v1.placeholder(tf.float32, (None, 6), name="columns")
        tf.matmul(columns, weights, name="scores")
    net = attrvis.load(graph.as_graph_def())
    batch = RNG.normal(size=(3, 6)).astype(np.float32)
    found = attrvis.attribute(net, batch, target=2, baseline="zero", points=2)
    assert found.values == pytest.approx(batch * weights[:, 2], abs=1e-5)


def test_tokens_are_explained_at_their_embedding(package):
    model = tokens(package)
    net = attrvis.load(model)
    words = RNG.integers(0, 9, (3, 5)).astype(np.float32)
    assert np.abs(net.run(words)["logits"] - model(words)).max() < 1e-6
    found = attrvis.attribute(net, words, target=0, layer="embedding", baseline="zero", points=2)
    assert found.values.shape == (3, 5, 4) and found.relative_gap.max() < 1e-4


def test_pictures_are_refused_in_one_line(tmp_path):
    import keras

    net = attrvis.load(tabular(keras))
    with pytest.raises(BadValue, match="no picture to draw"):
        attrvis.render(net, channel("hidden", 1), steps=1)
    with pytest.raises(ModelError, match="takes no images"):
        attrvis.explain(net, np.zeros((8, 8, 3), np.float32))
    with pytest.raises(BadValue, match="leave the size out"):
        attrvis.load(tabular(keras), size=32)
    with pytest.raises(BadValue, match=r"takes \[B, 6\]"):
        net.run(np.zeros((2, 7), np.float32))
