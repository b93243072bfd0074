"""Packed batches: every row counted once, padding for nothing, less memory when there is little."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution.evaluator import Evaluator, Tally
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.rows import Samples, at_itself, nothing, on_line
from attrvis.attribution.scene import Scene
from attrvis.errors import ModelError
from attrvis.objectives import logit
from tests import toys


@pytest.fixture
def setting(twig, photos):
    objective = logit([0, 3, 1])
    evaluator = Evaluator(twig, "left", objective)
    values, bypass = evaluator.head(tf.constant(photos))
    return evaluator, objective, tf.zeros_like(values), values, bypass


def test_the_objective_at_every_node_comes_along(setting, twig, photos):
    evaluator, objective, start, end, bypass = setting
    nodes, weights = quadrature("gauss-legendre", 4)
    total, values = evaluator.line(start, end, bypass, objective, nodes, weights, batch_size=5)
    assert values.shape == (3, 4)
    for j, node in enumerate(nodes):
        logits = twig.run(photos, edit={"left": end * np.float32(node)})["logits"].numpy()
        np.testing.assert_allclose(values[:, j], logits[range(3), [0, 3, 1]], atol=1e-5)
    expected = 0
    for node, weight in zip(nodes, weights, strict=True):
        with tf.GradientTape() as tape:
            rows = end * np.float32(node)
            tape.watch(rows)
            logits = twig.run(photos, edit={"left": rows})["logits"]
            top = tf.gather(logits, [0, 3, 1], axis=1, batch_dims=1)
        expected = expected + weight * tape.gradient(top, rows)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(total, expected, atol=1e-5 * scale)


def test_out_of_memory_halves_the_rows(setting, monkeypatch):
    evaluator, objective, start, end, bypass = setting
    nodes, weights = quadrature("midpoint", 6)
    expected, values = evaluator.line(start, end, bypass, objective, nodes, weights)
    whole, sizes = evaluator._trace, []

    def scarce(most):
        def traced(*given):
            run = whole(*given)

            def limited(given, image, sample):
                sizes.append(int(image.shape[0]))
                if sizes[-1] > most:
                    raise tf.errors.ResourceExhaustedError(None, None, "no memory")
                return run(given, image, sample)

            return limited

        return traced

    monkeypatch.setattr(evaluator, "_trace", scarce(3))
    found, again = evaluator.line(start, end, bypass, objective, nodes, weights, batch_size=16)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(again, values, atol=1e-5)
    assert sizes == [9, 6, 4] + [2] * 9

    monkeypatch.setattr(evaluator, "_trace", scarce(0))
    with pytest.raises(ModelError, match="One row of layer 'left' does not fit"):
        evaluator.line(start, end, bypass, objective, nodes, weights)


def test_batches_are_of_about_one_size(setting):
    evaluator, objective, start, end, bypass = setting
    nodes, weights = quadrature("midpoint", 50)
    sizes = []
    whole = evaluator._trace

    def traced(*given):
        run = whole(*given)
        return lambda *args: (sizes.append(int(args[1].shape[0])), run(*args))[1]

    evaluator._trace = traced
    try:
        evaluator.line(start, end, bypass, objective, nodes, weights, batch_size=32)
    finally:
        del evaluator._trace
    assert sizes == [30] * 5


def test_one_trace_serves_any_number_of_images_and_samples(twig, photos):
    evaluator, objective = Evaluator(twig, "left", logit(0)), logit(0)
    for images, points in ((3, 4), (1, 7), (2, 5)):
        values, bypass = evaluator.head(tf.constant(photos[:images]))
        nodes, weights = quadrature("midpoint", points)
        evaluator.line(values, values, bypass, objective, nodes, weights)
        assert len(evaluator._traces) == 1


def half_blue(rows):
    return rows.own["value"] * rows.each_as("share", rows.own["value"])


def collected(rows, points, gradient, values):
    return {"both": points * gradient, "scores": values}


def test_rows_may_be_placed_before_the_layer(twig, photos):
    evaluator = Evaluator(twig, "left", logit(2), "input")
    values, bypass = evaluator.head(tf.constant(photos))
    np.testing.assert_array_equal(values, photos)
    each = {"share": np.float32([0.2, 0.7])}
    samples = Samples(half_blue, 2, each)
    sums, scores = evaluator.fold(values, bypass, logit(2), samples, collected)
    expected = 0
    for j, share in enumerate(each["share"]):
        read = twig.run(photos * share, read=["left", "logits"])
        with tf.GradientTape() as tape:
            rows = tf.constant(read["left"])
            tape.watch(rows)
            score = twig.run(photos * share, edit={"left": rows})["logits"][:, 2]
        expected = expected + rows * tape.gradient(score, rows)
        np.testing.assert_allclose(scores[:, j], read["logits"][:, 2], atol=1e-5)
    np.testing.assert_allclose(sums["both"], expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(sums["scores"], scores.sum(1), rtol=1e-5)
    between = Evaluator(twig, "left", logit(2), "stem")
    held, beside = between.head(tf.constant(photos))
    again, _ = between.fold(held, beside, logit(2), Samples(at_itself, 1), collected)
    direct, _ = evaluator.fold(values, bypass, logit(2), Samples(at_itself, 1), collected)
    np.testing.assert_allclose(again["both"], direct["both"], atol=1e-5)
    with pytest.raises(ModelError, match="does not"):
        Evaluator(twig, "left", logit(2), "shared")


def test_rows_are_counted_and_may_be_picked(setting):
    evaluator, objective, start, end, bypass = setting
    nodes = quadrature("midpoint", 4)[0]
    each = {"position": nodes.astype(np.float32), "weight": np.ones(4, np.float32)}
    samples, tally = Samples(on_line, 4, each, {"start": start}), Tally()
    _, every = evaluator.fold(end, bypass, objective, samples, tally=tally)
    pairs = (np.int32([2, 0, 2]), np.int32([1, 3, 0]))
    sums, some = evaluator.fold(
        end, bypass, objective, samples, nothing, gradients=False, pairs=pairs, tally=tally
    )
    np.testing.assert_allclose(some, every[pairs], atol=1e-5)
    assert (tally.gradients, tally.forwards) == (12, 3) and sums == {}


def test_keys_are_the_same_however_many_follow(twig, photos):
    scene = Scene.of(twig, tf.constant(photos), "input", logit(0), seed=3)
    keys = scene.keys(1000, "masks")
    assert keys.shape == (1000, 2) and keys.dtype == np.int32
    assert len({tuple(key) for key in keys.tolist()}) == 1000
    for count in (1, 3, 7, 500):
        np.testing.assert_array_equal(scene.keys(count, "masks"), keys[:count])
    assert np.abs(scene.keys(9, "noise") - keys[:9]).min() > 0
    assert np.abs(scene.on(seed=4).keys(9, "masks") - keys[:9]).min() > 0


def test_an_objective_without_a_gradient_is_refused(twig):
    def build(x):
        hidden = tf.nn.relu(x, name="hidden")
        return tf.identity(
            tf.round(tf.reduce_mean(tf.stop_gradient(hidden), [1, 2])), name="scores"
        )

    net = toys.network(build, logits="scores")
    evaluator = Evaluator(net, "hidden", logit(0))
    values, bypass = evaluator.head(tf.zeros([1, 4, 4, 3]))
    nodes, weights = quadrature("midpoint", 2)
    with pytest.raises(ModelError, match="no gradient at layer 'hidden'"):
        evaluator.line(values, values, bypass, logit(0), nodes, weights)


def test_rows_are_a_fixed_function_of_the_layer(setting):
    evaluator, *_ = setting
    sizes = [evaluator._rows(tf.zeros([1, side, side, 64])) for side in (1, 7, 56, 224, 900)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 32 and sizes[-1] == 1
