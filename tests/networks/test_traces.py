"""Traces are kept: a thousand targets, other photos and a second call build no graph anew."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow.python.framework.func_graph import FuncGraph

import attrvis
from attrvis import objectives


@pytest.fixture
def graphs(monkeypatch):
    """Count the graphs that TensorFlow builds."""
    built = []
    original = FuncGraph.__init__

    def counted(self, *args, **more):
        built.append(args)
        original(self, *args, **more)

    monkeypatch.setattr(FuncGraph, "__init__", counted)
    return built


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def photo(seed):
    return np.random.default_rng(seed).random((64, 64, 3)).astype(np.float32)


def attributed(net, seed, target):
    return attrvis.attribute(
        net,
        photo(seed),
        "aumann-shapley",
        target=target,
        layer="mixed5a",
        points=2,
        baseline="zero",
    )


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_every_target_shares_one_trace(net, graphs):
    attributed(net, 0, 0)
    first = len(graphs)
    for target in range(1, 120):
        attributed(net, target, target)
    assert first > 0 and len(graphs) == first


def test_every_unit_shares_one_trace(net, graphs):
    def draw(unit):
        return attrvis.render(net, objectives.channel("mixed4a", unit), steps=1, seed=unit)

    draw(0)
    # The picture at the end is decoded by plain ops, which make a small graph for the gradient.
    draw(1)
    first = len(graphs)
    for unit in range(2, 8):
        draw(unit)
    assert len(graphs) == first


def test_other_readings_of_the_same_layers_are_compiled_once(net, graphs):
    batch = np.stack([photo(0), photo(1)])
    net.run(batch, ["mixed3a", "logits"])
    first = len(graphs)
    for count in (1, 2):
        net.run(batch[:count], ["logits", "mixed3a"])
    assert len(graphs) == first
