"""The sum of the gradients' sizes at the pictures: every step's, of each picture by itself."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.objectives import custom
from attrvis.param import FourierImage
from attrvis.rendering import Rendering
from attrvis.transforms import Jitter, compose, maco
from tests import toys

WEIGHT = np.array([1.0, -2.0, 0.5], np.float32)


@pytest.fixture(scope="module")
def net():
    return toys.network(
        lambda x: tf.reduce_mean(tf.nn.relu(x, name="maps"), [1, 2], name="scores"), 8, 8
    )


def weighted(factor=1.0):
    """Give a sum with weights, of which the gradient at the picture is those weights."""
    weight = factor * WEIGHT
    return custom(lambda read: tf.reduce_sum(read["input"] * weight, [1, 2, 3]), "input")


def test_every_step_is_in_it(net):
    drawn = attrvis.render(net, weighted(), steps=7, transforms="identity", trace=True)
    np.testing.assert_allclose(drawn.trace, np.broadcast_to(7 * abs(WEIGHT), (1, 8, 8, 3)))
    assert attrvis.render(net, weighted(), steps=2).trace is None


def test_it_does_not_change_the_picture(net):
    plain, traced = (attrvis.render(net, "maps:1", steps=5, trace=t) for t in (False, True))
    np.testing.assert_array_equal(plain.images, traced.images)


def test_each_picture_has_its_own_whatever_lies_beside_it(net):
    units = ["maps:0", "maps:2 * 3", weighted(), "maps:1"]
    given = {"steps": 6, "trace": True, "transforms": [Jitter(2), "crop"]}
    every = attrvis.render(net, units, seed=4, batch_size=2, **given)
    for i, unit in enumerate(units):
        alone = attrvis.render(net, unit, seed=4 + i, **given)
        np.testing.assert_allclose(every.trace[i], alone.trace[0], rtol=1e-5, atol=1e-9)
    # One channel of the network's mean asks for one colour alone.
    assert np.flatnonzero(every.trace[0].max(axis=(0, 1))).tolist() == [0]


def test_crops_count_where_they_looked(net):
    chain = maco((8, 8), count=3, share=(0.3, 0.4))
    drawn = attrvis.render(net, "maps:0", size=40, steps=12, transforms=chain, trace=True)
    seen = drawn.trace[0, ..., 0]
    assert seen[10:30, 10:30].mean() > 3 * seen[:5].mean()
    # The mean over crops and positions passes on as much as it weighs, at each step.
    assert seen.sum() == pytest.approx(12, rel=0.05)


def test_alpha_is_left_out(net):
    image = FourierImage(4, with_alpha=True)
    drawn = attrvis.render(net, "maps:0", image=image, steps=3, trace=True)
    assert drawn.trace.shape == (1, 8, 8, 3) and drawn.trace[..., 0].min() > 0


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_the_scale_of_half_precision_is_taken_out(net, precision):
    drawn = attrvis.render(
        net, "maps:0", steps=4, transforms="identity", precision=precision, trace=True
    )
    np.testing.assert_allclose(drawn.trace[..., 0], 4 / 64, rtol=1e-3)


def test_a_run_that_stopped_goes_on_with_its_sum(net, tmp_path):
    given = {"steps": 6, "trace": True, "batch_size": 1}
    units = ["maps:0", "maps:1"]
    whole = attrvis.render(net, units, **given)
    half = attrvis.render(net, units, callbacks=[lambda moment: moment.step == 2], **given)
    half.save(tmp_path / "half.npz")
    rest = attrvis.render(net, units, start=Rendering.load(tmp_path / "half.npz"), **given)
    assert half.trace.sum() < 0.5 * whole.trace.sum()
    np.testing.assert_allclose(rest.trace, whole.trace, rtol=1e-4, atol=1e-7)


def test_a_coarse_start_is_not_in_it(net):
    drawn = attrvis.render(
        net, weighted(), steps=8, transforms=compose(), trace=True, coarse=[(0.5, 0.5)]
    )
    np.testing.assert_allclose(drawn.trace, np.broadcast_to(4 * abs(WEIGHT), (1, 8, 8, 3)))


def test_a_gradient_that_is_not_finite_adds_nothing(net):
    bad = custom(
        lambda read: (
            tf.reduce_sum(read["input"], [1, 2, 3]) * tf.where(read["progress"] > 0.7, np.nan, 1.0)
        ),
        ["input", "progress"],
    )
    drawn = attrvis.render(net, bad, steps=4, transforms="identity", trace=True)
    np.testing.assert_allclose(drawn.trace, 3.0)
