"""Colour goes there and back."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.param import colour


def test_there_and_back():
    values = np.random.default_rng(0).standard_normal([5, 4, 3]).astype(np.float32)
    there = colour.correlate(tf.constant(values))
    assert colour.decorrelate(there).numpy() == pytest.approx(values, abs=1e-5)
    assert colour.correlate(colour.decorrelate(tf.constant(values))).numpy() == pytest.approx(
        values, abs=1e-5
    )


def test_the_first_direction_is_brightness():
    rgb = colour.correlate(tf.constant([[1.0, 0.0, 0.0]])).numpy()[0]
    assert rgb == pytest.approx([0.5628, 0.5845, 0.5845], abs=1e-4)
    opposite = colour.correlate(tf.constant([[0.0, 1.0, 0.0]])).numpy()[0]
    assert opposite == pytest.approx([0.1948, 0.0, -0.1948], abs=1e-4)
