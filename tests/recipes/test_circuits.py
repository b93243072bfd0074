"""Circuits: kernels read from the graph, and expanded over what lies between."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import signal

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName
from attrvis.recipes import circuits
from attrvis.recipes.kernels import expanded_weights, kernel_between
from tests.toys import keras_model, network, noise

DRAW = np.random.default_rng(7)
FIRST, SECOND, POINT = (
    DRAW.normal(size=shape).astype(np.float32)
    for shape in ((3, 3, 3, 4), (3, 3, 4, 5), (1, 1, 4, 2))
)


def build(between=None):
    """Images -> a (3x3) -> b (3x3), b beside a 1x1 = both -> scores; `between` acts on a and b."""
    act = between or tf.identity

    def made(x):
        a = act(tf.nn.conv2d(x, FIRST, 1, "SAME") + 0.5, name="a")
        b = act(
            tf.nn.bias_add(tf.nn.conv2d(a, SECOND, 1, "SAME"), np.ones(5, np.float32)), name="b"
        )
        both = tf.concat([b, tf.nn.conv2d(a, POINT, 1, "SAME")], -1, name="both")
        tf.matmul(tf.reduce_mean(both, [1, 2]), np.eye(7, dtype=np.float32), name="scores")

    return network(made, 11, 11)


def composed(unit):
    """The kernel from the images to a unit of b, by full convolution of flipped kernels."""
    found = np.zeros((5, 5, 3))
    for channel in range(3):
        for middle in range(4):
            found[..., channel] += signal.convolve2d(
                FIRST[:, :, channel, middle], SECOND[:, :, middle, unit], mode="full"
            )
    return found


@pytest.mark.parametrize("act", [None, tf.nn.relu, tf.nn.elu])
def test_the_kernel_is_the_graphs_own(act):
    net = build(act)
    assert np.array_equal(kernel_between(net, "a", "b", 3), SECOND[..., 3])
    assert np.array_equal(kernel_between(net, "a", "both", 3), SECOND[..., 3])
    assert np.array_equal(kernel_between(net, "a", "both", 6), POINT[..., 1])


def test_no_single_kernel(net):
    assert kernel_between(build(), "a", "a", 0) is None
    assert kernel_between(net, "mixed3a", "mixed4a", 3) is None
    assert kernel_between(net, "conv1", "conv1", 3) is None


def test_a_kernel_of_a_stretched_or_scaled_convolution_is_not_read():
    def stretched(x):
        a = tf.identity(x, name="a")
        b = tf.nn.conv2d(a, FIRST, 1, "SAME", dilations=2, name="b")
        c = tf.multiply(tf.nn.conv2d(a, FIRST, 1, "SAME"), -2.0, name="c")
        both = tf.reduce_mean(b + c, [1, 2])
        tf.matmul(both, np.eye(4, dtype=np.float32), name="scores")

    net = network(stretched, 11, 11)
    assert kernel_between(net, "a", "b", 0) is None
    assert kernel_between(net, "a", "c", 0) is None
    far = expanded_weights(net, "a", "b", 1)
    assert far.shape == (5, 5, 3) and np.allclose(far[::2, ::2], FIRST[..., 1], atol=1e-6)
    assert np.allclose(expanded_weights(net, "a", "c", 1), -2 * FIRST[..., 1], atol=1e-6)


def deep(act):
    """Images -> start -> a -> b, so that the composed kernel of two layers is known."""

    def made(x):
        start = act(x, name="start")
        a = act(tf.nn.conv2d(start, FIRST, 1, "SAME") - 3.0, name="a")
        b = act(tf.nn.conv2d(a, SECOND, 1, "SAME") - 3.0, name="b")
        tf.matmul(tf.reduce_mean(b, [1, 2]), np.eye(5, dtype=np.float32), name="scores")

    return network(made, 11, 11)


@pytest.mark.parametrize("act", [tf.identity, tf.nn.relu, tf.nn.softplus])
@pytest.mark.parametrize("photos", [None, noise(3, 11, 11, 3)])
def test_expanded_weights_are_the_composed_kernel(act, photos):
    net = deep(act)
    for unit in (0, 4):
        found = expanded_weights(net, "start", "b", unit, photos=photos)
        assert found.shape == (5, 5, 3)
        assert np.allclose(found, composed(unit), atol=1e-5)


def test_expanded_weights_of_adjacent_layers_are_the_kernel(net):
    for unit in (0, 17):
        read = kernel_between(net, "conv1", "conv2", unit)
        assert np.allclose(read, expanded_weights(net, "conv1", "conv2", unit), atol=1e-6)


def test_max_pools_become_means():
    def made(x):
        a = tf.identity(x, name="a")
        b = tf.nn.conv2d(tf.nn.max_pool2d(a, 2, 2, "VALID"), POINT[:, :, :3], 1, "SAME", name="b")
        tf.matmul(tf.reduce_mean(b, [1, 2]), np.eye(2, dtype=np.float32), name="scores")

    found = expanded_weights(network(made, 8, 8), "a", "b", 1)
    assert found.shape == (2, 2, 3)
    assert np.allclose(found, np.broadcast_to(POINT[0, 0, :3, 1] / 4, (2, 2, 3)), atol=1e-6)


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_a_keras_network():
    model = keras_model()
    net = attrvis.load(model, preprocess="unit")
    kernel = model.get_layer("left").kernel.numpy()
    assert np.allclose(kernel_between(net, "stem", "left", 2), kernel[..., 2])


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_the_strongest_channels_are_drawn(net):
    plate = circuits(net, "conv1", "conv2", 5, count=3, steps=3, size=32)
    kernel = kernel_between(net, "conv1", "conv2", 5)
    lengths = np.linalg.norm(kernel.reshape(9, -1), axis=0)
    assert plate.values["channels"].tolist() == np.argsort(-lengths)[:3].tolist()
    assert np.array_equal(plate.values["weights"], kernel)
    first = plate.values["channels"][0]
    told = plate.facts["channels"][0]
    assert told["channel"] == first and told["sum"] == pytest.approx(kernel[..., first].sum())
    shown = plate.parts[f"weights-{first}"]
    signs = np.sign(kernel[..., first])
    assert (np.sign(shown[..., 0] - shown[..., 2]) == signs).all()  # red excites, blue silences
    names = {"conv2-5"} | {f"conv1-{i}" for i in plate.values["channels"]}
    assert names <= set(plate.parts)


def test_layers_further_apart(net):
    plate = circuits(net, "mixed3a", "mixed4a", 150, count=2, steps=2, size=64)
    assert plate.facts["way"] == "expanded"
    assert plate.values["weights"].shape[-1] == net.layer("mixed3a").shape[-1]
    forced = circuits(net, "conv1", "conv2", 5, way="expanded", count=1, steps=2, size=32)
    assert forced.facts["way"] == "expanded"


def test_wrong_circuits(net):
    with pytest.raises(UnknownName, match="mixed4a"):
        circuits(net, "mixed3a", "mixed4", 0)
    with pytest.raises(UnknownName, match="kernel"):
        circuits(net, "conv1", "conv2", 0, way="kernels")
    with pytest.raises(BadValue, match="channels 0 to 63"):
        circuits(net, "conv1", "conv2", 64)
    with pytest.raises(BadValue, match="1 channel or more"):
        circuits(net, "conv1", "conv2", 0, count=0)
    with pytest.raises(BadValue, match="way='expanded'"):
        circuits(net, "mixed3a", "mixed4a", 0, way="kernel")
    with pytest.raises(ModelError, match="does not feed"):
        circuits(net, "mixed4a", "mixed3a", 0)
    with pytest.raises(BadValue, match="layer of maps"):
        circuits(net, "input", "conv1", 0)
    with pytest.raises(BadValue, match="layer of maps"):
        circuits(net, net.logits, "conv1", 0)
