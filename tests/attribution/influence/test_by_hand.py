"""Influence whose integrals are known: noise on curves, and conductance through powers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution.influence.conductance import Conductance, NeuronConductance
from attrvis.attribution.influence.distributions import Gaussian, Line, Uniform, distribution_of
from attrvis.attribution.influence.internal import InternalInfluence
from tests import toys


@pytest.mark.parametrize(("make", "variance"), [(Gaussian, 1.0), (Uniform, 1 / 3)])
@pytest.mark.parametrize("width", [0.4, 0.8])
def test_noise_has_its_width(make, variance, width):
    """The mean of 3 z^2 around x is 3 x^2 and three times the noise's variance."""

    def build(x):
        return tf.identity(tf.reduce_sum(x**3, [1, 2, 3])[:, None], name="scores")

    net = toys.network(build, 3, 3, 1, logits="scores")
    x = np.linspace(0.2, 1, 9, dtype=np.float32).reshape(1, 3, 3, 1)
    method = InternalInfluence(make(width, 3000), multiply=False)
    found = (method(net, x, target=0).values - 3 * x**2).mean() / 3
    assert found == pytest.approx(variance * width**2, rel=0.12)


def test_words_give_a_width():
    assert distribution_of("gaussian:0.2") == Gaussian(0.2)
    assert distribution_of("uniform:0.3") == Uniform(0.3) != Uniform()


@pytest.fixture(scope="module")
def powers():
    """Units `layer`: the square and the cube of one number; the score is a^2 + 3 b."""

    def build(x):
        one = tf.reshape(x, [-1, 1])
        both = tf.concat([one**2, one**3], 1, name="layer")
        return tf.identity(both[:, :1] ** 2 + 3 * both[:, 1:], name="scores")

    return toys.network(build, 1, 1, 1, logits="scores")


def one(x):
    return np.full((1, 1, 1, 1), x, np.float32)


def test_conductance_looks_at_the_middle_of_each_step(powers):
    """Two steps to 1: 2 a moves the square by 1/4 and 3/4; the cube moves by 1 in all."""
    found = Conductance(steps=2)(powers, one(1), target=0, layer="layer")
    np.testing.assert_allclose(found.values, [[2 * (0.25 / 16 + 0.75 * 9 / 16), 3]], rtol=1e-6)
    assert found.change == pytest.approx([4])


def test_conductance_starts_at_its_baseline(powers):
    """By many steps from 1/2: a^2 and 3 b at both ends; the layer's start is what it gives."""
    found = Conductance(steps=400, baseline="constant:0.5")(powers, one(1), target=0, layer="layer")
    np.testing.assert_allclose(found.values, [[1 - 1 / 16, 3 * (1 - 1 / 8)]], rtol=1e-4)
    np.testing.assert_allclose(found.baseline, [[1 / 4, 1 / 8]], rtol=1e-6)


@pytest.mark.parametrize(("unit", "share"), [(0, 1 - 1 / 16), (1, 3 * (1 - 1 / 8))])
def test_what_flows_through_one_neuron(powers, unit, share):
    method = NeuronConductance(f"layer:{unit}", steps=6, baseline="constant:0.5")
    found = method(powers, one(1), target=0)
    assert found.values.sum() == pytest.approx(share, rel=1e-5)
    assert found.baseline == pytest.approx(np.full((1, 1, 1, 1), 0.5))


def test_a_neuron_gets_what_its_layer_says_of_it(twig, photos):
    """Summed over the pixels it is the neuron's own number in the layer's conductance."""
    asked = {"target": [0, 3, 1]}
    layer = Conductance(steps=600)(twig, photos, layer="stem", **asked).values
    for y, x in ((3, 4), (6, 1)):
        method = NeuronConductance(f"stem:1@{y},{x}", steps=600, quadrature="midpoint")
        found = method(twig, photos, **asked).values.sum((1, 2, 3))
        np.testing.assert_allclose(found, layer[:, y, x, 1], rtol=0.02, atol=1e-4)


def test_without_a_position_it_is_the_neuron_in_the_middle(twig, photos):
    def found(neuron):
        return NeuronConductance(neuron, steps=4)(twig, photos, target=0).values

    np.testing.assert_array_equal(found("stem:1"), found("stem:1@4,4"))
    assert np.abs(found("stem:1") - found("stem:1@0,0")).max() > 0


def test_a_line_at_the_pixels_starts_the_slice_where_its_baseline_leads(powers):
    """From 1/2 the slope 2 z^2 is 7/6 on average; the layer begins at (1/4, 1/8)."""
    method = InternalInfluence(Line(4, from_="constant:0.5"), space="input")
    found = method(powers, one(1), target=0, layer="layer")
    np.testing.assert_allclose(found.baseline, [[1 / 4, 1 / 8]], rtol=1e-6)
    np.testing.assert_allclose(found.values, [[7 / 6 * 3 / 4, 3 * 7 / 8]], rtol=1e-5)
    assert found.change is None  # lines elsewhere promise nothing


def test_a_slices_influence_counts_from_its_own_baseline(twig, photos):
    """Lines from 0.2 in the slice: the values add up to the change from there."""
    method = InternalInfluence(distribution_of("line:64"), multiply=True)
    moved = InternalInfluence(type(method.distribution)(64, from_="constant:0.2"))
    found = moved(twig, photos, target=[0, 3, 1], layer="act")
    at = np.full(twig.run(photos, ["act"])["act"].shape, 0.2, np.float32)
    rows = np.arange(3)
    there = twig.run(photos, edit={"act": tf.constant(at)})["logits"].numpy()[rows, [0, 3, 1]]
    here = twig.run(photos)["logits"].numpy()[rows, [0, 3, 1]]
    np.testing.assert_allclose(found.values.sum((1, 2, 3)), here - there, rtol=1e-3)
    np.testing.assert_allclose(found.change, here - there, rtol=1e-4)
