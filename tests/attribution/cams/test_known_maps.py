"""Class activation maps whose numbers are known by hand or from Captum's own tests."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import (
    FEM,
    AblationCAM,
    EigenCAM,
    EigenGradCAM,
    GradCAM,
    GradCAMPlusPlus,
    GuidedGradCAM,
    HiResCAM,
    LayerCAM,
    ScoreCAM,
    XGradCAM,
)
from attrvis.errors import BadValue, UnknownName
from attrvis.networks import Network
from tests import toys

PIXELS = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
RNG = np.random.default_rng(2)


@pytest.fixture(scope="module")
def one_conv() -> Network:
    """Two 3x3 filters of ones, biases -50 and -75, ReLU, four places each, one logit by signs."""

    def build(x):
        conv = tf.nn.conv2d(x, tf.ones([3, 3, 1, 2]), 1, "VALID")
        conv = tf.nn.bias_add(conv, [-50.0, -75.0], name="conv")
        signs = np.float32([1, 1, 1, -1, 1, -1, 1, -1])[:, None]
        hidden = tf.reshape(tf.nn.relu(conv, name="relu"), [-1, 8])
        return tf.nn.relu(tf.matmul(hidden, np.repeat(signs, 4, 1)), name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


@pytest.fixture(scope="module")
def weighed() -> Network:
    """A hidden layer `maps` of three channels, and logits that weigh every place of it."""
    kernel = RNG.uniform(-0.4, 0.6, (3, 3, 3, 3)).astype(np.float32)
    last = RNG.normal(size=(5 * 6 * 3, 4)).astype(np.float32)

    def build(x):
        maps = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"), name="maps")
        return tf.identity(tf.matmul(tf.reshape(maps, [-1, 90]) ** 2, last), name="scores")

    return toys.network(build, 5, 6, 3, logits="scores")


@pytest.fixture(scope="module")
def parts(weighed):
    """Give activations, gradient of logit 1 and the images of the weighing network, in float64."""
    images = toys.noise(2, 5, 6, 3)
    maps = tf.constant(weighed.run(images, read=["maps"])["maps"])
    with tf.GradientTape() as tape:
        tape.watch(maps)
        score = weighed.run(images, edit={"maps": maps})["logits"][:, 1]
    slope = tape.gradient(score, maps)
    return images, np.float64(maps), np.float64(slope)


def given(method, net, images, layer="maps", target=1):
    return np.float64(method(net, images, target=target, layer=layer).values)


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_captums_tables(one_conv):
    made = GradCAM()(one_conv, PIXELS, target=0, layer="conv")
    np.testing.assert_allclose(made.values[0, :, :, 0], [[-3.75, 3], [23.25, 30]], atol=1e-4)
    np.testing.assert_allclose(made.values[0, :, :, 1], [[15, 10.5], [-3, -7.5]], atol=1e-4)
    np.testing.assert_allclose(made.values.sum(-1)[0], [[11.25, 13.5], [20.25, 22.5]], atol=1e-4)
    relu = GradCAM()(one_conv, PIXELS, target=0, layer="relu")
    np.testing.assert_allclose(relu.heatmap()[0], [[0, 4], [28, 32.5]], atol=1e-4)
    both = GuidedGradCAM(at="relu", enlarge="nearest")(one_conv, PIXELS, target=0)
    wanted = [[0, 0, 4, 4], [0, 0, 12, 8], [28, 84, 97.5, 65], [28, 56, 65, 32.5]]
    np.testing.assert_allclose(both.values[0, :, :, 0], wanted, atol=1e-3)
    assert both.layer == "input" and both.values.shape == (1, 4, 4, 1)


def test_weights_are_the_papers(weighed, parts):
    images, maps, slope = parts
    close(given(GradCAM(), weighed, images), slope.mean((1, 2), keepdims=True) * maps)
    close(given(HiResCAM(), weighed, images), slope * maps)
    close(given(LayerCAM(), weighed, images), np.maximum(slope, 0) * maps)
    share = (slope * maps).sum((1, 2)) / maps.sum((1, 2))
    close(given(XGradCAM(), weighed, images), share[:, None, None] * maps)
    below = 2 * slope**2 + maps.sum((1, 2), keepdims=True) * slope**3
    alpha = np.divide(slope**2, below, out=np.zeros_like(below), where=below != 0)
    weight = (alpha * np.maximum(slope, 0)).sum((1, 2), keepdims=True)
    close(given(GradCAMPlusPlus(), weighed, images), weight * maps)


def test_ablation_runs_without_each_channel(weighed, parts):
    images, maps, _ = parts
    full = weighed.run(images)["logits"].numpy()[:, 1]
    weights = []
    for c in range(3):
        without = maps.copy()
        without[..., c] = 0
        score = weighed.run(images, edit={"maps": tf.constant(without, tf.float32)})["logits"]
        weights.append((full - score.numpy()[:, 1]) / np.abs(full))
    made = AblationCAM()(weighed, images, target=1, layer="maps")
    close(made.values, np.stack(weights, -1)[:, None, None] * maps)
    assert (made.evaluations, made.forwards) == (0, 2 + 2 * 3)


def test_score_cam_sees_the_photo_through_each_channel(weighed, parts):
    images, maps, _ = parts
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    masks = (maps - low) / (high - low)
    empty = weighed.run(np.zeros_like(images))["logits"].numpy()
    best = int((weighed.run(images)["logits"].numpy() - empty).min(0).argmax())
    gains = []
    for c in range(3):
        seen = np.float32(images * masks[..., c : c + 1])
        gains.append((weighed.run(seen)["logits"].numpy() - empty)[:, best])
    gains = np.stack(gains, -1).astype(np.float64)
    assert gains.max() > 0
    share = np.exp(gains - gains.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    close(given(ScoreCAM(), weighed, images, target=best), share[:, None, None] * maps)
    plain = given(ScoreCAM(softmax=False), weighed, images, target=best)
    close(plain, np.maximum(gains, 0)[:, None, None] * maps)
    fast = given(ScoreCAM(channels=2, softmax=False), weighed, images, target=best)
    kept = np.argsort(-maps.var((1, 2)), axis=1)[:, :2]
    for i, c in enumerate(kept):
        close(fast[i][..., c], plain[i][..., c])
        assert not np.delete(fast[i], c, -1).any()


@pytest.mark.parametrize("wide", [True, False])
def test_the_principal_direction_is_that_of_a_singular_value_decomposition(wide):
    channels = 60 if wide else 3
    kernel = RNG.uniform(0, 1, (1, 1, 3, channels)).astype(np.float32)

    def build(x):
        maps = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"), name="maps")
        return tf.identity(tf.reduce_sum(maps**2, [1, 2])[:, :2], name="scores")

    net = toys.network(build, 5, 6, 3, logits="scores")
    images = toys.noise(2, 5, 6, 3)
    maps = np.float64(net.run(images, read=["maps"])["maps"])
    for method, matrix in ((EigenCAM(), maps), (EigenGradCAM(), None)):
        if matrix is None:
            matrix = 2 * maps**2
            matrix[..., [c for c in range(channels) if c != 1]] = 0
        found = given(method, net, images).sum(-1)
        for i in range(2):
            flat = matrix[i].reshape(30, channels)
            direction = np.linalg.svd(flat, full_matrices=False)[2][0]
            wanted = flat @ direction * np.sign((flat @ direction).sum())
            close(found[i].ravel(), wanted)


def test_fem_keeps_unusual_places(weighed, parts):
    images, maps, _ = parts
    mean, sd = maps.mean((1, 2), keepdims=True), maps.std((1, 2), keepdims=True)
    close(given(FEM(k=1.0), weighed, images), (maps > mean + sd) * mean)


def test_a_map_shows_what_speaks_for_the_target(weighed, parts):
    images, maps, slope = parts
    made = HiResCAM()(weighed, images, target=1, layer="maps")
    close(made.heatmap(), np.maximum((slope * maps).sum(-1), 0))
    assert made.values.min() < 0 and made.positive


def test_tokens_lie_on_a_grid():
    kernel = RNG.uniform(0, 1, (3, 4)).astype(np.float32)

    def build(x):
        patches = tf.matmul(tf.reshape(x, [-1, 6, 3]), kernel)
        first = tf.ones_like(patches[:, :1])
        tokens = tf.nn.relu(tf.concat([first, patches], 1), name="tokens")
        return tf.identity(tf.reduce_sum(tokens**2, 1), name="scores")

    net = toys.network(build, 2, 3, 3, logits="scores")
    images = toys.noise(2, 2, 3, 3)
    tokens = np.float64(net.run(images, read=["tokens"])["tokens"])
    made = HiResCAM(reshape=(2, 3))(net, images, target=1, layer="tokens")
    wanted = np.zeros((2, 6, 4))
    wanted[..., 1] = 2 * tokens[:, 1:, 1] ** 2
    close(made.values, wanted.reshape(2, 2, 3, 4))
    skipped = HiResCAM(reshape=(2, 3, 1))(net, images, target=1, layer="tokens")
    np.testing.assert_array_equal(skipped.values, made.values)
    square = GradCAM(reshape="tokens")(net, images, target=1, layer="tokens")
    assert square.values.shape == (2, 2, 2, 4)
    with pytest.raises(BadValue, match=r"reshape="):
        GradCAM()(net, images, target=1, layer="tokens")
    with pytest.raises(BadValue, match=r"3 x 3 tokens"):
        GradCAM(reshape=(3, 3))(net, images, target=1, layer="tokens")


def test_bad_settings():
    for reshape in ((2,), "grid", (2, -1)):
        with pytest.raises(BadValue, match="reshape="):
            GradCAM(reshape=reshape)
    with pytest.raises(UnknownName, match="nearest"):
        GuidedGradCAM(enlarge="neares")
    with pytest.raises(BadValue, match="at least one"):
        ScoreCAM(channels=0)
    for number in ("nan", "inf"):
        with pytest.raises(BadValue, match=f"not {number}"):
            FEM(k=float(number))


def test_a_layer_without_positions_is_refused(weighed, parts):
    with pytest.raises(BadValue, match="positions"):
        GradCAM()(weighed, parts[0], target=1, layer="Reshape")
