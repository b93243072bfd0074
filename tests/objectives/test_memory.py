"""A memory that objectives have from step to step: running means, and styles that move."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import objectives as ob
from attrvis.errors import BadValue
from attrvis.objectives.memory import Memory
from attrvis.optimisers import Adam
from attrvis.rendering import Rendering
from attrvis.transforms import compose, maco
from tests import toys

GRAMS = np.eye(3)[None] * 0.4
RUN = {"optimizer": Adam(rate=0.2, end=1.0, schedule="constant"), "transforms": compose()}


def means(values, decay):
    """Write each mean out: the weights of the values so far, which add up to 1."""
    found = []
    for now in range(len(values)):
        weights = decay ** np.arange(now, -1, -1.0)
        found.append(np.tensordot(weights / weights.sum(), values[: now + 1], 1))
    return np.array(found)


def test_a_running_mean_is_the_weighted_mean_of_all_steps():
    values = np.random.default_rng(0).normal(size=(5, 2, 3, 3)).astype(np.float32)
    shapes = Memory()
    shapes.running_mean(tf.constant(values[0]), tf.constant(0.7))
    held = {name: tf.Variable(tf.zeros(shape)) for name, shape in shapes.shapes.items()}
    found = [Memory(held).running_mean(tf.constant(v), tf.constant(0.7)).numpy() for v in values]
    np.testing.assert_allclose(found, means(values, 0.7), rtol=1e-5)
    before = held["0-sum"].numpy()
    Memory(held, write=False).running_mean(tf.constant(values[0]), tf.constant(0.7))
    np.testing.assert_array_equal(held["0-sum"], before)


def test_a_value_that_is_not_finite_is_forgotten_in_its_own_row_alone():
    held = {"0-sum": tf.Variable(tf.ones([2, 1])), "0-weight": tf.Variable(tf.ones([2, 1]))}
    Memory(held).running_mean(tf.constant([[np.nan], [3.0]]), tf.constant(0.5))
    assert held["0-sum"].numpy().tolist() == [[1.0], [2.0]]


def test_a_style_moves_while_a_picture_is_drawn():
    net = toys.network(lambda x: tf.reduce_mean(tf.identity(x, name="maps"), [1, 2], name="scores"),
                       8, 8)  # fmt: skip
    wanted = -1.0 * ob.style("maps", grams=GRAMS, mean_l1=False, decay=0.6)
    drawn = attrvis.render(net, wanted, steps=8, snapshots=8, **RUN)
    # The value of a step is of the picture before it.
    seen = np.concatenate([drawn.frames[step] for step in range(1, 8)])
    grams = np.stack([ob.gram(one[None]).numpy()[0] for one in seen])
    first = attrvis.render(net, wanted, steps=1, **{**RUN, "optimizer": Adam(rate=1e-6)})
    grams = np.concatenate([ob.gram(first.images).numpy(), grams])
    expected = -((means(grams, 0.6) - GRAMS) ** 2).mean((1, 2))
    np.testing.assert_allclose(drawn.history["objective"][:, 0], expected, rtol=1e-3)
    plain = attrvis.render(net, -1.0 * ob.style("maps", grams=GRAMS, mean_l1=False), steps=8, **RUN)
    assert np.abs(plain.history["objective"] - drawn.history["objective"]).max() > 1e-3


@pytest.mark.parametrize("transforms", [compose(), maco((8, 8), count=3)])
def test_a_run_that_stopped_goes_on_with_its_means(transforms, tmp_path):
    net = toys.network(lambda x: tf.reduce_mean(tf.identity(x, name="maps"), [1, 2], name="scores"),
                       8, 8)  # fmt: skip
    wanted = [3 - ob.style("maps", grams=k * GRAMS, decay=0.9) for k in (0.5, 1.0, 2.0)]
    more = {**RUN, "transforms": transforms, "batch_size": 2, "steps": 6}
    whole = attrvis.render(net, wanted, **more)
    half = attrvis.render(net, wanted, callbacks=[lambda moment: moment.step == 3], **more)
    half.save(tmp_path / "half.npz")
    rest = attrvis.render(net, wanted, start=Rendering.load(tmp_path / "half.npz"), **more)
    np.testing.assert_allclose(rest.images, whole.images, atol=1e-6)
    np.testing.assert_allclose(rest.history["objective"], whole.history["objective"][3:], rtol=1e-5)


def test_a_style_without_steps_is_its_own_mean():
    reading = {"x": tf.constant(toys.noise(2, 4, 4, 3))}
    still, moving = (ob.style("x", grams=GRAMS, decay=decay) for decay in (None, 0.9))
    np.testing.assert_allclose(still(reading), moving(reading), rtol=1e-6)
    assert (2 * moving - 1).remembers and not still.remembers
    with pytest.raises(BadValue, match="decay is from 0"):
        ob.style("x", grams=GRAMS, decay=1.0)
