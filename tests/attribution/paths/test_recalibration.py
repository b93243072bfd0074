"""Re-calibration against its definition in NumPy, AGI's classes, LPI's references."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import TABLE, Scene, bind_target
from attrvis.attribution.paths.agi import AGI, other_classes
from attrvis.attribution.paths.lpi import LPI, LocalReferences, local_references
from attrvis.attribution.paths.random_references import IGSQ, ExpectedGradients, IGUniform
from attrvis.attribution.paths.recalibrated import Recalibrated
from attrvis.errors import BadValue, UnknownName
from tests import toys

ASKED = {"target": [0, 3, 1]}


def gradients(net, points, target):
    x = tf.constant(points)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = tf.reduce_sum(net.run(x)["logits"][:, target])
    return tape.gradient(score, x).numpy()


def lines_of(method, net, photo, target):
    scene = Scene.of(net, tf.constant(photo), "input", bind_target(net, tf.constant(photo), target))
    return list(method.lines(scene))


@pytest.mark.parametrize("rule", ["valid_ip", "valid_ref"])
@pytest.mark.parametrize("make", [IGUniform, IGSQ])
def test_it_is_its_definition(twig, photos, rule, make):
    method, photo, target = make(references=3, steps=4), photos[1:2], 3
    total, count = 0.0, 0.0
    for line in lines_of(method, twig, photo, target):
        start = line.start.numpy()
        each = []
        for node, weight in zip(line.nodes, line.weights, strict=True):
            z = (start + node * (photo - start)).astype(np.float32)
            each.append(((photo - z), gradients(twig, z, target), weight))
        if rule == "valid_ip":
            terms = [w * d * g for d, g, w in each]
        else:
            terms = [(photo - start) * sum(w * g for _, g, w in each)]
        for term in terms:
            valid = term >= 0
            total = total + np.where(valid, term**2 if method.squared else term, 0)
            count = count + valid
    wanted = total / np.maximum(count, 1)
    made = Recalibrated(method, rule)(twig, photo, target=target).values
    np.testing.assert_allclose(made, wanted, atol=2e-5 * wanted.max())


@pytest.mark.parametrize(
    "name",
    ["integrated-gradients", "ig-uniform", "ig-sg", "ig-sq", "expected-gradients", "agi", "lpi"],
)
@pytest.mark.parametrize("rule", ["valid_ip", "valid_ref"])
def test_nothing_is_negative(twig, photos, name, rule):
    small = {"agi": {"classes": 2, "steps": 2}}.get(name, {})
    made = Recalibrated(TABLE[name](**small), rule)(twig, photos, **ASKED)
    assert made.values.min() >= 0 and made.values.max() > 0


def test_it_costs_no_further_gradients(twig, photos):
    plain = IGUniform(3, 4)(twig, photos, **ASKED)
    made = Recalibrated(IGUniform(3, 4))(twig, photos, **ASKED)
    assert plain.evaluations == made.evaluations == 3 * 12


def test_a_linear_network(linear):
    """valid_ip: the masked mean of (1 - u) w (x - R) / k; valid_ref: of w (x - R)."""
    from tests.attribution.conftest import WEIGHTS

    photo, w = toys.noise(1, 4, 4, 3, seed=3), WEIGHTS[:, 1].reshape(1, 4, 4, 3)
    method = IGUniform(references=5, steps=2)
    ways = [photo - line.start.numpy() for line in lines_of(method, linear, photo, 1)]
    terms = np.stack([w * way for way in ways])
    wanted = np.where(terms >= 0, terms, 0).sum(0) / np.maximum((terms >= 0).sum(0), 1)
    made = Recalibrated(method, "valid_ref")(linear, photo, target=1).values
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    made = Recalibrated(method, "valid_ip")(linear, photo, target=1).values
    np.testing.assert_allclose(made, wanted * np.mean([0.75, 0.25]) / 2, atol=1e-5)


def test_agi_against_its_definition(twig, photos):
    photo, target = photos[:1], 0
    method = AGI(classes=2, steps=3, epsilon=0.05)
    scene = Scene.of(twig, tf.constant(photo), "input", bind_target(twig, tf.constant(photo), 0))
    total = 0.0
    for other in other_classes(scene, 2)[0]:
        x = photo
        for _ in range(3):
            x = np.clip(photo + 0.05 * np.sign(gradients(twig, x, int(other))), 0, 1)
            total = total + (photo - x) * gradients(twig, x.astype(np.float32), target)
    made = method(twig, photo, target=target)
    np.testing.assert_allclose(made.values, total, atol=1e-4 * np.abs(total).max())
    assert made.evaluations == 2 * 2 * 3


def test_agi_never_goes_to_the_photos_own_class(twig):
    photos = toys.noise(20, 8, 8, 3, seed=8)
    best = twig.run(photos)["logits"].numpy().argmax(1)
    scene = Scene.of(twig, tf.constant(photos), "input", bind_target(twig, tf.constant(photos)))
    drawn = other_classes(scene, 99)
    assert drawn.shape == (20, 4)
    for own, others in zip(best, drawn, strict=True):
        assert sorted(others) == sorted(set(range(5)) - {own})


@pytest.mark.parametrize("path", ["from_input", "cumulative"])
@pytest.mark.parametrize("at", ["post", "pre"])
@pytest.mark.parametrize("layer", ["input", "stem"])
def test_every_kind_of_agi(twig, photos, path, at, layer):
    method = AGI(classes=2, steps=2, path=path, gradient_at=at)
    made = method(twig, photos, **ASKED, layer=layer).values
    alone = method(twig, photos[2:], target=1, layer=layer).values
    np.testing.assert_allclose(alone[0], made[2], atol=1e-5 * np.abs(made).max())


def test_lpi_from_references_of_ones_own(twig, photos):
    """With one cluster and equal shares it is the mean over the references."""
    references = toys.noise(2, 8, 8, 3, seed=5)
    shares = np.array([[0.25, 0.75]])
    held = LocalReferences(references[None], shares, np.zeros((1, 5), np.float32))
    made = LPI(held, steps=6)(twig, photos, **ASKED).values
    each = []
    for reference in references:
        method = ExpectedGradients(reference[None], samples=1, draws=1)
        line = lines_of(method, twig, photos, [0, 3, 1])[0]
        nodes = (np.arange(6) + 0.5) / 6
        start = line.start.numpy()
        mean = np.mean(
            [
                np.concatenate(
                    [
                        gradients(twig, (start + n * (photos - start))[i : i + 1], t)
                        for i, t in enumerate(ASKED["target"])
                    ]
                )
                for n in nodes
            ],
            axis=0,
        )
        each.append((photos - start) * mean)
    wanted = 0.25 * each[0] + 0.75 * each[1]
    np.testing.assert_allclose(made, wanted, atol=1e-4 * np.abs(wanted).max())


def test_references_of_a_data_set(twig):
    images = toys.noise(30, 8, 8, 3, seed=11)
    held = local_references(twig, images, clusters=2, references=3)
    assert held.images.shape == (2, 3, 8, 8, 3) and held.centres.shape == (2, 5)
    np.testing.assert_allclose(held.shares.sum(1), 1)
    for one in held.images.reshape(-1, 8, 8, 3):
        assert any(np.array_equal(one, image) for image in images)
    made = LPI(held)(twig, images[:4], target=[0, 1, 2, 3]).values
    alone = LPI(held)(twig, images[2:3], target=2).values
    np.testing.assert_allclose(alone[0], made[2], atol=1e-5 * np.abs(made).max())
    with pytest.raises(BadValue, match="fewer"):
        local_references(twig, images[:4], references=9)


def test_the_contrast_that_is_differentiated_through_its_weights(twig, photos):
    """Its weights are a (1 + y - mean y), and so may be negative, as in the authors' code."""
    logits = twig.run(photos)["logits"].numpy().astype(np.float64)
    own, rest = logits[:, 2], np.delete(logits, 2, axis=1)
    a = np.exp(rest - rest.max(1, keepdims=True))
    a /= a.sum(1, keepdims=True)
    mean = (a * rest).sum(1, keepdims=True)
    score = attr_score(twig, photos, "contrast_undetached")
    np.testing.assert_allclose(score, own - mean[:, 0], rtol=1e-4)
    weights = a * (1 + rest - mean)
    each = np.stack([TABLE["saliency"]()(twig, photos, target=k).values for k in range(5)])
    others = np.delete(each, 2, axis=0)
    wanted = each[2] - np.einsum("bk,kbhwc->bhwc", weights, others)
    made = TABLE["saliency"]()(twig, photos, target=2, score="contrast_undetached").values
    np.testing.assert_allclose(made, wanted, atol=1e-3 * np.abs(wanted).max())


def attr_score(net, photos, score):
    images = tf.constant(photos)
    objective = bind_target(net, images, 2, score)
    return np.asarray(objective(net.run(photos, objective.layers)))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Recalibrated("saliency"), BadValue, "no references to judge"),
        (lambda: Recalibrated("ig-sg", "valid"), UnknownName, "valid_ip"),
        (lambda: AGI(classes=0), BadValue, "at least one class"),
        (lambda: AGI(path="straight"), UnknownName, "cumulative"),
        (lambda: AGI(gradient_at="now"), UnknownName, "post"),
        (lambda: LPI(steps=0), BadValue, "midpoint"),
    ],
)
def test_what_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()
