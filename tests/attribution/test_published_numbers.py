"""Numbers that other libraries state for networks of a few weights, method by method."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import TABLE, Method
from attrvis.attribution.baselines import FromArray
from attrvis.attribution.influence.distributions import Line, Points
from attrvis.attribution.rows import Rows, on_line
from attrvis.errors import AttrVisWarning
from attrvis.objectives import channel
from tests import toys
from tests.attribution.conftest import WEIGHTS

ORACLE = 2
"""The logit of `pair` that is relu(relu(x - 1) - relu(y))."""


def row(*numbers):
    return np.asarray(numbers, np.float32).reshape(1, 1, 1, -1)


def flat(method, net, image, settings=None, target=0, **asked):
    """Attribute one image with a method, by name or made, and give its numbers in a row."""
    made = method if isinstance(method, Method) else TABLE[method](**(settings or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return made(net, image, target=target, **asked).values[0].ravel()


def black(*shape):
    return {"references": np.zeros((1, *shape), np.float32)}


# Captum's network of layers scores 392 at (0, 100, 0), and 2 at zero.
TEN = {"steps": 10, "quadrature": "midpoint"}
AT_THE_PIXELS = [
    ("saliency", {}, (4, 4, 4)),
    ("gradient-times-input", {}, (0, 400, 0)),
    ("integrated-gradients", TEN, (0, 390, 0)),
    ("aumann-shapley", {"points": 10, "rule": "midpoint", "baseline": "zero"}, (0, 390, 0)),
    ("conductance", {"steps": 10}, (0, 390, 0)),
    ("deep-lift", {}, (0, 390, 0)),
    ("deep-lift-reveal-cancel", {}, (0, 390, 0)),
    ("deep-shap", black(1, 1, 3), (0, 390, 0)),
    ("lrp-epsilon", {"epsilon": 0.0}, (0, 400, 0)),
    ("grad-cam", {}, (0, 400, 0)),
    ("feature-ablation", {"features": "units"}, (0, 390, 0)),
    ("shapley-values", {"features": "units"}, (0, 390, 0)),
]


@pytest.mark.parametrize(("name", "settings", "wanted"), AT_THE_PIXELS)
def test_captums_network_at_the_pixels(layered, name, settings, wanted):
    found = flat(name, layered, row(0, 100, 0), settings, layer="input")
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)


PUSHED = (90, 100, 100, 100)
AT_LAYERS = [
    # References are pushed to the layer; the zero baseline is silence there.
    ("deep-shap", black(1, 1, 3), "one", (0, 390, 0)),
    ("deep-shap", black(1, 1, 3), "four", PUSHED),
    ("deep-shap", black(1, 1, 3), "relu", PUSHED),
    ("deep-lift", {}, "one", (0, 390, 0)),
    ("deep-lift", {"baseline": FromArray(np.float32([-10, 1, 1, 1]))}, "four", PUSHED),
    ("deep-lift", {"baseline": FromArray(np.float32([0, 1, 1, 1]))}, "relu", PUSHED),
    ("deep-lift", {}, "relu", (90, 101, 101, 101)),
    ("deep-lift-reveal-cancel", {}, "one", (0, 390, 0)),
    ("gradient-times-activation", {}, "four", (90, 101, 101, 101)),
    ("conductance", {"steps": 10}, "one", (0, 390, 0)),
    ("conductance", {"steps": 10}, "relu", PUSHED),
]


@pytest.mark.parametrize(("name", "settings", "layer", "wanted"), AT_LAYERS)
def test_captums_network_at_its_layers(layered, name, settings, layer, wanted):
    found = flat(name, layered, row(0, 100, 0), settings, layer=layer)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)


def test_captums_layer_integrated_gradients(layered):
    """From what black pixels give at the layer, straight to what the photo gives there."""
    line = Line(8, from_=FromArray(np.float32([0, 1, 1, 1])))
    found = flat("internal-influence", layered, row(0, 100, 0), {"distribution": line},
                 layer="relu")  # fmt: skip
    np.testing.assert_allclose(found, PUSHED, rtol=1e-5)


def test_a_unit_that_falls_silent_gets_its_loss(layered):
    """At (-10, 1, -5) no unit speaks; of black pixels three of them gave 1."""
    found = flat("deep-shap", layered, row(-10, 1, -5), black(1, 1, 3), layer="relu")
    np.testing.assert_allclose(found, (0, -1, -1, -1), atol=1e-6)


def test_captums_two_sums():
    """3 a + b is below zero and gives nothing; 2 d + 3 e is 15 and gives all of it."""
    weights = np.zeros((6, 2), np.float32)
    weights[[0, 1], 0], weights[[3, 4], 1] = (3, 1), (2, 3)

    def build(x):
        sums = tf.matmul(tf.reshape(x, [-1, 6]), weights, name="sums")
        return tf.reduce_sum(tf.nn.relu(sums, name="relu"), 1, keepdims=True, name="scores")

    net, x = toys.network(build, 1, 1, 6, logits="scores"), row(-10, 1, -5, 3, 3, 1)
    for layer in ("sums", "relu"):
        np.testing.assert_allclose(flat("deep-lift", net, x, layer=layer), (0, 15), atol=1e-6)
    np.testing.assert_allclose(flat("deep-lift", net, x), (0, 0, 0, 6, 9, 0), atol=1e-5)


def pooling(window, stride=1):
    def build(x):
        largest = tf.nn.max_pool2d(x, [1, window], [1, stride], "VALID", name="pool")
        return tf.identity(tf.reduce_sum(largest, [1, 2]), name="scores")

    return toys.network(build, 1, 4, 1, logits="scores")


@pytest.fixture(scope="module")
def largest():
    return pooling(4, 4)


LARGEST = [
    # Captum's: all that is lost was lost by the reference's largest.
    ((1, 1, 1, 1), (1, 2, 3, 9), (0, 0, 0, -8)),
    ((1, 1, 1, 1), (4, 8, 6, 7), (0, -7, 0, 0)),
    # A gain comes from the photo's largest; where both have one of their own, each its side.
    ((1, 3, 0, 0), (2, 0, 0, 0), (0, 1, 0, 0)),
    ((5, 1, 0, 0), (2, 4, 0, 0), (1, 0, 0, 0)),
    ((3, 1, 0, 0), (2, 4, 0, 0), (0, -1, 0, 0)),
    ((2, 2, 7, 1), (0, 0, 3, 0), (0, 0, 4, 0)),
]


@pytest.mark.parametrize(("photo", "reference", "wanted"), LARGEST)
def test_differences_through_a_max_pool(largest, photo, reference, wanted):
    """Captum passes all to the photo's own largest, and DeepExplain's heirs half of it."""
    image, start = (np.float32(numbers).reshape(1, 1, 4, 1) for numbers in (photo, reference))
    for method in (
        TABLE["deep-lift"](baseline=FromArray(start)),
        TABLE["deep-shap"](references=start),
    ):
        np.testing.assert_allclose(flat(method, largest, image), wanted, atol=1e-5)
        behind = flat(method, largest, image, layer="pool") if method.name == "deep-shap" else None
        assert behind is None or behind == pytest.approx([max(photo) - max(reference)])


def test_several_references_through_a_max_pool(largest):
    """The mean of both of Captum's."""
    references = np.float32([[1, 2, 3, 9], [4, 8, 6, 7]]).reshape(2, 1, 4, 1)
    image = np.ones((1, 1, 4, 1), np.float32)
    found = flat("deep-shap", largest, image, {"references": references})
    np.testing.assert_allclose(found, (0, -3.5, 0, -4), atol=1e-5)


def test_differences_through_pools_that_overlap():
    """Windows (3, 1), (1, 2), (2, 0) against (0, 2), (2, 1), (1, 1): 1, 0 and 1 are gained."""
    image, start = (np.float32(n).reshape(1, 1, 4, 1) for n in ((3, 1, 2, 0), (0, 2, 1, 1)))
    found = flat("deep-lift", pooling(2), image, {"baseline": FromArray(start)})
    np.testing.assert_allclose(found, (1, 0, 1, 0), atol=1e-5)


BELOW = (-10, -5)
ORACLES = [
    ("saliency", {}, (3, 1), (1, -1)),
    ("gradient-times-input", {}, (3, 1), (3, -1)),
    ("integrated-gradients", {"steps": 500, "quadrature": "right"}, (3, 1), (1.5, -0.5)),
    ("integrated-gradients", {"steps": 12, "quadrature": "midpoint"}, (3, 1), (1.5, -0.5)),
    ("internal-influence", {"distribution": Line(12, "midpoint"), "multiply": False}, (3, 1),
     (0.5, -0.5)),
    *(("integrated-gradients", {"baseline": FromArray(row(1, 0)[0])}, point, wanted)
      for point, wanted in (((2, 0), (1, 0)), ((3, 0), (2, 0)))),
    *((name, {"baseline": FromArray(row(3, 1)[0])}, (3, 1), (0, 0))
      for name in ("integrated-gradients", "deep-lift", "deep-lift-reveal-cancel")),
    *((name, {}, BELOW, (0, 0))
      for name in ("saliency", "gradient-times-input", "integrated-gradients", "deep-lift")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "point", "wanted"), ORACLES)
def test_deep_explains_oracle(pair, name, settings, point, wanted):
    found = flat(name, pair, row(*point), settings, target=ORACLE)
    np.testing.assert_allclose(found, wanted, atol=4e-3 if settings.get("steps") == 500 else 1e-5)


@pytest.mark.parametrize(
    ("epsilon", "wanted"),
    [(1e-9, (3, -1)), (1e-3, (2.9955, -0.9980)), (0.5, (6 / 3.75, -1 / 2.25))],
)
def test_the_epsilon_of_deep_explains_oracle(epsilon, wanted):
    """3 * 2 / ((1 + e) (2 + e)) and -1 / (1 + e)^2."""

    def build(x):
        shifted = tf.nn.bias_add(
            tf.matmul(tf.reshape(x, [-1, 2]), np.eye(2, dtype=np.float32)), [-1.0, 0.0]
        )
        score = tf.matmul(tf.nn.relu(shifted), [[1.0], [-1.0]])
        return tf.nn.relu(score, name="scores")

    net = toys.network(build, 1, 1, 2, logits="scores")
    found = flat("lrp-epsilon", net, row(3, 1), {"epsilon": epsilon})
    np.testing.assert_allclose(found, wanted, atol=6e-5)


def test_captums_two_inputs():
    """relu(relu(a) - 1 - relu(b)), the other way to write the oracle."""

    def build(x):
        a, b = tf.unstack(tf.reshape(x, [-1, 2]), axis=1)
        return tf.nn.relu(tf.nn.relu(a) - 1 - tf.nn.relu(b))[:, None] * tf.ones([1, 1])

    def named(x):
        return tf.identity(build(x), name="scores")

    net = toys.network(named, 1, 1, 2, logits="scores")
    even = {"steps": 12, "quadrature": "midpoint"}
    found = flat("integrated-gradients", net, row(3, 1), even)
    np.testing.assert_allclose(found, (1.5, -0.5), atol=1e-5)


@pytest.mark.parametrize("name", ["gradient-times-input", "integrated-gradients", "deep-lift"])
def test_deep_explains_two_inputs(name):
    """relu of three and two times: the first pair is silent, of the second (3, 1) come (6, 2)."""

    def build(x):
        both = tf.nn.relu(tf.reshape(x, [-1, 4]) * [3.0, 3.0, 2.0, 2.0])
        return tf.reduce_sum(both, 1, keepdims=True, name="scores")

    net = toys.network(build, 1, 1, 4, logits="scores")
    np.testing.assert_allclose(flat(name, net, row(*BELOW, 3, 1)), (0, 0, 6, 2), atol=1e-5)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_lib_attributions_single_unit(weight):
    """Ten numbers into one unit: each gets its own value times the weight."""

    def build(x):
        return tf.matmul(tf.reshape(x, [-1, 10]), tf.fill([10, 1], weight), name="scores")

    net = toys.network(build, 1, 1, 10, logits="scores")
    for numbers in (np.ones(10), np.arange(10)):
        found = flat("internal-influence", net, row(*numbers), {"distribution": "line:10"})
        np.testing.assert_allclose(found, weight * numbers, atol=1e-5)


def dense(layers, last):
    """Write ReLU layers named `h1`, `h2`, and the last one."""

    def build(x):
        y = tf.reshape(x, [-1, len(layers[0])])
        for number, weights in enumerate(layers, 1):
            y = tf.matmul(y, np.float32(weights), name=f"in{number}")
            y = tf.nn.relu(y, name=f"h{number}")
        return tf.matmul(y, np.float32(last), name="scores")

    return toys.network(build, 1, 1, len(layers[0]), logits="scores")


def test_trulens_two_sides_of_a_relu():
    net = dense([[[1, 0], [0, -1]]], [[1], [1]])
    behind = flat("saliency", net, row(1, 1), layer="h1")
    before = flat("saliency", net, row(1, 1), layer="in1")
    np.testing.assert_array_equal([behind, before], [[1, 1], [1, 0]])


def test_trulens_network_of_layers():
    net = dense([[[1, 0], [-1, 1]], [[1, 1], [0, 1]]], [[1], [2]])
    points = np.concatenate([row(*p) for p in ((2, 1), (1, 2), (1, 1), (1, 0), (0, -1))])
    read = net.run(points, ["logits", "h2"])
    np.testing.assert_array_equal(read["logits"].numpy().ravel(), [5, 4, 2, 3, 3])
    np.testing.assert_array_equal(read["h2"], [(1, 2), (0, 2), (0, 1), (1, 1), (1, 1)])
    slopes = TABLE["saliency"]()
    for target, layer, wanted in (
        (0, "input", [(3, -1), (0, 2)]),
        (0, "h1", [(3, 2), (2, 2)]),
        # The second unit of the second layer is the larger of both.
        (channel("h2", 1), "input", [(1, 0), (0, 1)]),
    ):
        found = slopes(net, points[:2], target=target, layer=layer).values.reshape(2, 2)
        # The second point's first unit rests at its kink.
        np.testing.assert_array_equal(found, wanted)
    others = np.float32([(1, 1), (0, 2), (-1, 1), (-1, 2), (0, -1)])
    edited = net.run(points, edit={"h1": tf.constant(others)})["logits"].numpy().ravel()
    np.testing.assert_array_equal(edited, [5, 4, 0, 2, 0])


def test_trulens_powers():
    """7 (2 x^5)^3: its slope at the layer is 21 times the layer's square, there or at the image."""

    def build(x):
        first = tf.multiply(2.0, tf.reshape(x, [-1, 1]) ** 5, name="first")
        return tf.multiply(7.0, first**3, name="scores")

    net = toys.network(build, 1, 1, 1, logits="scores")
    for x, there, here in ((1, 84, 21), (2, 86016, 84), (5, 820312500, 525)):
        asked = {"layer": "first"}
        found = flat("internal-influence", net, row(x),
                     {"distribution": "point", "multiply": False}, **asked)  # fmt: skip
        np.testing.assert_allclose(found, there, rtol=1e-6)
        points = {"distribution": Points(np.float32([[x]])), "multiply": False}
        np.testing.assert_allclose(flat("internal-influence", net, row(x), points, **asked), here)


def test_trulens_points_of_a_line():
    """The last but one of 21 places from ones to (1, 2, 3) and to (0, -1, -2)."""
    ends = tf.constant([[1.0, 2, 3], [0, -1, -2]])
    rows = Rows({"value": ends, "start": tf.ones([2, 3])}, {"position": tf.fill([2], 0.05)}, {},
                tf.identity)  # fmt: skip
    np.testing.assert_allclose(on_line(rows), [(1, 1.05, 1.1), (0.95, 0.9, 0.85)], rtol=1e-6)


def test_extra_attributions_contrast():
    """A class against the mean of the two others."""

    def build(x):
        four = tf.reshape(x, [-1, 4])
        scores = tf.concat([four[:, :2], four[:, 2:3] + four[:, 3:]], 1)
        return tf.identity(scores, name="scores")

    net = toys.network(build, 1, 1, 4, logits="scores")
    found = flat("saliency", net, row(1, 2, 3, 4), target=2, score="contrast_mean")
    np.testing.assert_allclose(found, (-0.5, -0.5, 1, 1), atol=1e-6)


def test_pairs_sum_of_curves():
    """5 x + y^2 + sin z, each alone: integrated gradients from zero are the terms themselves."""

    def build(x):
        a, b, c = tf.unstack(tf.reshape(x, [-1, 3]), axis=1)
        return tf.identity((5 * a + b**2 + tf.sin(c))[:, None], name="scores")

    net = toys.network(build, 1, 1, 3, logits="scores")
    for x in ((3, 4, 0.5), (1, -2, 2)):
        wanted = (5 * x[0], x[1] ** 2, np.sin(x[2]))
        for name in ("integrated-gradients", "guided-ig"):
            settings = {"steps": 1000} if name == "guided-ig" else {}
            found = flat(name, net, row(*x), settings)
            np.testing.assert_allclose(found, wanted, atol=0.03 if settings else 1e-5)


@pytest.mark.parametrize(("kind", "wanted"), [("mean", 1), ("square", 2), ("variance", 0)])
def test_captums_noise_tunnel_on_a_linear_network(linear, kind, wanted):
    """w, its square, and nothing."""
    w = WEIGHTS[:, 1]
    settings = {"samples": 5, "noise": 0.4, "kind": kind}
    found = flat("noise-tunnel", linear, toys.noise(1, 4, 4, 3), settings, target=1)
    np.testing.assert_allclose(found, w**wanted if wanted else 0 * w, atol=1e-6)


def test_gradients_of_scores_are_those_of_the_contrast(twig, photos):
    """Of a chance p (1 - p) times it, of its logarithm 1 - p times it."""
    chance = tf.nn.softmax(twig.run(photos)["logits"]).numpy()[:, 2, None, None, None]
    asked = {"target": 2}
    contrast = TABLE["saliency"]()(twig, photos, score="contrast", **asked).values
    for score, share in (("prob", chance * (1 - chance)), ("log_prob", 1 - chance)):
        found = TABLE["saliency"]()(twig, photos, score=score, **asked).values
        np.testing.assert_allclose(found, share * contrast, atol=1e-5 * np.abs(found).max())
