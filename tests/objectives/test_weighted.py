"""The dot product with an attribution: 1 at its reference, softly limited, shapes checked."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives import weighted

RNG = np.random.default_rng(2)
WEIGHTS = RNG.uniform(0, 1, (3, 4, 5)).astype(np.float32)
MAPS = RNG.uniform(0, 1, (2, 3, 4, 5)).astype(np.float32)


def test_alone_it_is_the_dot_product_with_weights_that_sum_to_one():
    q = weighted("x", WEIGHTS)
    expected = (MAPS * WEIGHTS).sum((1, 2, 3)) / WEIGHTS.sum()
    np.testing.assert_allclose(q({"x": MAPS}), expected, rtol=1e-5)
    np.testing.assert_allclose(weighted("x", 7 * WEIGHTS)({"x": MAPS}), expected, rtol=1e-5)


def test_it_is_one_at_its_reference_in_any_scale():
    for scale in (1e-3, 1.0, 1e3):
        q = weighted("x", WEIGHTS * scale, MAPS[0] * scale)
        assert float(q({"x": MAPS[:1] * scale})[0]) == pytest.approx(1, rel=1e-5)
        assert float(q({"x": 3 * MAPS[:1] * scale})[0]) == pytest.approx(3, rel=1e-5)


def test_the_limit_is_a_hyperbolic_tangent_at_each_place():
    q = weighted("x", WEIGHTS, MAPS[0], limit=2.0)
    dots = (WEIGHTS * MAPS[0]).sum(-1).astype(np.float64)
    share = dots / dots.sum()
    for factor in (0.1, 1.0, 5.0):
        expected = (2 * share * np.tanh(factor / 2)).sum()
        assert float(q({"x": factor * MAPS[:1]})[0]) == pytest.approx(expected, rel=1e-4)
    # One spot, however loud, counts for at most twice what it gave.
    loud = MAPS[:1].copy()
    loud[0, 1, 2] *= 1e6
    rest = 2 * np.tanh(0.5) * (1 - share[1, 2])
    assert float(q({"x": loud})[0]) == pytest.approx(rest + 2 * share[1, 2], rel=1e-4)


def test_a_place_that_gave_nothing_cannot_give():
    weights = WEIGHTS.copy()
    weights[0, 0] = 0
    q = weighted("x", weights, MAPS[0], limit=2.0)
    maps = np.zeros((1, 3, 4, 5), np.float32)
    maps[0, 0, 0] = 1e3
    assert float(q({"x": maps})[0]) == pytest.approx(0, abs=1e-6)


def test_each_image_may_have_its_own():
    weights = np.stack([WEIGHTS, WEIGHTS[::-1]])
    for limit in (None, 2.0):
        q = weighted("x", weights, MAPS, limit=limit)
        both = np.asarray(q({"x": MAPS}))
        for i in range(2):
            one = weighted("x", weights[i], MAPS[i], limit=limit)
            np.testing.assert_allclose(both[i : i + 1], one({"x": MAPS[i : i + 1]}), rtol=1e-5)
        index = tf.constant([1, 0, 1])
        rows = q.evaluate({"x": tf.gather(MAPS, index)}, q.rows(index, q.parameters))
        np.testing.assert_allclose(rows, both[[1, 0, 1]], rtol=1e-5)


def test_one_reference_may_serve_all_weights():
    weights = np.stack([WEIGHTS, WEIGHTS[::-1]])
    q = weighted("x", weights, MAPS[0])
    found = q({"x": np.repeat(MAPS[:1], 2, 0)})
    np.testing.assert_allclose(found, [1, 1], rtol=1e-5)


@pytest.mark.parametrize("limit", [None, 2.0])
def test_layers_without_places(limit):
    weights, flat = WEIGHTS[0, 0], MAPS[:, 0, 0]
    reference = flat[0]
    q = weighted("x", weights, reference, limit=limit)
    found = np.asarray(q({"x": flat}))
    assert found.shape == (2,)
    one = 1.0 if limit is None else 2 * np.tanh(0.5)
    assert float(found[0]) == pytest.approx(one, rel=1e-5)
    several = weighted(
        "x", np.stack([weights, weights]), np.stack([reference, flat[1]]), limit=limit
    )
    np.testing.assert_allclose(several({"x": flat}), [one, one], rtol=1e-5)


def test_wrong_shapes_and_numbers_are_refused():
    with pytest.raises(BadValue, match=r"reference has shape \(4, 4, 5\)"):
        weighted("x", WEIGHTS, np.ones((4, 4, 5)))
    with pytest.raises(BadValue, match=r"\(3, 4, 5\), but the layer gives \(3, 4, 6\)"):
        weighted("x", WEIGHTS)({"x": tf.zeros([1, 3, 4, 6])})
    with pytest.raises(BadValue, match="must be finite"):
        weighted("x", np.full((2, 2, 1), np.nan))
    with pytest.raises(BadValue, match="all zero"):
        weighted("x", np.zeros((2, 2, 1)))
    with pytest.raises(BadValue, match="all zero"):
        weighted("x", np.stack([WEIGHTS, 0 * WEIGHTS]))
    with pytest.raises(BadValue, match="score nothing"):
        weighted("x", WEIGHTS, -MAPS[0])
    for limit in (0, -1, float("nan")):
        with pytest.raises(BadValue, match="limit"):
            weighted("x", WEIGHTS, MAPS[0], limit=limit)
    with pytest.raises(BadValue, match="limit"):
        weighted("x", WEIGHTS, limit=2.0)
    for rank in ((3,) * 2 + (1,) * 4, ()):
        with pytest.raises(BadValue):
            weighted("x", np.ones(rank))


def test_one_trace_serves_all_weights_of_a_layer():
    assert weighted("x", WEIGHTS).structure == weighted("x", 2 * WEIGHTS[::-1]).structure
    assert weighted("x", WEIGHTS).structure != weighted("x", WEIGHTS[:2]).structure
    assert weighted("x", WEIGHTS).structure != weighted("x", WEIGHTS, MAPS[0], 2.0).structure


def test_a_reference_that_is_not_finite_is_refused():
    with pytest.raises(BadValue):
        weighted("x", WEIGHTS, np.full_like(WEIGHTS, np.nan))
