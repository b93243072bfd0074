"""The networks on which other libraries were run, and what those gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from attrvis.networks import Network
from tests import toys

HELD = dict(np.load(Path(__file__).parent / "values.npz"))
KINDS = ("biased", "bare")


def build(kind: str) -> Callable[[tf.Tensor], tf.Tensor]:
    given = {n.rpartition("/")[2]: v for n, v in HELD.items() if f"{kind}/weights" in n}

    def compute(x: tf.Tensor) -> tf.Tensor:
        x = tf.nn.bias_add(tf.nn.conv2d(x, given["conv1"], 1, "SAME"), given["bias1"])
        x = tf.nn.max_pool2d(tf.nn.relu(x, name="relu1"), 2, 2, "VALID", name="pool")
        x = tf.nn.bias_add(tf.nn.conv2d(x, given["conv2"], 1, "SAME"), given["bias2"])
        x = tf.reduce_mean(tf.nn.relu(x, name="relu2"), [1, 2])
        return tf.nn.bias_add(tf.matmul(x, given["dense"]), given["bias3"], name="scores")

    return compute


@pytest.fixture(scope="session")
def nets() -> dict[str, Network]:
    return {kind: toys.network(build(kind), 8, 8, logits="scores") for kind in KINDS}


@pytest.fixture(scope="session")
def held() -> dict[str, np.ndarray]:
    return HELD
