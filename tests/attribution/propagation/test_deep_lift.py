"""DeepLIFT and DeepSHAP: oracles, other libraries, and that nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution import TABLE
from attrvis.errors import BadValue, ModelError
from attrvis.objectives import neuron
from tests import toys
from tests.attribution.propagation import twin
from tests.attribution.references.conftest import HELD, build

TARGETS = HELD["targets"].tolist()


def lifted(net, pictures, **asked):
    settings = {n: asked.pop(n) for n in ("baseline", "unknown") if n in asked}
    return TABLE["deep-lift"](**settings)(net, pictures, **asked)


def scores(compute, height=4, width=4, channels=3, **more):
    """Load a network whose one score is the sum of what `compute` gives."""

    def built(x):
        total = tf.reduce_sum(tf.reshape(compute(x), [tf.shape(x)[0], -1]), 1, keepdims=True)
        return tf.identity(total, name="scores")

    return toys.network(built, height, width, channels, logits="scores", **more)


@pytest.fixture(scope="module")
def reference():
    return {k: toys.network(build(k), 8, 8, logits="scores") for k in ("biased", "bare")}


def test_deep_explains_oracles(pair):
    found = lifted(pair, toys.two((3, 1), (-10, -5), (2, 0)), target=2).values[:, 0, 0]
    np.testing.assert_allclose(found, [(2, -1), (0, 0), (1, 0)], atol=1e-6)
    own = TABLE["deep-shap"](references=toys.two((3, 1)))(pair, toys.two((3, 1)), target=2)
    np.testing.assert_array_equal(own.values, 0)
    net = scores(lambda x: tf.nn.relu(x * [3.0, 2.0]), 1, 1, 2)
    found = lifted(net, toys.two((-10, -5), (3, 1)), target=0).values[:, 0, 0]
    np.testing.assert_allclose(found, [(0, 0), (9, 2)], atol=1e-6)


def test_a_product_is_shared_evenly(pair):
    """Of 3 * 4 from (1, 2): 2 * 3 and 2 * 2."""
    settings = {"references": toys.two((1, 2))}
    found = TABLE["deep-shap"](**settings)(pair, toys.two((3, 4)), target=0)
    np.testing.assert_allclose(found.values[0, 0, 0], [6, 4], rtol=1e-6)
    assert found.change == pytest.approx([10])


def test_shap_agrees(reference):
    method = TABLE["deep-shap"](references=HELD["several"])
    found = method(reference["biased"], HELD["images"], target=TARGETS)
    theirs = HELD["biased/shap/deep"]
    np.testing.assert_allclose(found.values, theirs, atol=2e-6 * np.abs(theirs).max())
    assert found.relative_gap.max() < 1e-5


@pytest.mark.parametrize("kind", ["biased", "bare"])
def test_captum_agrees_behind_its_max_pool(reference, kind):
    """Of the pool, Captum passes what the image's largest number got, and nothing adds up."""
    net, base = reference[kind], np.full_like(HELD["images"][:1], 0.3)
    method = TABLE["deep-shap"](references=base)
    behind = method(net, HELD["images"], target=TARGETS, layer="pool").values
    theirs = HELD[f"{kind}/captum/layer_deep_lift"]
    np.testing.assert_allclose(behind, theirs, atol=1e-5 * np.abs(theirs).max())
    before = method(net, HELD["images"], target=TARGETS)
    lost = HELD[f"{kind}/captum/deep_lift"].sum((1, 2, 3)) - before.change
    assert np.abs(lost / before.change).min() > 0.02 and before.relative_gap.max() < 1e-5


OPS = {
    "swish": tf.nn.silu,
    "gelu": tf.nn.gelu,
    "relu6": lambda x: tf.nn.relu6(20 * x - 8),
    "max pool": lambda x: tf.nn.max_pool2d(x * [1.0, -1.0, 2.0], 3, 1, "SAME"),
    "mean pool": lambda x: tf.nn.avg_pool2d(x, 2, 2, "SAME") ** 2,
    "softmax": lambda x: tf.nn.softmax(9 * x) * [1.0, 2.0, 3.0],
    "log softmax": lambda x: tf.nn.log_softmax(9 * x) * [1.0, 2.0, 3.0],
    "gate": lambda x: x * tf.sigmoid(tf.reduce_mean(3 * x, [1, 2], keepdims=True)),
    "quotient": lambda x: x / (0.5 + tf.reduce_sum(x, -1, keepdims=True)),
    "local response": lambda x: tf.nn.lrn(5 * x, 1, 1.0, 0.7, 0.75),
    "attention": lambda x: tf.matmul(
        tf.nn.softmax(tf.matmul(x[:, 0], x[:, 1], transpose_b=True)), x[:, 2]
    ),
    "maximum": lambda x: tf.maximum(x[:, 0], 1 - x[:, 1]) - tf.minimum(x[:, 2], x[:, 3]),
    "powers": lambda x: tf.sqrt(x + 0.1) + (x + 1) ** 2.5 + tf.exp(-x) * tf.math.rsqrt(x + 1),
    "depthwise": lambda x: tf.nn.relu(
        tf.nn.depthwise_conv2d(
            x, tf.constant(toys.noise(3, 3, 3, 2, seed=5)) - 0.5, [1] * 4, "SAME"
        )
    ),
    "concatenation": lambda x: tf.nn.elu(tf.concat([x, -x, tf.square(x - 0.3)], -1)),
}


@pytest.mark.parametrize("op", OPS)
def test_nothing_is_lost_through(op):
    net, pictures = scores(OPS[op]), toys.noise(3, 4, 4, 3, seed=1)
    found = lifted(net, pictures, target=0, baseline="constant:0.4")
    assert found.status == "ok" and np.abs(found.change).min() > 1e-3
    np.testing.assert_allclose(found.values.sum((1, 2, 3)), found.change, rtol=2e-5, atol=2e-6)
    assert (found.evaluations, found.forwards) == (3, 3)


REVEAL = "deep-lift-reveal-cancel"


@pytest.mark.parametrize("op", OPS)
def test_nothing_is_lost_where_cancelling_is_revealed(op):
    net, pictures = scores(OPS[op]), toys.noise(3, 4, 4, 3, seed=1)
    found = TABLE[REVEAL](baseline="constant:0.4")(net, pictures, target=0)
    np.testing.assert_allclose(found.values.sum((1, 2, 3)), found.change, rtol=2e-5, atol=2e-6)


def test_cancelling_inputs_are_revealed():
    """min(x, y) = y - relu(y - x): at (1, 3) each gets half, where rescaling gives one it all."""
    net = scores(lambda x: x[..., 1] - tf.nn.relu(x[..., 1] - x[..., 0]), 1, 1, 2)
    pictures = toys.two((1, 3))
    revealed = TABLE[REVEAL]()(net, pictures, target=0).values[0, 0, 0]
    np.testing.assert_allclose(revealed, [0.5, 0.5], atol=1e-6)
    rescaled = lifted(net, pictures, target=0).values[0, 0, 0]
    np.testing.assert_allclose(rescaled, [1, 0], atol=1e-6)


@pytest.mark.parametrize("bend", ["relu", "tanh"])
def test_a_slow_twin_reveals_the_same(bend):
    rng = np.random.default_rng(6)
    layers = [
        (rng.normal(size=s) / 2, rng.normal(size=s[0]) / 3) for s in ((7, 12), (6, 7), (3, 6))
    ]

    def built(x):
        y = tf.reshape(x, [-1, 12])
        for number, (w, b) in enumerate(layers):
            y = tf.nn.bias_add(tf.matmul(y, w.T.astype(np.float32)), b.astype(np.float32))
            y = getattr(tf.nn, bend)(y) if number < 2 else y
        return tf.identity(y, name="scores")

    net, pictures = toys.network(built, 2, 2, 3, logits="scores"), toys.noise(3, 2, 2, 3)
    f = np.tanh if bend == "tanh" else lambda z: np.maximum(z, 0)
    for target in range(3):
        ours = TABLE[REVEAL](baseline="constant:0.4")(net, pictures, target=target)
        for picture, found in zip(pictures, ours.values, strict=True):
            theirs = twin.reveal(layers, f, picture.reshape(-1), np.full(12, 0.4), target)
            np.testing.assert_allclose(found.reshape(-1), theirs, atol=1e-5)
        assert ours.relative_gap.max() < 1e-4


@pytest.mark.parametrize("score", ["prob", "log_prob", "contrast"])
@pytest.mark.parametrize("layer", ["input", "left", "act", "pool"])
def test_nothing_is_lost_whatever_is_asked(twig, photos, score, layer):
    found = lifted(twig, photos, target=[0, 3, 1], layer=layer, score=score)
    assert found.relative_gap.max() < 1e-4


def test_a_neuron_is_explained(twig, photos):
    found = lifted(twig, photos, target=neuron("reduced", 1, 2, 3))
    assert found.relative_gap.max() < 1e-5
    near = np.abs(found.values).sum(-1)[:, 0:5, 1:6]
    np.testing.assert_allclose(near.sum(), np.abs(found.values).sum(), rtol=1e-6)


def test_an_op_without_a_rule_is_named():
    net = scores(lambda x: tf.nn.relu(tf.math.cumprod(x, 1, name="odd")), trust=True)
    with pytest.raises(ModelError, match=r"no rule for the op 'Cumprod' \('odd'"):
        lifted(net, toys.noise(1, 4, 4, 3), target=0)
    with pytest.warns(attrvis.errors.AttrVisWarning, match="misses"):
        found = lifted(net, toys.noise(1, 4, 4, 3), target=0, unknown="gradient")
    assert found.status == "incomplete"


def test_bad_settings_are_refused():
    for name, settings in (
        ("deep-lift", {"unknown": "skip"}),
        ("deep-shap", {"count": 0}),
        ("deep-shap", {"unknown": ""}),
    ):
        with pytest.raises(BadValue):
            TABLE[name](**settings)


def test_several_references_make_the_mean(pair):
    points, references = toys.two((3, 1), (2, 5)), toys.two((0, 0), (1, 2))
    both = TABLE["deep-shap"](references=references)(pair, points, target=0)
    each = [TABLE["deep-shap"](references=r[None])(pair, points, target=0) for r in references]
    np.testing.assert_allclose(both.values, (each[0].values + each[1].values) / 2, rtol=1e-6)
    np.testing.assert_allclose(both.values.sum((1, 2, 3)), both.change, rtol=1e-6)
    assert both.evaluations == 4


@pytest.mark.data
@pytest.mark.slow
def test_real_networks(data):
    import keras

    weights = data / "networks/mobilenet-v2-100/mobilenet_v2_1.0_224_weights.h5"
    photo = images.fit(images.read(images.bundled("chelsea")), (224, 224))[0][None]
    for net in (
        attrvis.load(keras.applications.MobileNetV2(weights=str(weights)), preprocess="tf"),
        attrvis.load(data / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb", preprocess="caffe"),
    ):
        found = lifted(net, photo)
        assert found.status == "ok" and found.relative_gap.max() < 1e-4
        assert (found.evaluations, found.forwards) == (1, 1)
