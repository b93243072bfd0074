"""Mask objectives and ramps: their arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives import mask_area, mask_haze, mask_sparsity, ramp

ALPHA = np.random.default_rng(1).uniform(0, 1, (2, 4, 6, 1)).astype(np.float32)
AREA = ALPHA.mean((1, 2, 3))


def test_the_area_is_the_squared_log_ratio():
    found = mask_area(0.25)({"alpha": ALPHA})
    np.testing.assert_allclose(found, np.log(AREA / 0.25) ** 2, rtol=1e-4)
    found = mask_area([0.25, 0.5])({"alpha": ALPHA})
    np.testing.assert_allclose(found, np.log(AREA / [0.25, 0.5]) ** 2, rtol=1e-4)


def test_the_area_has_no_unit_and_its_lowest_at_the_target():
    alpha = np.full((1, 8, 8, 1), 0.1, np.float32)
    assert float(mask_area(0.1)({"alpha": alpha})[0]) == pytest.approx(0, abs=1e-8)
    twice, half = (float(mask_area(t)({"alpha": alpha})[0]) for t in (0.2, 0.05))
    assert twice == pytest.approx(half, rel=1e-3) == pytest.approx(np.log(2) ** 2, rel=1e-3)


def test_an_empty_mask_is_finite_and_is_pulled_up():
    alpha = tf.zeros([1, 4, 4, 1])
    with tf.GradientTape() as tape:
        tape.watch(alpha)
        found = mask_area(0.5)({"alpha": alpha})
    slope = tape.gradient(found, alpha).numpy()
    assert np.isfinite(found).all() and np.isfinite(slope).all() and (slope < 0).all()


def test_sparsity_and_haze():
    np.testing.assert_allclose(mask_sparsity()({"alpha": ALPHA}), AREA, rtol=1e-5)
    haze = (4 * ALPHA * (1 - ALPHA)).mean((1, 2, 3))
    np.testing.assert_allclose(mask_haze()({"alpha": ALPHA}), haze, rtol=1e-5)
    binary = (ALPHA > 0.5).astype(np.float32)
    np.testing.assert_array_equal(mask_haze()({"alpha": binary}), 0)


@pytest.mark.parametrize("target", [0, -0.1, 1.01, float("nan"), [0.5, 0], [[0.5]]])
def test_areas_that_cannot_be(target):
    with pytest.raises(BadValue, match="share above 0"):
        mask_area(target)


def test_a_ramp_is_geometric():
    def at(share, *args, **more):
        return float(ramp(*args, **more)({"progress": tf.constant(share)}))

    assert at(0.0, 1, 8) == pytest.approx(1) and at(1.0, 1, 8) == pytest.approx(8)
    assert at(1 / 3, 1, 8) == pytest.approx(2, rel=1e-5)
    assert at(0.3, 0.5, 0.1, until=0.6) == pytest.approx(np.sqrt(0.05), rel=1e-5)
    for share in (0.6, 0.8, 1.0):
        assert at(share, 0.5, 0.1, until=0.6) == pytest.approx(0.1, rel=1e-5)


def test_a_ramp_may_end_elsewhere_for_each_image():
    q = ramp(0.5, [0.1, 0.3])
    np.testing.assert_allclose(q({"progress": tf.constant(1.0)}), [0.1, 0.3], rtol=1e-6)
    area = mask_area(q)
    found = area({"alpha": ALPHA, "progress": tf.constant(1.0)})
    np.testing.assert_allclose(found, np.log(AREA / [0.1, 0.3]) ** 2, rtol=1e-4)
    assert set(area.layers) == {"alpha", "progress"}
    row = area.rows(tf.constant([1]), area.parameters)
    found = area.evaluate({"alpha": ALPHA[1:], "progress": tf.constant(1.0)}, row)
    np.testing.assert_allclose(found, np.log(AREA[1:] / 0.3) ** 2, rtol=1e-4)


@pytest.mark.parametrize(
    "args", [(0, 1), (1, 0), (-1, 1), (1, float("inf")), (1, 2, 0), (1, 2, 1.5),
             (1, [[2]]), (1, [1, -1])]
)  # fmt: skip
def test_ramps_that_cannot_be(args):
    with pytest.raises(BadValue, match="ramp"):
        ramp(*args)


def test_a_weight_can_grow_while_drawing():
    q = -ramp(1, 4) * mask_sparsity()
    found = q({"alpha": ALPHA, "progress": tf.constant(0.5)})
    np.testing.assert_allclose(found, -2 * AREA, rtol=1e-5)
