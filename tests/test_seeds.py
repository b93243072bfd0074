"""Draws depend on their own key alone, replay, and have the right law."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis import seeds
from attrvis.errors import BadValue

DRAWS = {
    "uniform": lambda keys: seeds.uniform(keys, [7, 3], -1.0, 2.0),
    "normal": lambda keys: seeds.normal(keys, [7, 3], 0.5),
    "integers": lambda keys: seeds.integers(keys, [7, 3], 11),
    "fold": lambda keys: seeds.fold(keys, 5),
    "stream": lambda keys: seeds.stream(keys, "x", 3),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_batch_is_its_images_alone(draw):
    whole = draw(seeds.image_keys([3, 1, 4, 1, 5])).numpy()
    alone = [draw(seeds.image_keys([seed])).numpy()[0] for seed in (3, 1, 4, 1, 5)]
    assert np.array_equal(whole, np.stack(alone))
    assert np.array_equal(whole[1], whole[3])
    assert not np.array_equal(whole[0], whole[1])


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_free_batch_draws_the_same(draw):
    free = tf.function(draw, autograph=False, input_signature=[tf.TensorSpec([None, 2], tf.int32)])
    keys = seeds.image_keys(2, 3)
    assert np.array_equal(free(keys), draw(keys))


def test_one_seed_counts_up():
    assert np.array_equal(seeds.image_keys(7, 3), seeds.image_keys([7, 8, 9]))
    assert np.array_equal(seeds.image_keys(np.int64(7), 1), seeds.image_keys(7))


def test_the_draws_of_a_seed_stay_the_same():
    keys = seeds.image_keys(0)
    assert keys.numpy().tolist() == [[-2075847199, -259166550]]
    assert seeds.uniform(keys, [2]).numpy()[0] == pytest.approx([0.9201931, 0.24503076], abs=1e-7)


def test_a_step_in_a_tensor_is_the_step_and_traces_once():
    keys, traces = seeds.image_keys(1, 2), []

    @tf.function(autograph=False)
    def draw(step):
        traces.append(step)
        return seeds.uniform(seeds.stream(keys, "noise", step), [4])

    drawn = [draw(tf.constant(step)).numpy() for step in range(4)]
    assert len(traces) == 1
    assert len({array.tobytes() for array in drawn}) == 4
    eager = seeds.uniform(seeds.stream(keys, "noise", 3), [4]).numpy()
    assert np.array_equal(drawn[3], eager)
    wide = seeds.uniform(seeds.stream(keys, "noise", tf.constant(3, tf.int64)), [4]).numpy()
    assert np.array_equal(wide, eager)


def test_fold_takes_one_number_per_image():
    keys = seeds.image_keys(1, 2)
    each = seeds.fold(keys, tf.constant([5, 6])).numpy()
    assert np.array_equal(each[0], seeds.fold(keys, 5).numpy()[0])
    assert np.array_equal(each[1], seeds.fold(keys, 6).numpy()[1])


def test_neighbouring_seeds_and_steps_never_meet():
    keys = seeds.image_keys(0, 20)
    found = {tuple(key) for step in range(20) for key in seeds.fold(keys, step).numpy().tolist()}
    assert len(found) == 20 * 20


def test_purposes_and_steps_do_not_correlate():
    keys = seeds.image_keys(0)
    fields = [seeds.normal(seeds.stream(keys, "a", step), [20000])[0] for step in range(3)]
    fields += [seeds.normal(seeds.stream(keys, "b", step), [20000])[0] for step in range(3)]
    fields += [seeds.normal(seeds.image_keys(1), [20000])[0]]
    correlation = np.corrcoef(np.stack(fields)) - np.eye(len(fields))
    assert np.abs(correlation).max() < 0.035


def test_the_laws():
    keys = seeds.image_keys(0)
    uniform = seeds.uniform(keys, [100_000], -1.0, 3.0).numpy()
    assert uniform.min() >= -1 and uniform.max() < 3
    assert uniform.mean() == pytest.approx(1.0, abs=0.02)
    assert uniform.std() == pytest.approx(4 / 12**0.5, abs=0.01)
    normal = seeds.normal(keys, [100_000], 2.0).numpy()
    assert normal.mean() == pytest.approx(0.0, abs=0.03)
    assert normal.std() == pytest.approx(2.0, abs=0.02)
    counts = np.bincount(seeds.integers(keys, [70_000], 7).numpy()[0])
    assert len(counts) == 7 and np.abs(counts - 10_000).max() < 450


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5, unique=True))
def test_any_64_bit_seeds_give_different_keys(listed):
    keys = seeds.image_keys(listed)
    assert keys.dtype == tf.int32 and keys.shape == [len(listed), 2]
    assert len({tuple(key) for key in keys.numpy().tolist()}) == len(listed)


@pytest.mark.parametrize(
    ("given_seeds", "batch"), [([], None), ([1, 2], 3), (2**63, 1), (0, 0), ([-(2**64)], None)]
)
def test_bad_seeds_are_refused(given_seeds, batch):
    with pytest.raises(BadValue):
        seeds.image_keys(given_seeds, batch)


def test_no_draw_from_nothing():
    with pytest.raises(BadValue):
        seeds.integers(seeds.image_keys(0), [1], 0)
