"""Shapes that a network computes from the length of its batch."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks.reshapes import with_own_shapes
from attrvis.networks.traced import lower_callable

SIDE = 8


def tokens(images):
    count = tf.shape(images)[0]
    rows = tf.reshape(2.0 * images, (count, -1, 3))
    heads = tf.reshape(3.0 * rows, (count * 4, SIDE * SIDE // 4, 3))
    return tf.reduce_sum(tf.reshape(heads, (count, SIDE, SIDE, 3)), [1, 2])


def shapes_of(lowered):
    nodes = {node.name: node for node in lowered.graph_def.node}
    found = []
    for node in lowered.graph_def.node:
        if node.op == "Reshape" and nodes[node.input[1].split(":")[0]].op == "Const":
            value = nodes[node.input[1].split(":")[0]].attr["value"].tensor
            found.append(tf.make_ndarray(value).tolist())
    return found


def test_each_keeps_its_shape_whatever_the_batch(photos):
    lowered = lower_callable(tokens, (SIDE, SIDE))
    assert shapes_of(lowered) == []
    assert shapes_of(with_own_shapes(lowered)) == [
        [-1, SIDE * SIDE, 3],
        [-1, SIDE * SIDE // 4, 3],
        [-1, SIDE, SIDE, 3],
    ]
    net = attrvis.load(tokens, preprocess="unit", size=SIDE, logits="Sum")
    for count in (1, 2, 3):
        expected = 6.0 * photos[:count].sum(axis=(1, 2))
        assert net.run(photos[:count])["logits"].numpy() == pytest.approx(expected, rel=1e-5)


def test_a_part_behind_a_layer_runs_on_any_number_of_rows(photos):
    net = attrvis.load(tokens, preprocess="unit", size=SIDE, logits="Sum")
    tail = net.cut("mul")
    values, bypass = tail.head(tf.constant(photos))
    assert bypass == {}
    many = tf.repeat(values, 4, axis=0)
    expected = np.repeat(6.0 * photos.sum(axis=(1, 2)), 4, axis=0)
    assert tail(many, bypass)["logits"].numpy() == pytest.approx(expected, rel=1e-5)


def fixed(images):
    return tf.reduce_mean(tf.reshape(images, (-1, SIDE * SIDE, 3)), 1)


def twice(images):
    # Two sides come from the batch, so none of them can be written as -1 alone.
    count = tf.shape(images)[0]
    both = tf.reshape(tf.tile(images, [count, 1, 1, 1]), (count, count, -1, 3))
    return tf.reduce_mean(both, [1, 2])


@pytest.mark.parametrize("function", [fixed, twice])
def test_where_there_is_nothing_to_do_it_stays_the_same(function):
    lowered = lower_callable(function, (SIDE, SIDE))
    assert with_own_shapes(lowered) is lowered
