"""Relevance by rules: a slow twin, other libraries, what is kept, and what rules act on."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution import TABLE
from attrvis.errors import AttrVisWarning, BadValue, ModelError
from tests import toys
from tests.attribution.propagation import twin
from tests.attribution.references.conftest import HELD, build

TARGETS = HELD["targets"].tolist()
RULED = [
    row.name
    for row in TABLE
    if row.family == "propagation" and not row.name.startswith(("deep-lift", "deep-shap"))
]
# These share all relevance, whatever the biases.
KEEPING = ("excitation-backprop", "rap")


def relevance(name, net, pictures, *, target=0, layer="input", **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return TABLE[name](**settings)(net, pictures, target=target, layer=layer)


RNG = np.random.default_rng(8)
CONV, DENSE = RNG.normal(size=(3, 3, 3, 4)), RNG.normal(size=(64, 3))
SHIFT, TIMES, BIAS = RNG.normal(size=4), RNG.normal(size=4), RNG.normal(size=3)
TWINS = {
    "lrp-epsilon": (twin.epsilon,) * 2,
    "lrp-gamma": (twin.gamma,) * 2,
    "lrp-alpha-beta": (twin.alpha_beta,) * 2,
    "lrp-z-plus": (twin.z_plus,) * 2,
    "lrp-w-square": (twin.w_square,) * 2,
    "lrp-flat": (twin.flat,) * 2,
    "lrp-z-box": (twin.z_box, twin.epsilon),
    "lrp-preset-b": (twin.alpha_beta, twin.epsilon),
    "lrp-epsilon-plus-flat": (twin.flat, twin.epsilon),
    "lrp-epsilon-gamma-box": (twin.z_box, twin.epsilon),
    "rap": (twin.relative, twin.absolute),
}


@pytest.fixture(scope="module")
def small():
    """A convolution with an unfused batch norm, a ReLU and a dense layer, on [-1, 1]."""

    def built(x):
        y = tf.nn.conv2d(x, tf.constant(CONV, tf.float32), 1, "SAME")
        y = tf.nn.relu(y * tf.constant(TIMES, tf.float32) + tf.constant(SHIFT, tf.float32))
        flat = tf.reshape(y, [-1, 64])
        scores = tf.matmul(flat, tf.constant(DENSE, tf.float32))
        return tf.nn.bias_add(scores, tf.constant(BIAS, tf.float32), name="scores")

    return toys.network(built, preprocess="tf", logits="scores")


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("target", [0, 1, 2])
def test_a_slow_twin_agrees(small, name, target):
    pictures = toys.noise(2, 4, 4, 3, seed=3)
    settings = {"epsilon": 1e-6} if name == "lrp-preset-b" else {}
    ours = relevance(name, small, pictures, target=target, **settings).values
    first, second = TWINS[name]
    w = twin.convolution(CONV * TIMES, 4)
    for picture, found in zip(pictures, ours, strict=True):
        x = picture.astype(np.float64).reshape(-1) * 2 - 1
        b = np.tile(SHIFT, 16)
        hidden = np.maximum(w @ x + b, 0)
        score = DENSE.T @ hidden + BIAS
        started = np.where(np.arange(3) == target, score, 0)
        theirs = first(w, b, x, second(DENSE.T, BIAS, hidden, started))
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(found.reshape(-1), theirs, rtol=0, atol=3e-4 * scale)


FLAT = "lrp-epsilon-alpha2-beta1"
CASES = [
    ("zennit/epsilon_plus", "lrp-epsilon-plus", {"start": "one"}),
    ("zennit/epsilon_plus_flat", "lrp-epsilon-plus-flat", {"start": "one"}),
    ("zennit/epsilon_alpha2_beta1", "lrp-epsilon-alpha2-beta1", {"start": "one"}),
    ("zennit/epsilon_alpha2_beta1", "lrp-preset-b", {"start": "one", "epsilon": 1e-6}),
    ("zennit/epsilon_plus", "lrp-preset-a", {"start": "one", "epsilon": 1e-6}),
    (
        "zennit/epsilon_alpha2_beta1_flat",
        "lrp-epsilon-alpha2-beta1",
        {"start": "one", "flat": True},
    ),
    ("zennit/epsilon_gamma_box", "lrp-epsilon-gamma-box", {"start": "one"}),
    ("zennit/excitation_backprop", "excitation-backprop", {"bias": True}),
]


@pytest.fixture(scope="module")
def reference():
    return {k: toys.network(build(k), 8, 8, logits="scores") for k in ("biased", "bare")}


@pytest.mark.parametrize("kind", ["biased", "bare"])
@pytest.mark.parametrize(("key", "name", "settings"), CASES, ids=lambda v: str(v)[:30])
def test_zennit_agrees(reference, kind, key, name, settings):
    ours = relevance(name, reference[kind], HELD["images"], target=TARGETS, **settings)
    theirs = HELD[f"{kind}/{key}"]
    np.testing.assert_allclose(ours.values, theirs, atol=2e-6 * np.abs(theirs).max())


def test_captum_agrees(reference):
    """Captum stabilises pools as well, leaves biases out of gamma, and forgets a score's sign."""
    for key, name, settings, kinds, rows in (
        ("epsilon", "lrp-epsilon", {}, ("biased", "bare"), slice(3)),
        ("gamma", "lrp-gamma", {}, ("bare",), slice(1, 3)),
        ("alpha1_beta0", "lrp-alpha-beta", {"alpha": 1.0, "beta": 0.0}, ("bare",), slice(3)),
    ):
        for kind in kinds:
            ours = relevance(name, reference[kind], HELD["images"], target=TARGETS, **settings)
            theirs = HELD[f"{kind}/captum/lrp_{key}"][rows]
            scale = 2e-4 * np.abs(theirs).max()
            np.testing.assert_allclose(ours.values[rows], theirs, atol=scale)


def test_deep_explains_oracles(pair):
    found = relevance("lrp-epsilon", pair, toys.two((3, 1), (-10, -5)), target=2, epsilon=1e-4)
    np.testing.assert_allclose(found.values[:, 0, 0], [(3, -1), (0, 0)], atol=1e-3)
    found = relevance("lrp-epsilon", pair, toys.two((3, 1)), target=2, epsilon=1e-3)
    np.testing.assert_allclose(found.values[0, 0, 0], [3, -1], atol=1e-2)


def test_lrp_zero_is_the_gradient_times_the_input(reference):
    """On ReLUs without biases; nothing is lost there."""
    net = reference["bare"]
    ours = relevance("lrp-epsilon", net, HELD["images"], target=TARGETS, epsilon=0.0)
    plain = TABLE["gradient-times-input"]()(net, HELD["images"], target=TARGETS).values
    np.testing.assert_allclose(ours.values, plain, atol=1e-4 * np.abs(plain).max())
    logits = HELD["bare/logits"][range(3), TARGETS]
    np.testing.assert_allclose(ours.values.sum((1, 2, 3)), logits, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in RULED if name != "lrp-flat"])
def test_nothing_is_lost_without_biases(reference, name):
    settings = {"epsilon": 0.0} if name.startswith("lrp-preset") else {}
    found = relevance(name, reference["bare"], HELD["images"], target=TARGETS, **settings)
    np.testing.assert_allclose(found.settings["kept"], 1, rtol=1e-4)
    logits = HELD["bare/logits"][range(3), TARGETS]
    begun = np.ones(3) if name == "excitation-backprop" else logits
    np.testing.assert_allclose(found.values.sum((1, 2, 3)), begun, rtol=1e-4)
    assert (found.evaluations, found.forwards) == (3, 0)


@pytest.mark.parametrize("name", KEEPING)
def test_these_lose_nothing_to_biases(reference, name):
    found = relevance(name, reference["biased"], HELD["images"], target=TARGETS)
    np.testing.assert_allclose(found.settings["kept"], 1, rtol=1e-4)


def test_a_chance_is_never_below_zero(reference):
    for kind in ("biased", "bare"):
        found = relevance("excitation-backprop", reference[kind], HELD["images"], target=TARGETS)
        assert found.values.min() >= 0


def normalised(form):
    """Write one batch norm in several ways, and folded into the weights."""
    weights, bias = toys.noise(3, 3, 3, 4, seed=2) - 0.5, toys.noise(4, seed=3) - 0.5
    mean, variance = toys.noise(4, seed=4), toys.noise(4, seed=5) + 0.5
    times, shift = toys.noise(4, seed=6) * 4 - 2, toys.noise(4, seed=7)
    by = times / np.sqrt(variance + 1e-3)

    def built(x):
        w = weights * by if form == "folded" else weights
        y = tf.nn.conv2d(x, w.astype(np.float32), 1, "SAME")
        if form == "folded":
            y = y + (shift + (bias - mean) * by).astype(np.float32)
        elif form == "fused":
            y = tf.nn.bias_add(y, bias)
            y = tf.compat.v1.nn.fused_batch_norm(
                y, times, shift, mean, variance, 1e-3, is_training=False
            )[0]
        else:
            y = (tf.nn.bias_add(y, bias) - mean) * by.astype(np.float32) + shift
        pooled = tf.reduce_mean(tf.nn.relu(y), [1, 2])
        return tf.matmul(pooled, toys.noise(4, 3, seed=1) - 0.4, name="scores")

    return toys.network(built, 5, 5, logits="scores")


@pytest.mark.parametrize("name", [*RULED, "deep-lift"])
def test_a_folded_normalisation_changes_nothing(name):
    pictures = toys.noise(2, 5, 5, 3, seed=12)
    nets = [normalised(form) for form in ("folded", "fused", "apart")]
    one, *others = [relevance(name, net, pictures, target=1).values for net in nets]
    for other in others:
        np.testing.assert_allclose(other, one, atol=2e-4 * np.abs(one).max())


@pytest.mark.parametrize("name", ["lrp-preset-b", "lrp-epsilon-gamma-box", "rap", "deep-lift"])
def test_nested_layers_are_like_flat_ones(name):
    import keras
    from keras import layers

    def made(nested):
        keras.utils.set_random_seed(3)
        stack = [
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
        shell = keras.Input((8, 8, 3))
        inner = shell
        for layer in stack:
            inner = layer(inner)
        part = keras.Model(shell, inner)
        pictures = keras.Input((8, 8, 3))
        flow = pictures
        for layer in [part] if nested else stack:
            flow = layer(flow)
        pooled = layers.GlobalAveragePooling2D()(flow)
        return keras.Model(pictures, layers.Dense(3)(pooled))

    pictures = toys.noise(2, 8, 8, 3, seed=4)
    nets = [attrvis.load(made(nested), preprocess="unit") for nested in (False, True)]
    flat, nested = (relevance(name, net, pictures, target=1).values for net in nets)
    np.testing.assert_allclose(nested, flat, atol=1e-5 * np.abs(flat).max())


def test_a_gate_gets_nothing_and_a_sum_shares_by_contribution():
    def built(x):
        gate = tf.sigmoid(tf.reduce_mean(x[..., ::-1], [1, 2], keepdims=True))
        both = tf.concat([x * gate, tf.nn.silu(x), x + 3 * tf.nn.relu(x)], -1)
        return tf.reduce_sum(both, [1, 2], name="scores")

    net, pictures = toys.network(built, logits="scores"), toys.noise(1, 4, 4, 3)
    logits = net.run(pictures)["logits"].numpy()[0]
    gate = 1 / (1 + np.exp(-pictures[0, ..., ::-1].mean((0, 1))))
    for target, parts in (
        (0, pictures[0, ..., 0] * gate[0]),
        (4, pictures[0, ..., 1] / (1 + np.exp(-pictures[0, ..., 1]))),
        (7, 4 * pictures[0, ..., 1]),
    ):
        found = relevance("lrp-epsilon", net, pictures, target=target).values[0, ..., target % 3]
        np.testing.assert_allclose(found, parts, rtol=1e-3)
        np.testing.assert_allclose(found.sum(), logits[target], rtol=1e-4)


def test_what_bypasses_a_layer_keeps_its_share(twig, photos):
    found = relevance("lrp-epsilon", twig, photos, target=2, layer="left")
    whole = relevance("lrp-epsilon", twig, photos, target=2, layer="join")
    read = twig.run(photos, ["left", "join"])
    share = whole.values * read["left"].numpy() / np.maximum(read["join"].numpy(), 1e-9)
    np.testing.assert_allclose(found.values, share, atol=1e-4 * np.abs(share).max())


def test_pixels_get_what_the_graph_eats(reference):
    """The preprocessing passes relevance on, channel by channel."""
    eaten = HELD["images"] * 0.5 + 0.2
    bgr = attrvis.load(
        toys.graph_def(build("biased"), (None, 8, 8, 3)),
        preprocess=attrvis.networks.Preprocess("own", (-0.4,), (2.0,), bgr=True),
        logits="scores",
    )
    ours = relevance("lrp-epsilon-plus", bgr, HELD["images"][..., ::-1], target=TARGETS)
    theirs = relevance("lrp-epsilon-plus", reference["biased"], eaten, target=TARGETS)
    np.testing.assert_allclose(ours.values[..., ::-1], theirs.values, atol=1e-6)


def test_an_op_without_a_rule_is_named():
    def built(x):
        odd = tf.math.cumprod(x, 1, name="odd")
        return tf.reduce_sum(tf.nn.relu(odd), [1, 2], name="scores")

    net = toys.network(built, trust=True, logits="scores")
    with pytest.raises(ModelError, match=r"LRPEpsilon has no rule for the op 'Cumprod' \('odd'"):
        relevance("lrp-epsilon", net, toys.noise(1, 4, 4, 3))
    found = relevance("lrp-epsilon", net, toys.noise(1, 4, 4, 3), unknown="gradient")
    assert found.status == "ok"


def test_a_fixed_batch_is_refused(tmp_path):
    from attrvis.networks.section import section

    net = toys.network(build("bare"), 8, 8, logits="scores")
    tail = net.cut("input")
    object.__setattr__(tail.engine.lowered, "rows", 2)
    with pytest.raises(ModelError, match="batches of 2 alone"):
        section(tail)


def test_bad_settings_are_refused():
    for name, settings in (
        ("lrp-epsilon", {"epsilon": -1.0}),
        ("lrp-gamma", {"gamma": np.nan}),
        ("lrp-alpha-beta", {"alpha": 2.0, "beta": 0.0}),
        ("lrp-alpha-beta", {"alpha": 0.5, "beta": -0.5}),
        ("lrp-z-box", {"low": 1.0, "high": 0.0}),
        ("lrp-epsilon", {"start": "two"}),
        ("rap", {"unknown": "skip"}),
    ):
        with pytest.raises(BadValue):
            TABLE[name](**settings)


@pytest.mark.data
@pytest.mark.slow
def test_real_networks(data):
    import keras

    weights = data / "networks/mobilenet-v2-100/mobilenet_v2_1.0_224_weights.h5"
    photo = images.fit(images.read(images.bundled("chelsea")), (224, 224))[0][None]
    for load in (
        lambda: attrvis.load(keras.applications.MobileNetV2(weights=str(weights)), preprocess="tf"),
        partial(
            attrvis.load,
            data / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb",
            preprocess="caffe",
        ),
    ):
        net = load()
        names = ("lrp-epsilon-plus-flat", "rap")
        for name in names[: 2 if net.preprocess.name == "tf" else 1]:
            found = relevance(name, net, photo, target=None)
            assert found.status == "ok" and np.isfinite(found.values).all()
            assert (found.evaluations, found.forwards) == (1, 0)
            if name == "rap":
                np.testing.assert_allclose(found.settings["kept"], 1, rtol=1e-3)
