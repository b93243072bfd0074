"""Half precision: close to float32, its scores in float32, and nobody's weights touched."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue
from tests import toys

HALF = {"bfloat16": tf.bfloat16, "float16": tf.float16}


@pytest.fixture(
    scope="module", params=["keras-bfloat16", "frozen-bfloat16", "keras-float16", "frozen-float16"]
)
def pair(request, twig, frozen_twig):
    kind, precision = request.param.split("-")
    exact = attrvis.load(
        twig if kind == "keras" else frozen_twig, preprocess="tf", labels=list("abcde")
    )
    return exact, exact.with_precision(precision)


def test_half_is_close_and_its_logits_are_float32(pair, photos):
    exact, half = pair
    names = ["logits", *[n.name for n in exact.layers if n.spatial and ".in" not in n.name][:5]]
    expected, found = exact.run(photos, names), half.run(photos, names)
    for name in names:
        assert found[name].dtype == tf.float32
        scale = np.abs(expected[name]).max()
        assert 0 < np.abs(found[name] - expected[name]).max() < 0.03 * scale, name


def test_the_heavy_ops_are_half(pair):
    def halves(net):
        nodes = net._engine.lowered.graph_def.node
        heavy = [n for n in nodes if n.op in ("Conv2D", "MatMul")]
        return [HALF.get(net.precision, 0) == tf.as_dtype(n.attr["T"].type) for n in heavy]

    exact, half = pair
    assert not any(halves(exact))
    assert halves(half).count(True) >= len(halves(half)) - 1


def test_gradients_flow_through_half(pair, photos):
    def slope(net):
        images = tf.constant(photos)
        with tf.GradientTape() as tape:
            tape.watch(images)
            top = net.run(images)["logits"][:, 1]
        return tape.gradient(top, images).numpy().ravel()

    exact, half = map(slope, pair)
    assert half.dtype == np.float32
    assert np.corrcoef(exact, half)[0, 1] > 0.99


def test_edits_and_tails_work_in_half(pair, photos):
    exact, half = pair
    layer = next(n.name for n in exact.layers if n.spatial and n.kind == "Relu")
    values = exact.run(photos, [layer])[layer]
    expected = exact.run(photos, edit={layer: values * 0.5})["logits"]
    for found in (
        half.run(photos, edit={layer: values * 0.5})["logits"],
        half.run(photos, edit={layer: lambda a: a * 0.5})["logits"],
    ):
        np.testing.assert_allclose(found, expected, atol=0.03 * np.abs(expected).max())
    tail = half.cut(layer)
    cut, bypass = tail.head(photos)
    np.testing.assert_allclose(tail(cut, bypass)["logits"], half.run(photos)["logits"], atol=1e-6)
    whole = tail(tf.cast(values, tf.float32), bypass)["logits"]
    np.testing.assert_allclose(whole, exact.run(photos)["logits"], atol=0.1)


def test_the_way_there_and_back(pair):
    exact, half = pair
    assert half.exact is exact and exact.exact is exact
    assert half.precision in HALF and exact.precision == "float32"
    assert half.with_precision(half.precision) is half
    other = "float16" if half.precision == "bfloat16" else "bfloat16"
    assert half.with_precision(other).exact is exact
    assert half.with_precision("float32") is exact
    assert half.labels == exact.labels and half.size == exact.size
    assert [n.name for n in half.layers] == [n.name for n in exact.layers]


def test_weights_stay_as_they_are(twig, photos):
    net = attrvis.load(twig, preprocess="unit")
    before = [w.copy() for w in twig.get_weights()]
    net.with_precision("bfloat16").run(photos)
    for old, new in zip(before, twig.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ["half", "bf16", "", "float64"])
def test_other_precisions_are_refused(net, name):
    with pytest.raises(BadValue, match="float32, bfloat16 or float16"):
        net.with_precision(name)


def test_the_embedded_network_in_half(photos):
    net = attrvis.load()
    images = toys.noise(2, 64, 64, 3)
    exact = net.run(images)["logits"].numpy()
    half = net.with_precision("bfloat16").run(images)["logits"].numpy()
    assert 0 < np.abs(half - exact).max() < 0.05 * np.abs(exact).max()
