"""Influence: lib-attribution's and TruLens' numbers, and conductance by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import TABLE
from attrvis.attribution.influence.conductance import Conductance, NeuronConductance
from attrvis.attribution.influence.distributions import (
    Gaussian,
    Line,
    Point,
    Points,
    Uniform,
    distribution_of,
)
from attrvis.attribution.influence.internal import InternalInfluence
from attrvis.errors import AttrVisWarning, BadValue, ModelError, UnknownName
from attrvis.networks.choice import last_map
from attrvis.objectives import logit
from tests import toys


def row(*numbers):
    return np.asarray(numbers, np.float32).reshape(1, 1, 1, -1)


@pytest.fixture(scope="module")
def two_class():
    """Hidden units read the other half of the inputs; class 0 sums units 5-9, class 1 the rest."""

    def build(x):
        first = np.roll(np.eye(10, dtype=np.float32), 5, axis=1)
        second = np.repeat(np.array([[0, 1], [1, 0]], np.float32), 5, axis=0)
        hidden = tf.matmul(tf.reshape(x, [-1, 10]), first, name="hidden")
        return tf.nn.softmax(tf.matmul(hidden, second, name="scores"), name="chances")

    return toys.network(build, 1, 1, 10, logits="scores")


X0, X1 = row(*[0] * 5, *[1] * 5), row(*[1] * 5, *[0] * 5)


def test_two_classes_by_their_logit(two_class):
    for x, target, units in ((5 * X0, 1, slice(0, 5)), (5 * X1, 0, slice(5, 10))):
        made = InternalInfluence()(two_class, x, target=target, layer="hidden")
        expected = np.zeros(10)
        expected[units] = 5
        np.testing.assert_allclose(made.values[0], expected, atol=1e-6)
        assert made.values.sum() == pytest.approx(25) and made.gap[0] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("distribution", "unit", "total"),
    [
        # One step in float32 sees nothing at all.
        (Line(1, "right"), 0.0, 0.0),
        (Line(10, "right"), 0.0386769, 0.1933843),
        (Line(50, "right"), 0.0875, 0.4375),
        (Line(100, "right"), 0.09375, 0.46875),
        (Line(1000, "right"), 0.099375, 0.496875),
        (Line(50), 0.1, 0.5),
    ],
)
def test_two_classes_by_their_largest_chance(two_class, distribution, unit, total):
    """The chance saturates: right sums of a few steps see almost nothing of its rise.

    Sums over hidden units of 5 that rise together make a logit of 25.
    """
    method = InternalInfluence(distribution)
    made = method(two_class, 5 * X0, target=logit(1, "prob"), layer="hidden")
    np.testing.assert_allclose(made.values[0, :5], unit, rtol=2e-4)
    assert made.values.sum() == pytest.approx(total, rel=2e-4)
    np.testing.assert_allclose(made.values[0, 5:], -made.values[0, :5] * 0, atol=1e-6)


X = row(0, 100, 0)


def test_captums_table(layered):
    line = Line(200, "midpoint")
    pushed = InternalInfluence(line, space="input", multiply=False)
    made = pushed(layered, X, target=0, layer="one").values
    np.testing.assert_allclose(made, [[3.9, 3.9, 3.9]], atol=0.02)
    made = pushed(layered, X, target=0, layer="relu").values
    np.testing.assert_allclose(made, [[1, 1, 1, 1]], atol=1e-6)
    made = pushed(layered, X, target=0, layer="four").values
    np.testing.assert_allclose(made, [[0.9, 1, 1, 1]], atol=0.006)
    flows = Conductance(steps=50)(layered, X, target=0, layer="four").values
    np.testing.assert_allclose(flows, [[90, 100, 100, 100]], atol=0.01)
    own = InternalInfluence(Line(200))(layered, X, target=0, layer="relu")
    np.testing.assert_allclose(own.values, [[90, 101, 101, 101]], atol=0.01)
    times = TABLE["gradient-times-activation"]()(layered, X, target=0, layer="relu").values
    np.testing.assert_allclose(times, [[90, 101, 101, 101]])
    np.testing.assert_allclose(
        TABLE["activation"]()(layered, X, target=0, layer="four").values, [[90, 101, 101, 101]]
    )


def test_another_start_of_the_line(layered):
    """From (0, -20, 0) to (0, 80, 0) the first unit is off for 30 of 100, the others for 19."""
    path = Points(np.stack([row(0, -20 + a, 0)[0] for a in np.arange(0.5, 100)]))
    made = InternalInfluence(path, space="input", multiply=False)
    found = made(layered, row(0, 80, 0), target=0, layer="four").values
    np.testing.assert_allclose(found, [[0.7, 0.81, 0.81, 0.81]], atol=0.011)


def test_the_three_spaces_differ(twig, photos):
    def found(space, distribution="line:8"):
        method = InternalInfluence(distribution, space=space, multiply=False)
        return method(twig, photos, target=[0, 3, 1], layer="deep").values

    assert np.abs(found("slice") - found("input")).max() > 1e-3
    assert np.abs(found("stem") - found("input")).max() > 1e-3
    np.testing.assert_array_equal(found("deep"), found("slice"))
    np.testing.assert_allclose(found("input", "point"), found("slice", "point"), atol=1e-6)


def test_it_is_the_methods_of_the_field(twig, photos):
    asked = {"target": [0, 3, 1]}

    def same(distribution, multiply, name, **settings):
        mine = InternalInfluence(distribution, multiply=multiply)(twig, photos, **asked).values
        other = TABLE[name](**settings)(twig, photos, **asked).values
        np.testing.assert_allclose(mine, other, atol=1e-5 * np.abs(other).max())

    same("point", False, "saliency")
    same("point", True, "gradient-times-input")
    same(Line(16), True, "integrated-gradients", steps=16)


@pytest.mark.parametrize("layer", ["stem", "left", "act", "pool", "input"])
def test_conductance_adds_up_where_all_runs_through(twig, photos, layer):
    made = Conductance(steps=64)(twig, photos, target=[0, 3, 1], layer=layer)
    if layer in ("act", "pool", "input"):
        assert made.relative_gap.max() < 0.01
    else:
        assert made.change is None
    assert made.evaluations == 3 * 64


def test_conductance_converges(twig, photos):
    gaps = [
        Conductance(steps=n, tolerance=9)(
            twig, 9 * photos, target=[0, 3, 1], layer="act", score="log_prob"
        ).relative_gap
        for n in (4, 256)
    ]
    assert gaps[0].max() > 1e-3
    assert gaps[1].max() < 0.2 * gaps[0].max()


def test_neurons_add_up_to_their_layer(layered):
    """Through each of four units; their sum is the pixels' integrated gradients."""
    x = row(3, 20, 5)
    each = [
        NeuronConductance(f"relu:{unit}", steps=400, quadrature="midpoint")(layered, x, target=0)
        for unit in range(4)
    ]
    layer = Conductance(steps=400)(layered, x, target=0, layer="relu").values[0]
    np.testing.assert_allclose([e.values.sum() for e in each], layer, rtol=0.01)
    whole = TABLE["integrated-gradients"](steps=400, quadrature="midpoint")(layered, x, target=0)
    np.testing.assert_allclose(sum(e.values for e in each), whole.values, rtol=1e-3)


def test_a_neuron_at_a_position(twig, photos):
    """Its conductance is nothing where the neuron does not look."""
    found = NeuronConductance("stem:1@3,4", steps=6)(twig, photos, target=[0, 3, 1]).values.copy()
    assert np.abs(found[:, 2:5, 3:6]).max() > 0
    found[:, 2:5, 3:6] = 0
    assert np.abs(found).max() == 0


def test_by_default_it_is_the_neuron_that_speaks_most(twig, photos):
    """Each image's own, which the layer's gradient times its values tells as well."""
    asked = {"target": [0, 3, 1]}
    found = NeuronConductance(steps=6)(twig, photos, **asked)
    names = found.settings["neurons"]
    layer = last_map(twig).name
    terms = TABLE["gradient-times-activation"]()(twig, photos, layer=layer, **asked).values
    for i, text in enumerate(names):
        y, x, unit = np.unravel_index(terms[i].argmax(), terms[i].shape)
        assert text == f"{layer}:{unit}@{y},{x}"
        named = NeuronConductance(text, steps=6)(twig, photos[i : i + 1], target=asked["target"][i])
        np.testing.assert_allclose(found.values[i], named.values[0], atol=1e-6)
        assert named.settings["neurons"] == [text] and named.values.any()
    assert len(set(names)) > 1


def test_a_silent_neuron_is_told_with_the_cure(layered):
    """The first unit of `relu` is 0 where the numbers add up to less than 10."""
    with pytest.warns(AttrVisWarning, match=r"relu:0 is silent .* name another neuron"):
        NeuronConductance("relu:0")(layered, row(1, 2, 3), target=0)
    assert NeuronConductance("relu:0")(layered, row(10, 2, 3), target=0).values.any()


@pytest.mark.parametrize("make", [Gaussian, Uniform])
def test_noise_around_the_image(twig, photos, make):
    asked = {"target": [0, 3, 1], "layer": "stem"}
    still = InternalInfluence(make(0.0, 3), multiply=False)(twig, photos, **asked).values
    plain = TABLE["saliency"]()(twig, photos, **asked).values
    np.testing.assert_allclose(still, plain, atol=1e-6)
    moved = InternalInfluence(make(0.5, 3), multiply=False)(twig, photos, **asked).values
    assert np.abs(moved - plain).max() > 1e-4


def test_weights_of_points(twig, photos):
    points = toys.noise(2, 8, 8, 3, seed=4)
    asked = {"target": 0}

    def at(values, weights=None):
        method = InternalInfluence(Points(values, weights), multiply=False)
        return method(twig, photos[:1], **asked).values

    mixed = at(points, np.array([0.25, 0.75]))
    np.testing.assert_allclose(mixed, 0.25 * at(points[:1]) + 0.75 * at(points[1:]), atol=1e-6)


def test_words_for_distributions():
    assert distribution_of("line:50") == Line(50) and distribution_of("point") == Point()
    with pytest.raises(UnknownName, match="'gaussian'"):
        distribution_of("gausian")
    with pytest.raises(BadValue, match="line:50"):
        distribution_of("gaussian:wide")
    with pytest.raises(BadValue, match="line:50"):
        distribution_of("point:3")


def test_what_is_refused(twig, photos):
    with pytest.raises(BadValue, match="at least one point"):
        Points(np.zeros([0, 3]))
    with pytest.raises(BadValue, match="one a point"):
        Points(np.zeros([2, 3]), np.ones(3))
    with pytest.raises(BadValue, match="rows are placed"):
        InternalInfluence(Points(np.zeros([2, 3])))(twig, photos, target=0)
    with pytest.raises(ModelError, match="does not see"):
        InternalInfluence(space="act")(twig, photos, target=0, layer="stem")
    with pytest.raises(BadValue, match="layer:unit"):
        NeuronConductance("stem")
    with pytest.raises(BadValue, match="outside"):
        NeuronConductance("stem:99@0,0")(twig, photos, target=0)
    with pytest.raises(UnknownName, match="'stem'"):
        NeuronConductance("stam:1@0,0")(twig, photos, target=0)
    with pytest.raises(BadValue, match="midpoint"):
        Conductance(steps=0)
    with pytest.raises(BadValue, match="width"):
        Gaussian(-1.0)
