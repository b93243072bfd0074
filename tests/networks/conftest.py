"""The toy networks of this room, loaded once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks import Network
from tests import toys


@pytest.fixture(scope="session")
def twig() -> Any:
    return toys.keras_model()


@pytest.fixture(scope="session")
def net(twig) -> Network:
    return attrvis.load(twig, preprocess="unit")


@pytest.fixture(scope="session")
def frozen_twig(twig) -> tf.compat.v1.GraphDef:
    return toys.frozen(twig)


@pytest.fixture(scope="session")
def frozen_net(frozen_twig) -> Network:
    return attrvis.load(frozen_twig, preprocess="unit")


@pytest.fixture(scope="session")
def photos() -> np.ndarray:
    return toys.noise(3, 8, 8, 3)
